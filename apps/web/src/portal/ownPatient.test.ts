import { clinicId, patientId, visitId } from '@sotto/protocol/ids';
import type { PatientKeyStatement } from '@sotto/protocol/keystore';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import { dropEndedKeys, forgetOwnPatients, readOwnPatients, rememberOwnPatient } from './ownPatient.ts';

let keystore: SoftKeystore;
let statement: PatientKeyStatement;
let storage: MemoryStorage;

beforeAll(async () => {
  keystore = await SoftKeystore.make();
  statement = await keystore.patientKey();
});
beforeEach(() => {
  storage = new MemoryStorage();
});

const known = async () => (await readOwnPatients(keystore.pins, storage)).map(({ pseudonym }) => pseudonym);

describe('whom a browser knows as its own', () => {
  it('is who has a key that the keystore signed for, one key a patient', async () => {
    expect(await known()).toEqual([]);
    rememberOwnPatient(statement, storage);
    const { pseudonym } = statement.payload;
    const newer = await keystore.patientKey({ pseudonym });
    rememberOwnPatient(newer, storage);
    const family = await keystore.patientKey();
    rememberOwnPatient(family, storage);
    expect(await readOwnPatients(keystore.pins, storage)).toEqual([newer.payload, family.payload]);
  });

  it('isn’t whom somebody wrote there: each is checked again', async () => {
    const { payload, signature } = statement;
    rememberOwnPatient({ payload: { ...payload, pseudonym: patientId.parse(randomId()) }, signature }, storage);
    rememberOwnPatient(await (await SoftKeystore.make()).patientKey(), storage);
    rememberOwnPatient(await keystore.patientKey({ clinic: clinicId.parse(randomId()) }), storage);
    expect(storage.length).toBe(1);
    expect(await known()).toEqual([]);
  });

  it('is nobody where what is kept is no list, or nothing can be kept', async () => {
    for (const text of ['', '{}', '[1]', 'null']) {
      storage.setItem('sotto.ownPatient.v1', text);
      expect(await known()).toEqual([]);
    }
    rememberOwnPatient(statement, null);
    expect(await readOwnPatients(keystore.pins, null)).toEqual([]);
  });

  it('isn’t who has only a key that was ended: the next checked list says so', async () => {
    const [family, { pseudonym }] = [await keystore.patientKey(), statement.payload];
    const newer = await keystore.patientKey({ pseudonym });
    for (const one of [statement, family]) rememberOwnPatient(one, storage);
    dropEndedKeys(pseudonym, [newer, statement], storage);
    expect(await known()).toEqual([pseudonym, family.payload.pseudonym]);
    dropEndedKeys(pseudonym, [newer], storage);
    expect(await known()).toEqual([family.payload.pseudonym]);
    dropEndedKeys(family.payload.pseudonym, [], storage);
    expect(storage.length).toBe(0);
  });

  it('is forgotten by the visit or by who it was, and nobody else is', async () => {
    const visit = visitId.parse(randomId());
    const [inVisit, elsewhere] = [await keystore.patientKey({ visit }), await keystore.patientKey()];
    for (const one of [statement, inVisit, elsewhere]) rememberOwnPatient(one, storage);
    forgetOwnPatients({ visit, pseudonyms: [elsewhere.payload.pseudonym] }, storage);
    expect(await known()).toEqual([statement.payload.pseudonym]);
    forgetOwnPatients({ visit, pseudonyms: [statement.payload.pseudonym] }, storage);
    expect(storage.length).toBe(0);
  });
});
