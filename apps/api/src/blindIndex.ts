import { webcrypto } from 'node:crypto';
import type { BirthDate } from '@sotto/protocol/clinic';
import type { ClinicId } from '@sotto/protocol/ids';
import { foldFamilyName, foldName } from './foldedName.ts';
import { associatedData } from './sealedField.ts';
import { readSecretKey } from './secretKey.ts';

/** Changes with the bytes and with how names are folded: rows of another form are indexed anew. */
const form = 'sotto/index/v1';

const keyIdBytes = 16;
/** As many as tell a clinic's families apart, and no more: several family names share each value. */
const familyIndexBytes = 2;

export interface PatientFacts {
  readonly name: string;
  readonly birthDate: BirthDate | null;
}

/** A patient's row, as it is found by. */
export interface PatientIndexes {
  /** Null where there is no date of birth, or a name without letters. */
  readonly personIndex: Uint8Array | null;
  /** Null where a name doesn't say which is the family's. */
  readonly familyIndex: Uint8Array | null;
  /** Key and form by which both were made. */
  readonly indexKey: Uint8Array;
}

/**
 * Values by which rows are found without being opened: HMAC-SHA-256 under a key that isn't in the database
 * (infra/docs/decisions/returning-patients.md, section 2).
 */
export interface BlindIndexes {
  /** Names key and form, 16 bytes. */
  readonly indexKey: Uint8Array;
  /** 32 bytes, the same for whoever has this name and date of birth; null where the name has no letters. */
  person(name: string, birthDate: BirthDate): Promise<Uint8Array | null>;
  /** 2 bytes, the same for whoever has this family name, and for some who don't; null where none can be told. */
  family(name: string): Promise<Uint8Array | null>;
  /** All of a patient's. */
  of(patient: PatientFacts): Promise<PatientIndexes>;
}

/**
 * @param text of the index key's file
 * @throws StartError if it isn't 32 bytes in base64url
 */
export async function createBlindIndexes(clinic: ClinicId, text: string): Promise<BlindIndexes> {
  const raw = readSecretKey(text, 'API_INDEX_KEY_FILE');
  const key = await webcrypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  raw.fill(0);
  // No part has the separator: folded names are letters and digits.
  const mac = async (...parts: readonly string[]) =>
    new Uint8Array(await webcrypto.subtle.sign('HMAC', key, associatedData(form, clinic, ...parts)));
  const indexKey = (await mac('key')).slice(0, keyIdBytes);

  const indexes: BlindIndexes = {
    indexKey,
    async person(name, birthDate) {
      const folded = foldName(name);
      return folded === '' ? null : mac('person', folded, birthDate);
    },
    async family(name) {
      const folded = foldFamilyName(name);
      return folded === null ? null : (await mac('family', folded)).slice(0, familyIndexBytes);
    },
    of: async ({ name, birthDate }) => ({
      personIndex: birthDate === null ? null : await indexes.person(name, birthDate),
      familyIndex: await indexes.family(name),
      indexKey,
    }),
  };
  return indexes;
}
