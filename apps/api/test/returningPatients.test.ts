import { type FoundPatients, foundPatients } from '@sotto/protocol/clinic';
import { type PatientId, patientId } from '@sotto/protocol/ids';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { createBlindIndexes } from '../src/blindIndex.ts';
import { forgetIndexes, indexUnindexed } from '../src/indexedPatients.ts';
import { newId } from '../src/opaqueToken.ts';
import { patientTable, visitTable } from '../src/schema.ts';
import { birthDate, createVisit, joinAsPatient, startClinic, type TestClinic } from './clinic.ts';
import { type FieldKeysInMemory, forgetfulKeys, forgotten } from './fieldKeysInMemory.ts';
import type { HttpClient } from './httpClient.ts';
import { newFieldKey } from './keys.ts';
import { LogWatch } from './platformLog.ts';

let clinic: TestClinic;
let memory: FieldKeysInMemory;
let physician: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  memory = forgetfulKeys(clinic);
  physician = await clinic.physician();
});
afterAll(() => clinic.close());

const body = (patientName: string, more: object = {}) => ({
  ...{ patientName, birthDate, startsAt: clinic.context.now().toISOString(), minutes: 20 },
  ...more,
});
const find = (by: HttpClient, patientName: string, date = birthDate) =>
  by.send('POST', '/api/patients/find', { body: { patientName, birthDate: date } });
const found = async (by: HttpClient, patientName: string, date = birthDate): Promise<FoundPatients> =>
  foundPatients.parse((await find(by, patientName, date)).json);
const make = (by: HttpClient, patientName: string, more: object = {}) =>
  by.send('POST', '/api/visits', { body: body(patientName, more) });
/** A visit of somebody new, and who that is. */
async function newPatient(by: HttpClient, name: string): Promise<{ visit: string; patient: PatientId }> {
  const { id: visit } = await createVisit(by, clinic, name);
  return { visit, patient: await patientOf(visit) };
}
async function patientOf(visit: string): Promise<PatientId> {
  const { database } = clinic.context;
  const [row] = await database
    .select({ id: visitTable.patientId })
    .from(visitTable)
    .where(eq(visitTable.id, visit as typeof visitTable.$inferSelect.id));
  if (row === undefined) throw new Error('no such visit');
  return row.id;
}
const tookPlace = (visit: string) =>
  clinic.context.database.execute(sql`update clinic.visit set status = 'ended', ended_at = now() where id = ${visit}`);
const rowOf = async (id: PatientId) => {
  const { personIndex, familyIndex, indexKey } = patientTable;
  const [row] = await clinic.context.database
    .select({ personIndex, familyIndex, indexKey })
    .from(patientTable)
    .where(eq(patientTable.id, id));
  return row;
};

describe('a patient who was here before', () => {
  it('is found by name and date of birth, however the name is written, and with no more than when', async () => {
    const { visit, patient } = await newPatient(physician, 'Zoë Ñandú-Whitfield');
    expect((await found(physician, 'Zoë Ñandú-Whitfield')).patients).toEqual([{ id: patient, lastVisit: null }]);
    await tookPlace(visit);
    const on = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Madrid' }).format(clinic.context.now());
    for (const name of ['zoe nandu whitfield', 'ZOË ÑANDÚ WHITFIELD', ' Zoe  Ñandú–Whitfield']) {
      const answer = await find(physician, name);
      expect(answer.json).toEqual({ patients: [{ id: patient, lastVisit: { on, isOwn: true } }], isAll: true });
    }
    const colleague = await clinic.physician('Dr Colleague');
    expect((await found(colleague, 'zoe nandu whitfield')).patients).toEqual([
      { id: patient, lastVisit: { on, isOwn: false } },
    ]);
    for (const [name, date] of [
      ['Zoë Whitfield', birthDate],
      ['Zoë Ñandú-Whitfeld', birthDate],
      ['Zoë Ñandú-Whitfield', '1954-03-10'],
      ['— —', birthDate],
    ] as const) {
      expect((await found(physician, name, date)).patients).toEqual([]);
    }
  });

  it('comes to a further visit as the same: with the name as it was, and what is theirs', async () => {
    const { visit, patient } = await newPatient(physician, 'Ada Returning');
    const again = await make(physician, 'ada returning', { patientId: patient });
    expect(again).toMatchObject({ status: 201, json: { patient: { name: 'Ada Returning' } } });
    const { id } = again.json as { id: string };
    expect([id === visit, await patientOf(id)]).toEqual([false, patient]);
    const browser = await joinAsPatient(physician, clinic, id);
    expect((await browser.send('GET', '/api/join')).json).toMatchObject({ patientId: patient, visitId: id });
    expect((await found(physician, 'Ada Returning')).patients).toHaveLength(1);
  });

  it('comes to several that are made at once', async () => {
    const { patient } = await newPatient(physician, 'Ada Twice');
    const colleague = await clinic.physician();
    const answers = await Promise.all(
      [physician, colleague, physician, colleague].map((by) => make(by, 'Ada Twice', { patientId: patient })),
    );
    const ids = answers.map(({ json }) => (json as { id: string }).id);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(await Promise.all(ids.map(patientOf)))).toEqual(new Set([patient]));
    expect(new Set(ids).size).toBe(4);
  });

  it('is one of two who have the same name and were born on the same day', async () => {
    const one = await newPatient(physician, 'Maria Gemela');
    const other = await newPatient(physician, 'Maria Gemela');
    const { patients } = await found(physician, 'Maria Gemela');
    expect(patients.map(({ id }) => id)).toEqual([other.patient, one.patient]);
    const { id } = (await make(physician, 'Maria Gemela', { patientId: one.patient })).json as { id: string };
    expect(await patientOf(id)).toBe(one.patient);
  });

  it('is found by a date of birth that was put right, and no more by the wrong one', async () => {
    const { visit, patient } = await newPatient(physician, 'Ada Corrected');
    const path = `/api/visits/${visit}/birth-date`;
    expect((await physician.send('PUT', path, { body: { birthDate: '1955-04-10' } })).status).toBe(204);
    expect((await found(physician, 'Ada Corrected')).patients).toEqual([]);
    expect((await found(physician, 'Ada Corrected', '1955-04-10')).patients.map(({ id }) => id)).toEqual([patient]);
  });

  it('leaves in the log of each who was found that somebody looked, and nothing that was typed', async () => {
    const { patient } = await newPatient(physician, 'Ada Logged');
    const watch = await LogWatch.of(clinic);
    await find(physician, 'Ada Logged');
    await find(physician, 'Nobody Logged');
    const entries = (await watch.take(({ action }) => action === 'patient:find')).map((entry) => ({
      ...{ patient: entry.patient, resource: entry.resource, outcome: entry.outcome },
    }));
    expect(entries).toEqual([
      { patient, resource: `patient:${patient}`, outcome: 'allowed' },
      { patient: null, resource: 'clinic', outcome: 'allowed' },
    ]);
    const { id } = (await make(physician, 'Ada Logged', { patientId: patient })).json as { id: string };
    expect(await watch.take(({ patient: of }) => of === patient)).toMatchObject([
      { action: 'visit:schedule', resource: `visit:${id}`, outcome: 'allowed' },
    ]);
    expect(clinic.log.join('')).not.toMatch(/Logged/);
  });
});

describe('nobody', () => {
  it('is found, or has a visit made, by what isn’t theirs', async () => {
    const { patient } = await newPatient(physician, 'Ada Guarded');
    const watch = await LogWatch.of(clinic);
    const refused = { status: 404, json: { code: 'notFound' } };
    for (const [name, more] of [
      ['Ada Guarder', { patientId: patient }],
      ['Ada Guarded', { patientId: patient, birthDate: '1954-03-10' }],
      ['Ada Guarded', { patientId: newId(patientId) }],
    ] as const) {
      expect(await make(physician, name, more)).toMatchObject(refused);
    }
    expect(await make(physician, 'Ada Guarded', { patientId: patient, birthDate: undefined })).toMatchObject({
      ...{ status: 400, json: { code: 'invalid' } },
    });
    const tries = await watch.take(({ resource }) => resource === `patient:${patient}`);
    expect(tries.map(({ outcome, patient: of }) => [outcome, of])).toEqual([
      ...Array.from({ length: 3 }, () => ['refused', null]),
    ]);
  });

  it('is found from another clinic, under the same key too', async () => {
    const indexKey = newFieldKey();
    const elsewhere = await startClinic({ indexKey });
    Object.assign(clinic.context.blindIndexes, await createBlindIndexes(clinic.context.clinicId, indexKey));
    const { patient } = await newPatient(physician, 'Ada Elsewhere');
    const foreign = await elsewhere.physician();
    expect((await found(foreign, 'Ada Elsewhere')).patients).toEqual([]);
    const more = { body: body('Ada Elsewhere', { patientId: patient }) };
    expect((await foreign.send('POST', '/api/visits', more)).status).toBe(404);
    await elsewhere.close();
  });

  it.each(['nurse', 'staff', 'privacyOfficer', 'admin'] as const)('is looked for by a %s', async (role) => {
    const browser = await clinic.signIn(await clinic.addStaff(role));
    expect(await find(browser, 'Ada Quinn')).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });

  it('is looked for without end: names can’t be tried one by one, nor dates by a pseudonym', async () => {
    const { patient } = await newPatient(physician, 'Ada Tried');
    const { lookups } = clinic.context.limits;
    Object.assign(clinic.context.limits, { lookups: createAttemptLimit(3, 3600) });
    const guessing = await clinic.physician();
    const statuses = [
      (await find(guessing, 'Ada One')).status,
      (await make(guessing, 'Ada Two', { patientId: patient })).status,
      (await find(guessing, 'Ada Three')).status,
      (await find(guessing, 'Ada Tried')).status,
      (await make(guessing, 'Ada Tried', { patientId: patient })).status,
      (await make(guessing, 'Ada New')).status,
    ];
    Object.assign(clinic.context.limits, { lookups });
    expect(statuses).toEqual([200, 404, 200, 429, 429, 201]);
  });

  it('is found who was erased, from the moment on in which the keystore says so, nor by their row', async () => {
    const { patient } = await newPatient(physician, 'Ada Erased');
    memory.shred(patient);
    await forgotten();
    expect((await found(physician, 'Ada Erased')).patients).toEqual([]);
    expect((await make(physician, 'Ada Erased', { patientId: patient })).status).toBe(404);
    expect((await rowOf(patient))?.personIndex).not.toBeNull();
    await forgetIndexes(clinic.context, new Set([patient]));
    expect(await rowOf(patient)).toMatchObject({ personIndex: null, familyIndex: null });
  });

  it('is found by an index that somebody changed in the database', async () => {
    const [one, other] = [await newPatient(physician, 'Ada Swapped'), await newPatient(physician, 'Bea Swapper')];
    await clinic.context.database.execute(sql`
      update clinic.patient set person_index = (select person_index from clinic.patient where id = ${one.patient})
       where id = ${other.patient}`);
    expect((await found(physician, 'Ada Swapped')).patients.map(({ id }) => id)).toEqual([one.patient]);
  });

  it('is taken for somebody new without the keystore: it says that it can’t look', async () => {
    await newPatient(physician, 'Ada Away');
    await forgotten();
    memory.isThere = false;
    expect(await find(physician, 'Ada Away')).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    memory.isThere = true;
    expect((await found(physician, 'Ada Away')).patients).toHaveLength(1);
  });
});

describe('rows', () => {
  const unindex = (id: PatientId) =>
    clinic.context.database.execute(sql`
      update clinic.patient set person_index = null, family_index = null, index_key = null where id = ${id}`);

  it('from before there were indexes are indexed when the api starts, and answers say that some weren’t yet', async () => {
    const { patient } = await newPatient(physician, 'Ada Former');
    const before = await rowOf(patient);
    await unindex(patient);
    expect(await found(physician, 'Ada Former')).toEqual({ patients: [], isAll: false });
    const { indexed, left } = await indexUnindexed(clinic.context);
    expect([indexed > 0, left]).toEqual([true, 0]);
    expect(await rowOf(patient)).toEqual(before);
    expect(await found(physician, 'Ada Former')).toMatchObject({ patients: [{ id: patient }], isAll: true });
    expect(await indexUnindexed(clinic.context)).toEqual({ indexed: 0, left: 0 });
  });

  it('are indexed anew under another key; of who was erased nothing is, and who can’t be read is left', async () => {
    const [kept, erased, lost] = [
      await newPatient(physician, 'Ada Kept'),
      await newPatient(physician, 'Ada Gone'),
      await newPatient(physician, 'Ada Lost'),
    ];
    const before = await rowOf(kept.patient);
    memory.shred(erased.patient);
    memory.withhold(lost.patient, 'damaged');
    await forgotten();
    const { blindIndexes } = clinic.context;
    const renewed = await createBlindIndexes(clinic.context.clinicId, newFieldKey());
    Object.assign(clinic.context, { blindIndexes: renewed });
    expect((await indexUnindexed(clinic.context)).left).toBe(1);
    const after = await rowOf(kept.patient);
    expect(after?.indexKey).toEqual(renewed.indexKey);
    expect(after?.personIndex).not.toEqual(before?.personIndex);
    expect(await rowOf(erased.patient)).toEqual({ personIndex: null, familyIndex: null, indexKey: renewed.indexKey });
    expect(await found(physician, 'Ada Kept')).toMatchObject({ patients: [{ id: kept.patient }], isAll: false });
    memory.restore(lost.patient);
    await forgotten();
    Object.assign(clinic.context, { blindIndexes });
    expect((await indexUnindexed(clinic.context)).left).toBe(0);
    expect(await rowOf(kept.patient)).toEqual(before);
  });

  it('wait for the keystore', async () => {
    const { patient } = await newPatient(physician, 'Ada Waits');
    await unindex(patient);
    memory.isThere = false;
    await forgotten();
    await expect(indexUnindexed(clinic.context)).rejects.toMatchObject({ name: 'FieldKeysUnavailable' });
    memory.isThere = true;
    expect(await indexUnindexed(clinic.context)).toEqual({ indexed: 1, left: 0 });
  });
});
