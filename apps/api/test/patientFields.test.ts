import { type PatientId, patientId } from '@sotto/protocol/ids';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFieldKeys } from '../src/fieldKeys.ts';
import { sendDueMail } from '../src/mailQueue.ts';
import { newId } from '../src/opaqueToken.ts';
import { createPatientFields } from '../src/patientFields.ts';
import { renewFields } from '../src/renewedFields.ts';
import { createFieldSealer, type FieldPlace } from '../src/sealedField.ts';
import { erasedName } from '../src/visitRecord.ts';
import { birthDate, createVisit, joinAsPatient, leaf, startClinic, type TestClinic } from './clinic.ts';
import { type FieldKeysInMemory, fieldKeysInMemory, forgetfulKeys, forgotten } from './fieldKeysInMemory.ts';
import { newFieldKey } from './keys.ts';

let clinic: TestClinic;
let memory: FieldKeysInMemory;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const place: FieldPlace = { table: 'patient', column: 'name', row: 'r'.repeat(22) };

/** Fields of the clinic's over keys that are remembered for so long. */
async function fieldsOver(keys: FieldKeysInMemory, lifeMs?: number) {
  const former = await createFieldSealer(newFieldKey());
  return {
    former,
    fields: createPatientFields(
      clinic.context.clinicId,
      createFieldKeys(keys, () => undefined, lifeMs),
      former,
    ),
  };
}

describe('a patient’s field', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());
  const [one, other] = [newId(patientId), newId(patientId)];

  it('opens for its patient and place, and for no other', async () => {
    const { fields } = await fieldsOver(fieldKeysInMemory());
    const box = await fields.sealFirst(one, place, 'Zoë');
    await fields.sealFirst(other, place, 'Ann');
    expect(box[0]).toBe(2);
    expect(await fields.open(one, place, box)).toBe('Zoë');
    await expect(fields.open(other, place, box)).rejects.toThrow();
    for (const elsewhere of [{ row: 's'.repeat(22) }, { column: 'address' }, { table: 'guest' }])
      await expect(fields.open(one, { ...place, ...elsewhere }, box)).rejects.toThrow();
    for (let index = 0; index < box.length; index += 1) {
      const changed = box.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(fields.open(one, place, changed)).rejects.toThrow();
    }
  });

  it('opens in no other clinic, though the key were the same', async () => {
    const keys = fieldKeysInMemory();
    const { fields, former } = await fieldsOver(keys);
    const elsewhere = createPatientFields(
      'E'.repeat(22) as never,
      createFieldKeys(keys, () => undefined),
      former,
    );
    await expect(elsewhere.open(one, place, await fields.sealFirst(one, place, 'Zoë'))).rejects.toThrow();
  });

  it('asks for all keys that one turn wants at once, and not again while they are remembered', async () => {
    const keys = fieldKeysInMemory();
    const { fields } = await fieldsOver(keys, 200);
    const patients = Array.from({ length: 501 }, () => newId(patientId));
    const boxes = await Promise.all(patients.map((patient) => fields.sealFirst(patient, place, patient)));
    expect(keys.asked).toEqual([500, 1]);
    const read = () =>
      Promise.all(patients.map((patient, index) => fields.open(patient, place, boxes[index] ?? new Uint8Array())));
    expect(await read()).toEqual(patients);
    expect(keys.asked.length).toBe(2);
    vi.advanceTimersByTime(400);
    expect(await read()).toEqual(patients);
    expect(keys.asked).toEqual([500, 1, 500, 1]);
  });

  it('asks once for whom there is no key to be had, and has one end for each answer', async () => {
    const keys = fieldKeysInMemory();
    const { fields } = await fieldsOver(keys, 500);
    const box = await fields.sealFirst(other, place, 'Ann');
    for (const tag of ['none', 'damaged', 'limited'] as const) {
      const patient = newId(patientId);
      keys.withhold(patient, tag);
      keys.asked.length = 0;
      for (let again = 0; again < 3; again += 1)
        await expect(fields.open(patient, place, box)).rejects.toMatchObject({ code: 'unavailable' });
      expect(keys.asked).toEqual([1]);
    }
    const erased = newId(patientId);
    keys.shred(erased);
    keys.asked.length = 0;
    for (let again = 0; again < 3; again += 1) expect(await fields.open(erased, place, box)).toBeNull();
    expect(keys.asked).toEqual([1]);

    await expect(fields.open(one, place, box)).rejects.toMatchObject({ name: 'FieldKeyLost' });
    vi.advanceTimersByTime(300);
    const made = await fields.sealFirst(one, place, 'Zoë');
    vi.advanceTimersByTime(300);
    // By now the first answer’s time is over, and not the second one’s.
    keys.asked.length = 0;
    expect(await fields.open(one, place, made)).toBe('Zoë');
    expect(keys.asked).toEqual([]);
  });

  it('gets a key for its first field alone: one that is lost is not replaced', async () => {
    const keys = fieldKeysInMemory();
    const { fields, former } = await fieldsOver(keys, 0);
    const patient = newId(patientId);
    const lost = { name: 'FieldKeyLost' };
    await expect((await fields.of(patient)).seal(place, 'Zoë')).rejects.toMatchObject(lost);
    const old = await former.seal(place, 'Zoë');
    expect(await (await fields.of(patient)).open(place, old)).toBe('Zoë');
    await expect(fields.renew(patient, place, old, false)).rejects.toMatchObject(lost);
    const renewed = await fields.renew(patient, place, old, true);
    expect(await fields.open(patient, place, renewed)).toBe('Zoë');
  });

  it('is gone for good once the key was shredded and forgotten, and nothing is sealed again', async () => {
    const keys = fieldKeysInMemory();
    const { fields } = await fieldsOver(keys, 50);
    const box = await fields.sealFirst(one, place, 'Zoë');
    keys.shred(one);
    vi.advanceTimersByTime(150);
    expect(await fields.open(one, place, box)).toBeNull();
    await expect(fields.sealFirst(one, place, 'Zoë')).rejects.toMatchObject({ code: 'wrongState' });
  });

  it('waits for the keystore, and is there when it is', async () => {
    const keys = fieldKeysInMemory();
    const { fields } = await fieldsOver(keys, 0);
    const box = await fields.sealFirst(one, place, 'Zoë');
    vi.advanceTimersByTime(50);
    keys.isThere = false;
    await expect(fields.open(one, place, box)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(fields.sealFirst(other, place, 'Ann')).rejects.toMatchObject({ code: 'unavailable' });
    keys.isThere = true;
    expect(await fields.open(one, place, box)).toBe('Zoë');
  });
});

describe('a clinic', () => {
  beforeAll(() => {
    memory = forgetfulKeys(clinic);
  });

  it('reads a day’s list with one request for keys', async () => {
    const physician = await clinic.physician();
    for (let index = 0; index < 12; index += 1) await createVisit(physician, clinic, `Pat ${index}`, index / 10);
    await forgotten();
    memory.asked.length = 0;
    const [from, to] = [-1, 2].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
    const list = await physician.send('GET', `/api/visits?from=${from}&to=${to}`);
    const { visits } = list.json as { visits: { patient: { name: string } }[] };
    expect(visits.map(({ patient }) => patient.name)).toEqual(visits.map((_, index) => `Pat ${index}`));
    expect([visits.length, memory.asked]).toEqual([12, [12]]);
  });

  it('says that it can’t for now without its keystore, loses nothing, and leaves sessions as they are', async () => {
    const physician = await clinic.physician();
    const { id } = await createVisit(physician, clinic, 'Pat Waiting');
    const patient = await joinAsPatient(physician, clinic, id);
    const guest = { kind: 'family', name: 'Ann', endsAt: new Date(Date.now() + 3_600_000).toISOString() };
    const visits = async () =>
      (
        await clinic.context.database.execute(
          sql`select from clinic.visit where clinic_id = ${clinic.context.clinicId}`,
        )
      ).rowCount;
    const before = await visits();
    await forgotten();
    memory.isThere = false;
    const refused = { status: 503, json: { code: 'unavailable' } };
    const body = { patientName: 'Pat New', birthDate, startsAt: new Date().toISOString(), minutes: 20 };
    expect(await physician.send('GET', `/api/visits/${id}`)).toMatchObject(refused);
    expect(await physician.send('POST', '/api/visits', { body })).toMatchObject(refused);
    expect(await physician.send('POST', `/api/visits/${id}/guests`, { body: guest })).toMatchObject(refused);
    expect(await patient.send('POST', '/api/join/ticket', { body: { leaf } })).toMatchObject(refused);
    // The physician's own way into a visit that goes on needs no patient's name.
    expect((await physician.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } })).status).toBe(200);
    expect(await visits()).toBe(before);
    expect(clinic.log.some((line) => line.includes('keystoreUnavailable'))).toBe(true);
    memory.isThere = true;
    expect((await patient.send('POST', '/api/join/ticket', { body: { leaf } })).status).toBe(200);
    expect((await physician.send('GET', `/api/visits/${id}`)).json).toMatchObject({ patient: { name: 'Pat Waiting' } });
  });

  it('puts mail off while the keystore is away, and sends it then', async () => {
    const physician = await clinic.physician();
    const { id } = await createVisit(physician, clinic);
    const patient = await joinAsPatient(physician, clinic, id);
    const asked = { body: { address: 'pat@home.example', locale: 'en' } };
    expect((await patient.send('PUT', '/api/portal/notices', asked)).status).toBe(204);
    await forgotten();
    const sent: string[] = [];
    const transport = {
      ...{ keepsMessages: false, close: () => undefined },
      send: async (_id: unknown, { to }: { to: string }) => {
        sent.push(to);
        return 'sent' as const;
      },
    };
    memory.isThere = false;
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 0, postponed: 1, unreadable: 0 });
    memory.isThere = true;
    clinic.advance(0.1);
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 1, unreadable: 0 });
    expect(sent).toEqual(['pat@home.example']);
  });

  it('shows a dash for whose name was erased, beside the names of others', async () => {
    const physician = await clinic.physician();
    const erased = await createVisit(physician, clinic, 'Pat Erased');
    const kept = await createVisit(physician, clinic, 'Pat Kept');
    const { rows } = await clinic.context.database.execute<{ id: PatientId }>(
      sql`select patient_id as id from clinic.visit where id = ${erased.id}`,
    );
    memory.shred(patientId.parse(rows[0]?.id));
    await forgotten();
    const nameOf = async (id: string) =>
      ((await physician.send('GET', `/api/visits/${id}`)).json as { patient: { name: string } }).patient.name;
    expect([await nameOf(erased.id), await nameOf(kept.id)]).toEqual([erasedName, 'Pat Kept']);
  });
});

describe('fields from before', () => {
  const { clinic: former, patient: own } = { clinic: 1, patient: 2 };
  const versions = async (ids: readonly string[]) => {
    const { rows } = await clinic.context.database.execute<{ version: number }>(
      sql`select get_byte(name_sealed, 0) as version from clinic.patient where id in ${ids} order by id`,
    );
    return rows.map(({ version }) => version);
  };

  it('open as they are, and are sealed anew, but for what doesn’t open', async () => {
    const { database, fields, clinicId, patientFields } = clinic.context;
    const patients = Array.from({ length: 53 }, () => newId(patientId)).sort();
    const [damaged = '', erased = newId(patientId)] = patients;
    memory.shred(erased);
    for (const id of patients) {
      const box = await fields.seal({ table: 'patient', column: 'name', row: id === damaged ? erased : id }, `N ${id}`);
      await database.execute(sql`insert into clinic.patient (id, clinic_id, name_sealed, created_at)
        values (${id}, ${clinicId}, ${Buffer.from(box)}, now())`);
    }
    expect(new Set(await versions(patients))).toEqual(new Set([former]));
    memory.isThere = false;
    await expect(renewFields(clinic.context)).rejects.toMatchObject({ code: 'unavailable' });
    memory.isThere = true;
    expect(await renewFields(clinic.context)).toEqual({ renewed: 52, left: 1 });
    expect(await versions(patients)).toEqual(patients.map((id) => (id === damaged ? former : own)));
    const { rows } = await database.execute<{ id: PatientId; box: Buffer }>(
      sql`select id, name_sealed as box from clinic.patient where id in ${patients}`,
    );
    for (const { id, box } of rows.filter((row) => row.id !== damaged)) {
      const name = await patientFields.open(id, { table: 'patient', column: 'name', row: id }, new Uint8Array(box));
      expect(name).toBe(id === erased ? null : `N ${id}`);
    }
    expect(await renewFields(clinic.context)).toEqual({ renewed: 0, left: 1 });
  });
});
