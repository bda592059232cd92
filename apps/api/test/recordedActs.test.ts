import { randomBytes } from 'node:crypto';
import { AuditStoreError } from '@sotto/audit/postgres';
import { objectId } from '@sotto/protocol/ids';
import { staffPeople } from '@sotto/protocol/people';
import { refused } from '@sotto/protocol/result';
import { noLimits } from '@sotto/protocol/roleLimits';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../src/access/roleAssignment.ts';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { actOf, hostActor, stateHash } from '../src/audit/act.ts';
import { RecentReadings } from '../src/audit/recentReadings.ts';
import { RequestRecorder } from '../src/audit/requestRecorder.ts';
import { newId } from '../src/opaqueToken.ts';
import { mintedObjectTable, staffSessionTable, staffTable, visitTable } from '../src/schema.ts';
import { type Account, birthDate, createVisit, password, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { sendPhi } from './phi.ts';
import { LogWatch } from './platformLog.ts';

let clinic: TestClinic;
let admin: Account;
let browser: HttpClient;
let isBroken = false;
beforeAll(async () => {
  clinic = await startClinic({
    logRandom: (length) => {
      if (isBroken) throw new AuditStoreError('unavailable');
      return randomBytes(length);
    },
  });
  admin = await clinic.addStaff('admin', 'Planted Admin');
  browser = await clinic.signIn(admin);
});
afterAll(() => clinic.close());

describe('an act of administration', () => {
  it('leaves one entry, with who, what, to whom, from where, and what it came to', async () => {
    const nurse = await clinic.addStaff('nurse', 'Planted Nurse');
    const watch = await LogWatch.of(clinic);
    const body = { role: 'staff', limits: noLimits };
    expect((await browser.send('POST', `/api/people/${nurse.id}/roles`, { body })).status).toBe(204);
    const entries = await watch.take(({ actor }) => actor === admin.id);
    expect(entries).toEqual([
      expect.objectContaining({
        ...{ action: 'people:giveRole', role: 'admin', outcome: 'allowed', patient: null, address: '127.0.0.1' },
        ...{ resource: `account:${nurse.id}/role:staff`, before: null },
        after: stateHash({ staff: nurse.id, role: 'staff', limits: noLimits }),
        session: expect.stringMatching(/^[\w-]{22}$/) as string,
      }),
    ]);
    expect(JSON.stringify(entries)).not.toContain('Planted');
  });
});

describe('an act on a patient', () => {
  it('leaves one entry about that patient, and none with their name', async () => {
    const physician = await clinic.addPhysician();
    const watch = await LogWatch.of(clinic);
    const theirs = await clinic.signIn(physician);
    const visit = await createVisit(theirs, clinic, 'Planted Patient');
    const entries = await watch.take(({ actor }) => actor === physician.id);
    expect(entries.map(({ action, resource, outcome }) => [action, resource, outcome])).toEqual([
      ['session:begin:password', `account:${physician.id}`, 'allowed'],
      ['visit:schedule', `visit:${visit.id}`, 'allowed'],
    ]);
    expect(entries[1]?.patient).toMatch(/^[\w-]{22}$/);
    expect(JSON.stringify(entries)).not.toContain('Planted');
  });
});

it('is told to who listens once it is in the log, and not what wasn’t done', async () => {
  const nurse = await clinic.addStaff('nurse');
  const heard: string[] = [];
  const stopFaulty = clinic.platformLog.onRecorded(() => {
    throw new Error('Planted fault');
  });
  const stop = clinic.platformLog.onRecorded((entries) => {
    heard.push(
      ...entries.filter(({ actor }) => actor === admin.id).map(({ action, outcome }) => `${action} ${outcome}`),
    );
  });
  const give = (role: string) =>
    browser.send('POST', `/api/people/${nurse.id}/roles`, { body: { role, limits: noLimits } });
  expect((await give('staff')).status).toBe(204);
  isBroken = true;
  expect((await give('physician')).status).toBe(503);
  isBroken = false;
  expect((await give('staff')).status).toBe(409);
  stop();
  stopFaulty();
  expect((await give('physician')).status).toBe(204);
  const faults = clinic.log.filter((line) => line.includes('platformLogListenerFailed'));
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.join()).not.toContain('Planted');
  expect(heard).toEqual(['people:giveRole allowed', 'people:giveRole refused']);
});

describe('what is refused by its handler', () => {
  it('is in the log as begun and refused, whatever for, and leaves nothing where it came too fast', async () => {
    const physician = await clinic.addPhysician();
    const theirs = await clinic.signIn(physician);
    const { id: visitId } = await createVisit(theirs, clinic);
    const id = newId(objectId);
    await clinic.context.database
      .insert(mintedObjectTable)
      .values({ id, visitId, staffId: physician.id, mintedAt: clinic.context.now() });
    const watch = await LogWatch.of(clinic);
    const outcomes = async () =>
      (await watch.take(({ actor, action }) => actor === physician.id && action !== 'object:store:intent')).map(
        ({ outcome }) => outcome,
      );
    const { uploads } = clinic.context.limits;
    Object.assign(clinic.context.limits, { uploads: createAttemptLimit(2, 60) });
    const store = () => sendPhi(theirs, 'storeNote', id, { manifest: 'AAAA', run: 'AAAA' });
    expect((await store()).status).toBe(400);
    expect(await outcomes()).toEqual(['allowed', 'refused']);
    // No keystore answers.
    expect((await theirs.send('POST', `/api/visits/${visitId}/objects`)).status).toBe(503);
    expect(await outcomes()).toEqual(['allowed', 'failed']);
    expect((await store()).status).toBe(429);
    expect(await outcomes()).toEqual([]);
    Object.assign(clinic.context.limits, { uploads });
    const piece = `/api/objects/${id}/parts/0000-000000`;
    expect((await theirs.send('GET', piece, { headers: { range: 'bytes=9-1' } })).status).toBe(400);
    expect(await outcomes()).toEqual(['refused']);
  });
});

describe('an open page', () => {
  it('that is refused again and again leaves one entry, and another one once it is let in', async () => {
    const officer = await clinic.addStaff('nurse');
    const theirs = await clinic.signIn(officer);
    const watch = await LogWatch.of(clinic);
    const outcomes = async () => (await watch.take(({ actor }) => actor === officer.id)).map(({ outcome }) => outcome);
    const ask = async () => (await theirs.send('GET', '/api/outbox')).status;
    expect([await ask(), await ask(), await ask()]).toEqual([403, 403, 403]);
    expect(await outcomes()).toEqual(['refused']);
    await giveRole(clinic.context.database, officer.id, 'privacyOfficer', clinic.context.now());
    expect([await ask(), await ask()]).toEqual([200, 200]);
    expect(await outcomes()).toEqual(['allowed']);
    // Another page of it.
    expect((await theirs.send('GET', '/api/outbox?before=1')).status).toBe(200);
    expect(await outcomes()).toEqual(['allowed']);
  });

  it('that asks for the same again leaves one entry a quarter of an hour, and another one for something else', async () => {
    const physician = await clinic.addPhysician();
    const theirs = await clinic.signIn(physician);
    const watch = await LogWatch.of(clinic);
    const day = (hours: number) => {
      const at = (more: number) => new Date(2031, 0, 1, hours + more).toISOString();
      return theirs.send('GET', `/api/visits?from=${at(0)}&to=${at(1)}`);
    };
    const count = async () => (await watch.take(({ actor }) => actor === physician.id)).length;
    for (const hours of [0, 0, 0, 2]) expect((await day(hours)).status).toBe(200);
    expect(await count()).toBe(2);
    clinic.advance(0.3);
    expect((await day(0)).status).toBe(200);
    expect(await count()).toBe(1);
  });
});

it('what is refused keeps nothing of what was written before, unless that is asked for', async () => {
  const nurse = await clinic.addStaff('nurse');
  const recorder = new RequestRecorder(
    { ...clinic.context, log: clinic.platformLog, readings: new RecentReadings() },
    { actor: hostActor, act: actOf({ action: 'people:read', resource: 'clinic' }), recorded: 'act', page: '' },
  );
  const disable = async (database: Transaction) => {
    await database.update(staffTable).set({ disabledAt: clinic.context.now() }).where(eq(staffTable.id, nurse.id));
    return refused('conflict');
  };
  const isDisabled = and(eq(staffTable.id, nurse.id), isNotNull(staffTable.disabledAt));
  const counted = () => clinic.context.database.$count(staffTable, isDisabled);
  expect(await recorder.inOne(disable)).toEqual(refused('conflict'));
  expect(await counted()).toBe(0);
  expect(await recorder.inOne(disable, undefined, 'keep')).toEqual(refused('conflict'));
  expect(await counted()).toBe(1);
});

describe('what can’t be recorded', () => {
  it('is refused, and nothing of it is done', async () => {
    const nurse = await clinic.addStaff('nurse');
    const physician = await clinic.physician();
    const counted = () => clinic.context.database.$count(visitTable, eq(visitTable.clinicId, clinic.context.clinicId));
    const before = await counted();
    isBroken = true;
    const answers = await Promise.all([
      physician.send('POST', '/api/visits', {
        body: { patientName: 'Planted', birthDate, startsAt: clinic.context.now().toISOString(), minutes: 20 },
      }),
      browser.send('POST', `/api/people/${nurse.id}/roles`, { body: { role: 'staff', limits: noLimits } }),
      browser.send('GET', '/api/people'),
      // Refused by the policies, which is to be recorded too.
      physician.send('GET', '/api/people'),
      clinic.visitor().send('POST', '/api/session', { body: { email: nurse.email, password } }),
      clinic.visitor().send('POST', '/api/session', { body: { email: nurse.email, password: 'wrong' } }),
    ]);
    isBroken = false;
    for (const answer of answers) {
      expect([answer.status, answer.json]).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await counted()).toBe(before);
    const { people } = staffPeople.parse((await browser.send('GET', '/api/people')).json);
    expect(people.find(({ id }) => id === nurse.id)?.roles.map(({ role }) => role)).toEqual(['nurse']);
    const sessions = await clinic.context.database.$count(staffSessionTable, eq(staffSessionTable.staffId, nurse.id));
    expect(sessions).toBe(0);
  });
});
