import { randomBytes } from 'node:crypto';
import type { PatientId } from '@sotto/protocol/ids';
import type { KeystoreClient } from '../src/keystoreClient.ts';

/** Patients' field keys as a keystore gives them, with what it was asked, and a switch to have it gone. */
export interface FieldKeysInMemory extends Pick<KeystoreClient, 'fieldKeys'> {
  /** How many patients each request was for. */
  readonly asked: number[];
  isThere: boolean;
  /** As when everything of the patient's was shredded. */
  shred(patient: PatientId): void;
}

export function fieldKeysInMemory(): FieldKeysInMemory {
  const keys = new Map<PatientId, string | null>();
  const memory: FieldKeysInMemory = {
    asked: [],
    isThere: true,
    shred: (patient) => void keys.set(patient, null),
    async fieldKeys(patients, make) {
      if (!memory.isThere) return { tag: 'unavailable' };
      memory.asked.push(patients.length);
      if (make)
        for (const patient of patients)
          if (!keys.has(patient)) keys.set(patient, randomBytes(32).toString('base64url'));
      return {
        tag: 'answered',
        value: { keys: patients.map((pseudonym) => ({ pseudonym, key: keys.get(pseudonym) ?? null })) },
      };
    },
  };
  return memory;
}
