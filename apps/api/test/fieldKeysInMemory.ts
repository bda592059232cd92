import { randomBytes } from 'node:crypto';
import type { PatientId } from '@sotto/protocol/ids';
import type { FieldKeyAnswer } from '@sotto/protocol/keystoreRoutes';
import type { ClinicContext } from '../src/clinicContext.ts';
import { createFieldKeys } from '../src/fieldKeys.ts';
import type { KeystoreClient } from '../src/keystoreClient.ts';
import { createPatientFields } from '../src/patientFields.ts';

/** Patients' field keys as a keystore gives them, with what it was asked, and a switch to have it gone. */
export interface FieldKeysInMemory extends Pick<KeystoreClient, 'fieldKeys'> {
  /** How many patients each request was for. */
  readonly asked: number[];
  isThere: boolean;
  /** As when everything of the patient's was shredded. */
  shred(patient: PatientId): void;
  /** As when the keystore can't give this patient's: its backup hasn't got it, its wrap is damaged, it was asked for too often. */
  withhold(patient: PatientId, tag: 'none' | 'damaged' | 'limited'): void;
  /** Gives what it withheld. */
  restore(patient: PatientId): void;
  /** From now on it takes requests and answers none, until what is returned is called. */
  silence(): () => void;
  /** Of how many patients each answer had lost keys. */
  readonly lost: number[];
}

export function fieldKeysInMemory(): FieldKeysInMemory {
  const keys = new Map<PatientId, string>();
  const others = new Map<PatientId, Exclude<FieldKeyAnswer['tag'], 'key'>>();

  function answer(pseudonym: PatientId, make: boolean): FieldKeyAnswer {
    const other = others.get(pseudonym);
    if (other !== undefined) return { tag: other, pseudonym };
    if (make && !keys.has(pseudonym)) keys.set(pseudonym, randomBytes(32).toString('base64url'));
    const key = keys.get(pseudonym);
    return key === undefined ? { tag: 'none', pseudonym } : { tag: 'key', pseudonym, key };
  }
  let voice: Promise<undefined> | undefined;
  const memory: FieldKeysInMemory = {
    asked: [],
    lost: [],
    isThere: true,
    shred: (patient) => void others.set(patient, 'shredded'),
    withhold: (patient, tag) => void others.set(patient, tag),
    restore: (patient) => void others.delete(patient),
    silence() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      voice = promise;
      return () => {
        voice = undefined;
        resolve(undefined);
      };
    },
    async fieldKeys(patients, make) {
      if (!memory.isThere) return { tag: 'unavailable' };
      memory.asked.push(patients.length);
      await voice;
      return { tag: 'answered', value: { keys: patients.map((patient) => answer(patient, make)) } };
    },
  };
  return memory;
}

/** Gives a clinic keys that it asks for anew each time. */
export function forgetfulKeys({ context }: { readonly context: ClinicContext }): FieldKeysInMemory {
  const memory = fieldKeysInMemory();
  const keys = createFieldKeys(memory, (count) => void memory.lost.push(count), 0);
  Object.assign(context.patientFields, createPatientFields(context.clinicId, keys, context.fields));
  return memory;
}

/** Until they are forgotten. */
export const forgotten = () => new Promise((resolve) => setTimeout(resolve, 20));
