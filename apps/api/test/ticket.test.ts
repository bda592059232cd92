import { createHash } from 'node:crypto';
import { type TicketGrant, ticketGrant, visit } from '@sotto/protocol/clinic';
import { createTokenVerifier, type TokenVerifier } from '@sotto/protocol/credential';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisit, joinAsPatient, leaf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let physician: HttpClient;
let verifier: TokenVerifier;
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician('Dr Ada Test');
  verifier = await createTokenVerifier(clinic.context.issuer.publicKeys, clinic.context.clinicId);
});
afterAll(() => clinic.close());

async function claimsOf(grant: TicketGrant) {
  const [ticket, credential] = await Promise.all([
    verifier.ticket(grant.ticket, clinic.context.now()),
    verifier.credential(grant.credential, clinic.context.now()),
  ]);
  if (ticket.tag !== 'valid' || credential.tag !== 'valid') throw new Error(`${ticket.tag} ${credential.tag}`);
  return { ticket: ticket.claims, credential: credential.claims };
}
const commitment = ({ name }: TicketGrant) =>
  createHash('sha256').update(Buffer.from(name.salt, 'base64url')).update(name.name).digest('base64url');

const ask = async (client: HttpClient, path: string) =>
  ticketGrant.parse((await client.send('POST', path, { body: { leaf } })).json);

describe('a ticket and a credential', () => {
  it('vouch for a clinician in the visit, which is open from then on', async () => {
    const made = await createVisit(physician, clinic);
    const grant = await ask(physician, `/api/visits/${made.id}/ticket`);
    expect(grant.participantId).toBe(made.clinician.participantId);
    expect(grant.name.name).toBe('Dr Ada Test');
    const { ticket, credential } = await claimsOf(grant);
    const same = { v: 1, vis: made.id, sub: grant.participantId, role: 'physician', jkt: leaf };
    expect(ticket).toMatchObject({ ...same, exp: ticket.iat + 120 });
    expect(credential).toMatchObject({ ...same, nmc: commitment(grant), exp: credential.iat + 12 * 3600 });
    const after = visit.parse((await physician.send('GET', `/api/visits/${made.id}`)).json);
    expect(after.status).toBe('open');
  });

  it('vouch for a patient in the visit of the session', async () => {
    const made = await createVisit(physician, clinic, 'Zoë Ångström');
    const patient = await joinAsPatient(physician, clinic, made.id);
    const grant = await ask(patient, '/api/join/ticket');
    expect(grant).toMatchObject({ participantId: made.patient.participantId, name: { name: 'Zoë Ångström' } });
    const { ticket, credential } = await claimsOf(grant);
    expect(ticket.ses).toBe(credential.ses);
    expect(ticket).toMatchObject({ vis: made.id, sub: made.patient.participantId, role: 'patient', jkt: leaf });
    expect(credential.nmc).toBe(commitment(grant));
    const after = visit.parse((await physician.send('GET', `/api/visits/${made.id}`)).json);
    expect(after.status).toBe('scheduled');
  });

  it('carry no name, and nothing that would let one be searched for', async () => {
    const made = await createVisit(physician, clinic, 'Zoë Ångström');
    const patient = await joinAsPatient(physician, clinic, made.id);
    const [one, other] = [await ask(patient, '/api/join/ticket'), await ask(patient, '/api/join/ticket')];
    for (const token of [one.ticket, one.credential]) {
      const text = token
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString())
        .join();
      for (const part of ['Zoë', 'Ångström']) expect(text).not.toContain(part);
      expect(Object.keys(decodeProtectedHeader(token)).sort()).toEqual(['alg', 'kid', 'typ']);
    }
    const [first, second] = [await claimsOf(one), await claimsOf(other)];
    expect(first.ticket.jti).not.toBe(second.ticket.jti);
    expect(first.credential.nmc).not.toBe(second.credential.nmc);
  });

  it('name the session that asked, alike after a reload, another for the same link opened elsewhere', async () => {
    const made = await createVisit(physician, clinic);
    const patient = await joinAsPatient(physician, clinic, made.id);
    const other = await joinAsPatient(physician, clinic, made.id);
    const sessionOf = async (client: HttpClient) => (await claimsOf(await ask(client, '/api/join/ticket'))).ticket.ses;
    const session = await sessionOf(patient);
    expect(await sessionOf(patient)).toBe(session);
    expect(await sessionOf(other)).not.toBe(session);
    expect([...patient.cookies.values()].join()).not.toContain(session);
  });

  it('are one person’s: another visit has another participant id', async () => {
    const [one, other] = [await createVisit(physician, clinic), await createVisit(physician, clinic)];
    expect(one.clinician.participantId).not.toBe(other.clinician.participantId);
    const patient = await joinAsPatient(physician, clinic, one.id);
    const answer = await patient.send('POST', `/api/visits/${other.id}/ticket`, { body: { leaf } });
    expect(answer.status).toBe(401);
  });

  it.each([{}, { leaf: 'short' }, { leaf, role: 'physician' }, { leaf, visitId: 'v'.repeat(22) }, [leaf], null])(
    'are not given for %j',
    async (body) => {
      const made = await createVisit(physician, clinic);
      const patient = await joinAsPatient(physician, clinic, made.id);
      for (const [client, path] of [
        [physician, `/api/visits/${made.id}/ticket`],
        [patient, '/api/join/ticket'],
      ] as const) {
        expect(await client.send('POST', path, { body })).toMatchObject({ status: 400, json: { code: 'invalid' } });
      }
    },
  );

  it('are not given a day after the visit’s start, ended or not', async () => {
    const own = await startClinic();
    const doctor = await own.physician();
    const { id } = await createVisit(doctor, own, 'A', -23.9);
    expect((await doctor.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } })).status).toBe(200);
    own.advance(0.2);
    expect(await doctor.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } })).toMatchObject({
      status: 409,
      json: { code: 'wrongState' },
    });
    await own.close();
  });
});
