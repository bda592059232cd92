import type { webcrypto } from 'node:crypto';
import type { PatientId } from '@sotto/protocol/ids';
import { maxFieldKeys } from '@sotto/protocol/keystoreRoutes';
import { FieldKeysUnavailable } from './errors.ts';
import type { KeystoreClient } from './keystoreClient.ts';
import { importFieldKey } from './sealedField.ts';

type Key = webcrypto.CryptoKey;

/**
 * Patients' field keys, which only the keystore keeps. Whoever is wanted in one turn of the event loop is asked for at once, so
 * that a day's list is one request.
 */
export interface FieldKeys {
  /** Null for a patient who has none: everything of theirs was shredded. @throws FieldKeysUnavailable */
  find(patient: PatientId): Promise<Key | null>;
  /** The same, made where there is none yet. @throws FieldKeysUnavailable */
  make(patient: PatientId): Promise<Key | null>;
}

/**
 * So long a key is remembered: over reading a page and coming back into a call while the keystore is started again, and no longer,
 * so that a shredded patient's name is gone for this process too, and its memory never has more than the keys just used.
 */
const keptMs = 5 * 60_000;

/** Gathers what is asked within one turn, and asks for it together. */
function gather(ask: (patients: PatientId[]) => Promise<ReadonlyMap<PatientId, Key>>) {
  let waiting = new Map<PatientId, PromiseWithResolvers<Key | null>>();

  async function send(part: readonly [PatientId, PromiseWithResolvers<Key | null>][]): Promise<void> {
    try {
      const keys = await ask(part.map(([patient]) => patient));
      for (const [patient, { resolve }] of part) resolve(keys.get(patient) ?? null);
    } catch (fault) {
      for (const [, { reject }] of part) reject(fault);
    }
  }
  function flush(): void {
    const all = [...waiting];
    waiting = new Map();
    for (let from = 0; from < all.length; from += maxFieldKeys) void send(all.slice(from, from + maxFieldKeys));
  }
  return (patient: PatientId): Promise<Key | null> => {
    if (waiting.size === 0) setImmediate(flush);
    const asked = waiting.get(patient) ?? Promise.withResolvers<Key | null>();
    waiting.set(patient, asked);
    return asked.promise;
  };
}

export function createFieldKeys(keystore: Pick<KeystoreClient, 'fieldKeys'>, lifeMs = keptMs): FieldKeys {
  const kept = new Map<PatientId, Key>();

  const ask = (make: boolean) => async (patients: PatientId[]) => {
    const asked = await keystore.fieldKeys(patients, make);
    if (asked.tag !== 'answered') throw new FieldKeysUnavailable();
    const found = new Map<PatientId, Key>();
    for (const { pseudonym, key } of asked.value.keys) {
      if (key === null) continue;
      const raw = new Uint8Array(Buffer.from(key, 'base64url'));
      found.set(pseudonym, await importFieldKey(raw).finally(() => raw.fill(0)));
    }
    for (const [patient, key] of found) {
      kept.set(patient, key);
      setTimeout(() => kept.delete(patient), lifeMs).unref();
    }
    return found;
  };
  const [found, made] = [gather(ask(false)), gather(ask(true))];
  return {
    find: async (patient) => kept.get(patient) ?? found(patient),
    make: async (patient) => kept.get(patient) ?? made(patient),
  };
}
