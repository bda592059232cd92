import { patientId, visitId } from '@sotto/protocol/ids';
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import { readOwnPatients, rememberOwnPatient } from '../portal/ownPatient.ts';
import { readOwnRequest, rememberOwnRequest } from '../portal/ownRequest.ts';
import { forgetPatient, isForgetting } from './forgetPatient.ts';

it('leaves nothing of who was known by an assisted key alone, or asked in another visit', async () => {
  const keystore = await SoftKeystore.make();
  const storage = new MemoryStorage();
  const assisted = await keystore.patientKey({ visit: null });
  const { pseudonym, credential } = assisted.payload;
  rememberOwnPatient(assisted, storage);
  const entry = { kind: 'passkey' as const, pseudonym, credential, publicKey: 'A'.repeat(87) };
  const enrolment = {
    ...{ type: 'sotto/enrolment/v1' as const, of: 'patient' as const, clinic: keystore.pins.clinic },
    ...{ visit: visitId.parse(randomId()), entry, requestedAt: '2031-05-06T07:08:09Z' },
  };
  rememberOwnRequest(pseudonym, { enrolment, handedIn: true }, storage);
  forgetPatient(new QueryClient(), { visitId: visitId.parse(randomId()), patientId: pseudonym }, storage);
  expect(storage.length).toBe(0);
});

it('is told to other tabs, which leaves nothing either', () => {
  const told: { key: string; newValue: string }[] = [];
  class HeardStorage extends MemoryStorage {
    override setItem(key: string, newValue: string): void {
      told.push({ key, newValue });
      super.setItem(key, newValue);
    }
  }
  const storage = new HeardStorage();
  const [visit, other] = [visitId.parse(randomId()), visitId.parse(randomId())];
  forgetPatient(new QueryClient(), { visitId: visit, patientId: patientId.parse(randomId()) }, storage);
  expect(storage.length).toBe(0);
  expect(told.map((event) => isForgetting(event, visit))).toEqual([true]);
  expect(told.map((event) => isForgetting(event, other))).toEqual([false]);
});

it('leaves nothing of who signs out of their own page, and all of the others, whose keys name no visit either', async () => {
  const keystore = await SoftKeystore.make();
  const storage = new MemoryStorage();
  const [theirs, others] = [await keystore.patientKey({ visit: null }), await keystore.patientKey({ visit: null })];
  rememberOwnPatient(theirs, storage);
  rememberOwnPatient(others, storage);
  forgetPatient(new QueryClient(), { visitId: null, patientId: theirs.payload.pseudonym }, storage);
  expect(await readOwnPatients(keystore.pins, storage)).toEqual([others.payload]);
});

it('leaves nothing of who isn’t the one who sits here, and all of the others', async () => {
  const keystore = await SoftKeystore.make();
  const [visit, elsewhere] = [visitId.parse(randomId()), visitId.parse(randomId())];
  const storage = new MemoryStorage();
  storage.setItem('sotto.keystore.v1', 'stays');
  // Nobody's, and before the others.
  storage.setItem('sotto.patientKey.v1.x', '{');
  const [theirs, others] = [await keystore.patientKey({ visit }), await keystore.patientKey({ visit: elsewhere })];
  // The same patient's, enrolled with help: it names no visit.
  const assisted = await keystore.patientKey({ pseudonym: theirs.payload.pseudonym, visit: null });
  for (const [statement, of] of [
    [theirs, visit],
    [others, elsewhere],
  ] as const) {
    const { pseudonym, credential } = statement.payload;
    const entry = { kind: 'passkey' as const, pseudonym, credential, publicKey: 'A'.repeat(87) };
    const enrolment = {
      ...{
        type: 'sotto/enrolment/v1' as const,
        of: 'patient' as const,
        clinic: keystore.pins.clinic,
        visit: of,
        entry,
      },
      requestedAt: '2031-05-06T07:08:09Z',
    };
    rememberOwnRequest(pseudonym, { enrolment, handedIn: true }, storage);
  }
  for (const statement of [others, assisted]) rememberOwnPatient(statement, storage);
  const queries = new QueryClient();
  queries.setQueryData(['keystore', 'portal'], 'their name');
  queries.setQueryData(['join', 'who'], 'their name');
  let reads = 0;
  const watching = new QueryObserver(queries, {
    ...{ queryKey: ['keystore', 'ownObjects'], staleTime: Number.POSITIVE_INFINITY },
    queryFn: () => {
      reads += 1;
      return 'their notes';
    },
  });
  const stop = watching.subscribe(() => undefined);
  await watching.refetch();

  const before = reads;
  forgetPatient(queries, { visitId: visit, patientId: theirs.payload.pseudonym }, storage);
  expect(queries.getQueryCache().getAll()).toEqual([]);
  expect(reads).toBe(before);
  expect(await readOwnPatients(keystore.pins, storage)).toEqual([others.payload]);
  const now = new Date('2031-05-06T08:00:00Z');
  expect(readOwnRequest(theirs.payload.pseudonym, now, storage)).toBeNull();
  expect(readOwnRequest(others.payload.pseudonym, now, storage)).not.toBeNull();
  expect([...storage.keys()].filter((key) => key.includes(theirs.payload.pseudonym))).toEqual([]);
  expect(storage.getItem('sotto.keystore.v1')).toBe('stays');
  stop();
});
