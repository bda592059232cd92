import { invitation, joinView, ticketGrant, visit } from '@sotto/protocol/clinic';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { birthDate, createVisit, joinAsPatient, leaf, secretOf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { newFieldKey } from './keys.ts';

let clinic: TestClinic;
let physician: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician('Dr Ada Test');
});
afterAll(() => clinic.close());

const link = async (method: 'GET' | 'POST', id: string) => {
  const answer = await physician.send(method, `/api/visits/${id}/invitation`);
  return { status: answer.status, ...invitation.parse(answer.json) };
};
const join = (client: HttpClient, secret: string) => client.send('POST', '/api/join', { body: { secret, birthDate } });
const stateOf = async (id: string) =>
  visit.parse((await physician.send('GET', `/api/visits/${id}`)).json).invitation.state;

describe('an invitation', () => {
  it('is made by asking for a new one, not by reading, and reads the same afterwards', async () => {
    const { id, startsAt } = await createVisit(physician, clinic);
    const path = `/api/visits/${id}/invitation`;
    expect(await physician.send('GET', path)).toMatchObject({ status: 404, json: { code: 'notFound' } });
    expect(await stateOf(id)).toBe('none');
    const made = await link('POST', id);
    // No route for it, as for any method that isn't declared.
    expect((await physician.send('HEAD', path)).status).toBe(404);
    const links = await Promise.all(Array.from({ length: 5 }, () => link('GET', id)));
    expect(new Set(links.map(({ url }) => url))).toEqual(new Set([made.url]));
    expect(links[0]).toMatchObject({
      status: 200,
      url: expect.stringMatching(/^https:\/\/localhost:9443\/join#[\w-]{43}$/) as string,
      expiresAt: new Date(new Date(startsAt).getTime() + 24 * 3_600_000).toISOString(),
    });
    expect(await stateOf(id)).toBe('active');
  });

  it('is replaced: the one before, and the session that it opened, stop working', async () => {
    const { id } = await createVisit(physician, clinic);
    const former = await secretOf(physician, id);
    const patient = await joinAsPatient(physician, clinic, id);
    const replaced = await link('POST', id);
    expect(replaced.status).toBe(201);
    const secret = new URL(replaced.url).hash.slice(1);
    expect(secret).not.toBe(former);
    expect((await join(clinic.visitor(), former)).status).toBe(404);
    expect((await patient.send('GET', '/api/join')).status).toBe(401);
    expect((await patient.send('POST', '/api/join/ticket', { body: { leaf } })).status).toBe(401);
    expect((await join(patient, secret)).status).toBe(200);
    expect((await link('GET', id)).url).toBe(replaced.url);
  });

  it('is revoked: nothing takes its place until asked for', async () => {
    const { id } = await createVisit(physician, clinic);
    const secret = await secretOf(physician, id);
    const patient = await joinAsPatient(physician, clinic, id);
    expect((await physician.send('DELETE', `/api/visits/${id}/invitation`)).status).toBe(204);
    expect(await stateOf(id)).toBe('revoked');
    expect((await join(clinic.visitor(), secret)).status).toBe(404);
    expect((await patient.send('GET', '/api/join')).status).toBe(401);
    expect(await secretOf(physician, id)).not.toBe(secret);
  });
});

describe('joining', () => {
  it('opens a session for that visit, with a cookie that scripts and other sites can not use', async () => {
    const made = await createVisit(physician, clinic, 'Zoë Ångström');
    const patient = clinic.visitor();
    const answer = await join(patient, await secretOf(physician, made.id));
    expect(answer.status).toBe(200);
    expect(joinView.parse(answer.json)).toEqual({
      role: 'patient',
      clinicName: 'Test Clinic',
      clinicianName: 'Dr Ada Test',
      clinicianParticipantId: made.clinician.participantId,
      patientName: 'Zoë Ångström',
      patientId: expect.stringMatching(/^[\w-]{22}$/u) as string,
      visitId: made.id,
      participantId: made.patient.participantId,
      startsAt: made.startsAt,
      minutes: 20,
      status: 'scheduled',
    });
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat();
    expect(cookie).toMatch(
      /^__Secure-sotto-visit=[\w-]{43}; Max-Age=\d{5}; Path=\/api; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect((await patient.send('GET', '/api/join')).json).toEqual(answer.json);
  });

  it('opened again in the same browser goes on with the same session, and ends the cookie before', async () => {
    const { id } = await createVisit(physician, clinic);
    const patient = await joinAsPatient(physician, clinic, id);
    const copy = clinic.visitor();
    copy.cookies.set('__Secure-sotto-visit', patient.cookies.get('__Secure-sotto-visit') ?? '');
    const sessionOf = async () => {
      const { ticket } = ticketGrant.parse((await patient.send('POST', '/api/join/ticket', { body: { leaf } })).json);
      return decodeJwt(ticket)['ses'];
    };
    const before = await sessionOf();
    await patient.send('POST', '/api/join', { body: { secret: await secretOf(physician, id), birthDate } });
    expect(await sessionOf()).toBe(before);
    expect((await copy.send('GET', '/api/join')).status).toBe(401);
  });

  it('has five sessions at most: the sixth ends the first', async () => {
    const { id } = await createVisit(physician, clinic);
    const devices = [];
    for (let count = 0; count < 6; count++) devices.push(await joinAsPatient(physician, clinic, id));
    const statuses = [];
    for (const device of devices) statuses.push((await device.send('GET', '/api/join')).status);
    expect(statuses).toEqual([401, 200, 200, 200, 200, 200]);
  });

  it('counts only sessions that are alive', async () => {
    const { id } = await createVisit(physician, clinic);
    for (let count = 0; count < 4; count++) await joinAsPatient(physician, clinic, id);
    await link('POST', id);
    const first = await joinAsPatient(physician, clinic, id);
    for (let count = 0; count < 5; count++) {
      const device = await joinAsPatient(physician, clinic, id);
      await device.send('DELETE', '/api/join');
    }
    for (let count = 0; count < 4; count++) await joinAsPatient(physician, clinic, id);
    expect((await first.send('GET', '/api/join')).status).toBe(200);
    await joinAsPatient(physician, clinic, id);
    expect((await first.send('GET', '/api/join')).status).toBe(401);
  });

  it('works again and on another device, and leaving ends one session only', async () => {
    const { id } = await createVisit(physician, clinic);
    const phone = await joinAsPatient(physician, clinic, id);
    const laptop = await joinAsPatient(physician, clinic, id);
    const copy = clinic.visitor();
    copy.cookies.set('__Secure-sotto-visit', phone.cookies.get('__Secure-sotto-visit') ?? '');
    expect((await phone.send('DELETE', '/api/join')).status).toBe(204);
    expect(phone.cookies.size).toBe(0);
    expect((await copy.send('GET', '/api/join')).status).toBe(401);
    expect((await laptop.send('GET', '/api/join')).status).toBe(200);
  });

  it('opens nothing of the clinician’s, nor another visit', async () => {
    const { id } = await createVisit(physician, clinic);
    const patient = await joinAsPatient(physician, clinic, id);
    patient.cookies.set('__Secure-sotto-staff', patient.cookies.get('__Secure-sotto-visit') ?? '');
    expect((await patient.send('GET', `/api/visits/${id}`)).status).toBe(401);
    expect((await patient.send('GET', '/api/session')).status).toBe(401);
  });

  it('after the visit has ended says so, and an open page still learns it', async () => {
    const { id } = await createVisit(physician, clinic);
    const secret = await secretOf(physician, id);
    const patient = await joinAsPatient(physician, clinic, id);
    await physician.send('POST', `/api/visits/${id}/end`);
    expect(await join(clinic.visitor(), secret)).toMatchObject({ status: 409, json: { code: 'wrongState' } });
    expect((await patient.send('GET', '/api/join')).json).toMatchObject({ status: 'ended' });
    expect(await patient.send('POST', '/api/join/ticket', { body: { leaf } })).toMatchObject({
      status: 409,
      json: { code: 'wrongState' },
    });
  });

  it('looks the same for a link never made, a revoked, a locked and an expired one', async () => {
    const { id: revokedId } = await createVisit(physician, clinic);
    const revoked = await secretOf(physician, revokedId);
    await physician.send('DELETE', `/api/visits/${revokedId}/invitation`);
    const { id } = await createVisit(physician, clinic);
    const expired = await secretOf(physician, id);
    const locked = await secretOf(physician, (await createVisit(physician, clinic, 'Pat Example', 2)).id);
    const patient = await joinAsPatient(physician, clinic, id);
    clinic.advance(23.9);
    expect((await patient.send('GET', '/api/join')).status).toBe(200);
    const wrong = { secret: locked, birthDate: '1990-01-01' };
    for (let tries = 0; tries < 5; tries++) await clinic.visitor().send('POST', '/api/join', { body: wrong });
    clinic.advance(0.2);
    const seen = [];
    for (const secret of [newFieldKey(), revoked, expired, locked]) {
      const { status, headers, json } = await join(clinic.visitor(), secret);
      const { date: _, 'x-correlation-id': __, ...stable } = headers;
      seen.push({ status, stable, code: (json as { code: string }).code });
    }
    expect(seen[0]).toMatchObject({ status: 404, code: 'notFound' });
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[3]).toEqual(seen[0]);
    expect((await patient.send('GET', '/api/join')).status).toBe(401);
  });
});
