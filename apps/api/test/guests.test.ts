import { type GuestJoinView, guestJoinView, ticketGrant } from '@sotto/protocol/clinic';
import { type Guest, guest, guestInvitation, guestKindList, guestList, maxGuests } from '@sotto/protocol/guests';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisit, joinAsPatient, leaf, secretOf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let physician: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician('Dr Ada Test');
});
afterAll(() => clinic.close());

const inSeconds = (seconds: number) => new Date(clinic.context.now().getTime() + seconds * 1000).toISOString();
const pathOf = (visitId: string, rest = '') => `/api/visits/${visitId}/guests${rest}`;

const inviting = (visitId: string, changes: object = {}, by = physician) =>
  by.send('POST', pathOf(visitId), {
    body: { kind: 'interpreter', name: 'Inés Guest', endsAt: inSeconds(1800), ...changes },
  });

async function invite(visitId: string, changes: object = {}): Promise<{ guest: Guest; secret: string }> {
  const answer = await inviting(visitId, changes);
  expect(answer.status).toBe(201);
  const made = guestInvitation.parse(answer.json);
  return { guest: made.guest, secret: new URL(made.url).hash.slice(1) };
}

async function joinAsGuest(secret: string): Promise<{ client: HttpClient; view: GuestJoinView }> {
  const client = clinic.visitor();
  const answer = await client.send('POST', '/api/join', { body: { secret } });
  return { client, view: guestJoinView.parse(answer.json) };
}

const guestsOf = async (visitId: string) => guestList.parse((await physician.send('GET', pathOf(visitId))).json).guests;

async function credentialOf(client: HttpClient) {
  const grant = ticketGrant.parse((await client.send('POST', '/api/join/ticket', { body: { leaf } })).json);
  return { ...grant, claims: decodeJwt(grant.credential), ticketClaims: decodeJwt(grant.ticket) };
}

describe('a guest', () => {
  it('is invited by the visit’s physician, and joins by a link of their own', async () => {
    const made = await createVisit(physician, clinic, 'Pat Secret');
    const invited = await invite(made.id, { endsAt: inSeconds(900) });
    expect(invited.guest).toMatchObject({ kind: 'interpreter', name: 'Inés Guest', state: 'invited' });
    expect(await guestsOf(made.id)).toEqual([invited.guest]);
    const { view } = await joinAsGuest(invited.secret);
    expect(view).toEqual({
      role: 'guest',
      clinicName: 'Test Clinic',
      clinicianName: 'Dr Ada Test',
      clinicianParticipantId: made.clinician.participantId,
      visitId: made.id,
      participantId: invited.guest.participantId,
      guestName: 'Inés Guest',
      kind: 'interpreter',
      endsAt: invited.guest.endsAt,
      startsAt: made.startsAt,
      minutes: 20,
      status: 'scheduled',
    });
    expect(invited.guest.participantId).not.toBe(made.patient.participantId);
    const path = pathOf(made.id, `/${invited.guest.participantId}/invitation`);
    const again = guestInvitation.parse((await physician.send('GET', path)).json);
    expect(new URL(again.url).hash.slice(1)).toBe(invited.secret);
  });

  it('gets tickets and credentials as a guest, which end when their time does', async () => {
    const { id } = await createVisit(physician, clinic);
    const invited = await invite(id, { endsAt: inSeconds(300) });
    const { client } = await joinAsGuest(invited.secret);
    const { claims, ticketClaims, name, participantId } = await credentialOf(client);
    const end = Math.floor(Date.parse(invited.guest.endsAt) / 1000);
    expect([participantId, name.name]).toEqual([invited.guest.participantId, 'Inés Guest']);
    expect(claims).toMatchObject({ role: 'guest', sub: participantId, exp: end });
    expect(ticketClaims).toMatchObject({ role: 'guest', sub: participantId, end });
  });

  it('gets none once the time is over, until the physician puts the end off', async () => {
    const own = await startClinic();
    try {
      const doctor = await own.physician();
      const { id } = await createVisit(doctor, own);
      const at = (seconds: number) => new Date(own.context.now().getTime() + seconds * 1000).toISOString();
      const body = { kind: 'family', name: 'Gil', endsAt: at(600) };
      const made = guestInvitation.parse((await doctor.send('POST', pathOf(id), { body })).json);
      const client = own.visitor();
      await client.send('POST', '/api/join', { body: { secret: new URL(made.url).hash.slice(1) } });
      own.advance(0.2);
      expect(await client.send('POST', '/api/join/ticket', { body: { leaf } })).toMatchObject({
        status: 409,
        json: { code: 'wrongState' },
      });
      expect(guestJoinView.parse((await client.send('GET', '/api/join')).json).endsAt).toBe(made.guest.endsAt);
      const path = pathOf(id, `/${made.guest.participantId}/end`);
      const sooner = await doctor.send('PUT', path, { body: { endsAt: made.guest.endsAt } });
      expect(sooner.status).toBe(400);
      const later = guest.parse((await doctor.send('PUT', path, { body: { endsAt: at(900) } })).json);
      expect(later).toMatchObject({ state: 'invited', participantId: made.guest.participantId });
      const { claims } = { claims: decodeJwt((await grantOf(client)).credential) };
      expect(claims.exp).toBe(Math.floor(Date.parse(later.endsAt) / 1000));
      expect((await doctor.send('PUT', path, { body: { endsAt: at(300) } })).status).toBe(400);
    } finally {
      await own.close();
    }
  });

  it('has their end put off within the number of guests, and never brought forward by a race', async () => {
    const own = await startClinic();
    try {
      const doctor = await own.physician();
      const { id } = await createVisit(doctor, own);
      const at = (seconds: number) => new Date(own.context.now().getTime() + seconds * 1000).toISOString();
      const body = () => ({ kind: 'family', name: 'Gil', endsAt: at(600) });
      const made = guestInvitation.parse((await doctor.send('POST', pathOf(id), { body: body() })).json);
      const path = pathOf(id, `/${made.guest.participantId}/end`);
      const ends = [900, 3000, 1200, 2400].map(at);
      await Promise.all(ends.map((endsAt) => doctor.send('PUT', path, { body: { endsAt } })));
      const list = guestList.parse((await doctor.send('GET', pathOf(id))).json);
      expect(list.guests.map(({ endsAt }) => endsAt)).toEqual([ends[1]]);
      own.advance(1);
      for (let count = 0; count < maxGuests; count += 1)
        expect((await doctor.send('POST', pathOf(id), { body: body() })).status).toBe(201);
      const tooMany = await doctor.send('PUT', path, { body: { endsAt: at(900) } });
      expect(tooMany).toMatchObject({ status: 409, json: { code: 'conflict' } });
    } finally {
      await own.close();
    }
  });

  it('is withdrawn: link and session stop working at once, and stay so', async () => {
    const { id } = await createVisit(physician, clinic);
    const invited = await invite(id);
    const { client } = await joinAsGuest(invited.secret);
    const path = pathOf(id, `/${invited.guest.participantId}`);
    for (let count = 0; count < 2; count += 1) expect((await physician.send('DELETE', path)).status).toBe(204);
    expect((await client.send('GET', '/api/join')).status).toBe(401);
    expect((await client.send('POST', '/api/join/ticket', { body: { leaf } })).status).toBe(401);
    expect((await clinic.visitor().send('POST', '/api/join', { body: { secret: invited.secret } })).status).toBe(404);
    expect(await guestsOf(id)).toMatchObject([{ state: 'withdrawn' }]);
    expect((await physician.send('GET', `${path}/invitation`)).status).toBe(404);
    expect((await physician.send('PUT', `${path}/end`, { body: { endsAt: inSeconds(3600) } })).status).toBe(409);
  });

  it('is nobody’s patient: no record, no portal, no keys, no directory of patients, no staff pages', async () => {
    const { id } = await createVisit(physician, clinic, 'Pat Secret');
    const { client } = await joinAsGuest((await invite(id)).secret);
    const patient = await joinAsPatient(physician, clinic, id);
    const nonce = 'AAECAwQFBgcICQoLDA0ODw';
    const closed: readonly (readonly ['GET' | 'POST', string, object?])[] = [
      ['GET', `/api/portal?nonce=${nonce}`],
      ['GET', '/api/portal/objects'],
      ['GET', `/api/keystore/entries?nonce=${nonce}&about=own`],
      ['GET', `/api/keystore/entries?nonce=${nonce}&about=patient`],
      ['POST', '/api/keystore/nonces', {}],
    ];
    for (const [method, path, body] of closed) {
      const { status, json } = await client.send(method, path, body === undefined ? {} : { body });
      expect([path, status, json]).toMatchObject([path, 403, { code: 'forbidden' }]);
    }
    const ofStaff: typeof closed = [
      ['GET', `/api/visits/${id}`],
      ['GET', `/api/visits/${id}/objects`],
      ['GET', pathOf(id)],
      ['POST', `/api/visits/${id}/ticket`, { leaf }],
      ['POST', `/api/visits/${id}/end`],
    ];
    for (const [method, path, body] of ofStaff) {
      const { status, json } = await client.send(method, path, body === undefined ? {} : { body });
      expect([path, status, json]).toMatchObject([path, 401, { code: 'unauthenticated' }]);
    }
    // The same is the patient's: what answers is the keystore, or that there is none.
    for (const path of [`/api/portal?nonce=${nonce}`, '/api/portal/objects']) {
      expect([200, 503]).toContain((await patient.send('GET', path)).status);
    }
    client.cookies.set('__Secure-sotto-staff', client.cookies.get('__Secure-sotto-visit') ?? '');
    expect((await client.send('GET', pathOf(id))).status).toBe(401);
  });

  it('leaves the patient’s link alone, and the patient’s link them', async () => {
    const { id } = await createVisit(physician, clinic);
    const secret = await secretOf(physician, id);
    const patient = await joinAsPatient(physician, clinic, id);
    const invited = await invite(id);
    expect(await secretOf(physician, id)).toBe(secret);
    expect((await patient.send('GET', '/api/join')).status).toBe(200);
    const { client } = await joinAsGuest(invited.secret);
    await physician.send('DELETE', `/api/visits/${id}/invitation`);
    expect((await client.send('GET', '/api/join')).status).toBe(200);
    expect((await patient.send('GET', '/api/join')).status).toBe(401);
  });

  it('is told to the patient as what, not as who', async () => {
    const { id } = await createVisit(physician, clinic);
    const invited = await invite(id, { kind: 'family', name: 'Planted Name' });
    const patient = await joinAsPatient(physician, clinic, id);
    const answer = await patient.send('GET', '/api/join/guests');
    const { participantId } = invited.guest;
    expect(guestKindList.parse(answer.json)).toEqual({ guests: [{ participantId, kind: 'family' }] });
    expect((await clinic.visitor().send('GET', '/api/join/guests')).status).toBe(401);
    const { client } = await joinAsGuest((await invite(id, { kind: 'interpreter' })).secret);
    const kindsFor = async (who: HttpClient) =>
      guestKindList.parse((await who.send('GET', '/api/join/guests')).json).guests.map(({ kind }) => kind);
    await physician.send('DELETE', pathOf(id, `/${participantId}`));
    // They may be inside still, which the patient has to see; other guests aren't told who was ever invited.
    expect([await kindsFor(patient), await kindsFor(client)]).toEqual([['family', 'interpreter'], ['interpreter']]);
  });
});

const grantOf = async (client: HttpClient) =>
  ticketGrant.parse((await client.send('POST', '/api/join/ticket', { body: { leaf } })).json);

describe('inviting', () => {
  it('is for the visit’s own physician alone', async () => {
    const { id } = await createVisit(physician, clinic);
    const { guest: invited } = await invite(id);
    const colleague = await clinic.physician();
    const nurse = await clinic.signIn(await clinic.addStaff('nurse'));
    expect((await inviting(id, {}, colleague)).status).toBe(404);
    expect((await inviting(id, {}, nurse)).status).toBe(403);
    expect((await inviting(id, {}, clinic.visitor())).status).toBe(401);
    const path = pathOf(id, `/${invited.participantId}`);
    for (const method of ['DELETE', 'GET'] as const) {
      expect((await colleague.send(method, method === 'GET' ? `${path}/invitation` : path)).status).toBe(404);
    }
    const other = await createVisit(physician, clinic);
    expect((await physician.send('DELETE', pathOf(other.id, `/${invited.participantId}`))).status).toBe(404);
    expect(await guestsOf(id)).toMatchObject([{ state: 'invited' }]);
  });

  it.each([
    ['an end that is too near', () => ({ endsAt: inSeconds(10) })],
    ['an end before now', () => ({ endsAt: inSeconds(-60) })],
    ['an end after the visit’s own time', () => ({ endsAt: inSeconds(25 * 3600) })],
    ['no end', () => ({ endsAt: undefined })],
    ['an unknown kind', () => ({ kind: 'physician' })],
    ['no name', () => ({ name: ' ' })],
    ['a name that hides something', () => ({ name: 'Dr\u202eAda' })],
  ])('refuses %s', async (_, changes) => {
    const { id } = await createVisit(physician, clinic);
    expect(await inviting(id, changes())).toMatchObject({ status: 400, json: { code: 'invalid' } });
    expect(await guestsOf(id)).toEqual([]);
  });

  it('stops at twenty people, however many ask at once, and goes on when one is withdrawn', async () => {
    const { id } = await createVisit(physician, clinic);
    const answers = await Promise.all(Array.from({ length: maxGuests + 3 }, () => inviting(id)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(maxGuests);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3);
    const [first] = await guestsOf(id);
    await physician.send('DELETE', pathOf(id, `/${first?.participantId ?? ''}`));
    expect((await inviting(id)).status).toBe(201);
  });

  it('ends with the visit', async () => {
    const { id } = await createVisit(physician, clinic);
    const { secret } = await invite(id);
    const { client } = await joinAsGuest(secret);
    await physician.send('POST', `/api/visits/${id}/end`);
    expect((await inviting(id)).status).toBe(409);
    expect((await client.send('POST', '/api/join/ticket', { body: { leaf } })).status).toBe(409);
    expect(guestJoinView.parse((await client.send('GET', '/api/join')).json).status).toBe('ended');
    expect((await clinic.visitor().send('POST', '/api/join', { body: { secret } })).status).toBe(409);
  });
});
