import type { webcrypto } from 'node:crypto';
import type { PatientId } from '@sotto/protocol/ids';
import { type FieldKeyAnswer, maxFieldKeys } from '@sotto/protocol/keystoreRoutes';
import { FieldKeyLost, FieldKeysUnavailable } from './errors.ts';
import type { KeystoreClient } from './keystoreClient.ts';
import { importFieldKey } from './sealedField.ts';

type Key = webcrypto.CryptoKey;

/**
 * Patients' field keys, which only the keystore keeps. Whoever is wanted in one turn of the event loop is asked for at once, so
 * that a day's list is one request; what is wrong with one patient's key fails none of the others.
 */
export interface FieldKeys {
  /** Null for a patient whose everything was shredded. @throws FieldKeysUnavailable, FieldKeyLost */
  find(patient: PatientId): Promise<Key | null>;
  /** The same for a patient who can't have any yet, and gets one. @throws as `find` */
  make(patient: PatientId): Promise<Key | null>;
}

/**
 * So long after it was fetched a key is remembered, however often it is used: over reading a page and coming back into a call
 * while the keystore is started again, and no longer, so that a shredded patient's name is gone for this process too.
 */
const keptMs = 5 * 60_000;
/** That there is no key to be had now: long enough that one patient doesn't use up what the keystore gives. */
const briefMs = 5000;

/** What the keystore says of one patient, with the key imported. */
type Answer = { readonly tag: 'key'; readonly key: Key } | { readonly tag: Exclude<FieldKeyAnswer['tag'], 'key'> };

/** Gathers what is asked within one turn, and asks for it together. */
function gather(ask: (patients: PatientId[]) => Promise<ReadonlyMap<PatientId, Answer>>) {
  let waiting = new Map<PatientId, PromiseWithResolvers<Answer>>();

  async function send(part: readonly [PatientId, PromiseWithResolvers<Answer>][]): Promise<void> {
    try {
      const answers = await ask(part.map(([patient]) => patient));
      for (const [patient, { resolve, reject }] of part) {
        const answer = answers.get(patient);
        if (answer === undefined) reject(new FieldKeysUnavailable());
        else resolve(answer);
      }
    } catch (fault) {
      for (const [, { reject }] of part) reject(fault);
    }
  }
  function flush(): void {
    const all = [...waiting];
    waiting = new Map();
    for (let from = 0; from < all.length; from += maxFieldKeys) void send(all.slice(from, from + maxFieldKeys));
  }
  return (patient: PatientId): Promise<Answer> => {
    if (waiting.size === 0) setImmediate(flush);
    const asked = waiting.get(patient) ?? Promise.withResolvers<Answer>();
    waiting.set(patient, asked);
    return asked.promise;
  };
}

async function importAnswer(answer: FieldKeyAnswer): Promise<Answer> {
  if (answer.tag !== 'key') return { tag: answer.tag };
  const raw = new Uint8Array(Buffer.from(answer.key, 'base64url'));
  return { tag: 'key', key: await importFieldKey(raw).finally(() => raw.fill(0)) };
}

/** @throws FieldKeysUnavailable, FieldKeyLost */
function keyOf(answer: Answer): Key | null {
  switch (answer.tag) {
    case 'key':
      return answer.key;
    case 'shredded':
      return null;
    case 'limited':
      throw new FieldKeysUnavailable('limited');
    case 'none':
    case 'damaged':
      throw new FieldKeyLost();
  }
}

/** Answers, each for its time: one answer a patient, which the next one replaces together with its end. */
function createMemory(lifeMs: number) {
  const kept = new Map<PatientId, { readonly answer: Answer; readonly end: NodeJS.Timeout }>();
  return {
    get: (patient: PatientId) => kept.get(patient)?.answer,
    set(patient: PatientId, answer: Answer): void {
      clearTimeout(kept.get(patient)?.end);
      const isFinal = answer.tag === 'key' || answer.tag === 'shredded';
      const end = setTimeout(() => kept.delete(patient), isFinal ? lifeMs : Math.min(lifeMs, briefMs)).unref();
      kept.set(patient, { answer, end });
    },
  };
}

/** @param onLost told of how many patients an answer had lost keys: a person must look */
export function createFieldKeys(
  keystore: Pick<KeystoreClient, 'fieldKeys'>,
  onLost: (count: number) => void,
  lifeMs = keptMs,
): FieldKeys {
  const memory = createMemory(lifeMs);

  const ask = (make: boolean) => async (patients: PatientId[]) => {
    const asked = await keystore.fieldKeys(patients, make);
    if (asked.tag !== 'answered') throw new FieldKeysUnavailable();
    const answers = new Map<PatientId, Answer>();
    for (const given of asked.value.keys) answers.set(given.pseudonym, await importAnswer(given));
    for (const [patient, answer] of answers) memory.set(patient, answer);
    const lost = [...answers.values()].filter(({ tag }) => tag === 'none' || tag === 'damaged');
    if (lost.length > 0) onLost(lost.length);
    return answers;
  };
  const [found, made] = [gather(ask(false)), gather(ask(true))];
  return {
    find: async (patient) => keyOf(memory.get(patient) ?? (await found(patient))),
    async make(patient) {
      const known = memory.get(patient);
      return keyOf(known && known.tag !== 'none' ? known : await made(patient));
    },
  };
}
