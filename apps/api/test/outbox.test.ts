import { outbox } from '@sotto/protocol/patientNotices';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendDueMail } from '../src/mailQueue.ts';
import { outboxTransport } from '../src/mailTransport.ts';
import { createVisit, joinAsPatient, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

const address = 'wilhelmina.kornblum@example.org';
let clinic: TestClinic;
let physician: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician();
});
afterAll(() => clinic.close());

/** A patient who has asked for a code. */
async function wishing(): Promise<HttpClient> {
  const visit = await createVisit(physician, clinic);
  const patient = await joinAsPatient(physician, clinic, visit.id);
  const body = { address, locale: 'en' };
  expect((await patient.send('PUT', '/api/portal/notices', { body })).status).toBe(204);
  return patient;
}

describe('the outbox', () => {
  it('shows an officer what would have been sent, and nobody else', async () => {
    const patient = await wishing();
    await sendDueMail(clinic.context, outboxTransport);
    const officer = await clinic.signIn(await clinic.addStaff('privacyOfficer'));
    const { messages } = outbox.parse((await officer.send('GET', '/api/outbox')).json);
    expect(messages).toMatchObject([{ kind: 'code', to: address, subject: 'Your code' }]);
    expect((await physician.send('GET', '/api/outbox')).status).toBe(403);
    // A visit's session is none of staff's.
    expect((await patient.send('GET', '/api/outbox')).status).toBe(401);
    expect((await clinic.visitor().send('GET', '/api/outbox')).status).toBe(401);
  });

  it('sends and shows what is this clinic’s, where another’s lies beside it', async () => {
    const other = await startClinic();
    try {
      await wishing();
      const officer = await other.signIn(await other.addStaff('privacyOfficer'));
      expect(await sendDueMail(other.context, outboxTransport)).toMatchObject({ sent: 0 });
      expect(await sendDueMail(clinic.context, outboxTransport)).toMatchObject({ sent: 1 });
      expect(outbox.parse((await officer.send('GET', '/api/outbox')).json)).toEqual({ messages: [] });
    } finally {
      await other.close();
    }
  });
});
