import { patientId } from '@sotto/protocol/ids';
import { challengeLabels, credentialId } from '@sotto/protocol/keystore';
import { patientSignIn } from '@sotto/protocol/patientSignIn';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { readOwnPatients } from './ownPatient.ts';
import { signInByOwnKey } from './patientSignIn.ts';

const origin = 'https://clinic.example';
let keystore: SoftKeystore;
let storage: MemoryStorage;
let asked: { path: string; body: unknown }[];

/** A clinic that answers so, each path in its order. */
function answers(answer: (path: string, search: URLSearchParams) => object | Promise<object>): void {
  vi.stubGlobal('fetch', async (path: string, { body }: RequestInit = {}) => {
    const url = new URL(path, origin);
    asked.push({ path: url.pathname, body: typeof body === 'string' ? JSON.parse(body) : null });
    return Response.json(await answer(url.pathname, url.searchParams));
  });
}

beforeEach(async () => {
  keystore = await SoftKeystore.make();
  storage = new MemoryStorage();
  asked = [];
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', new MemoryStorage());
});
afterEach(() => vi.unstubAllGlobals());

it('signs this page’s origin and the known keystore’s clinic by the keystore’s clock, and knows whose record it is then', async () => {
  const nonce = randomId();
  const key = await keystore.patientKey();
  const { pseudonym, credential } = key.payload;
  answers(async (path, search) => {
    if (path.endsWith('/options')) return { nonce, expiresAt: '2031-05-06T07:09:00.500Z' };
    if (path.endsWith('/session')) return { patient: pseudonym, visit: null, ends: null };
    return portalOf(pseudonym, [key], search.get('nonce') ?? '');
  });
  const signed: string[] = [];
  const session = await signInByOwnKey(keystore.pins, origin, async (challenge) => {
    signed.push(challenge.join());
    return { credential, signature: 'A'.repeat(86) };
  });
  expect(session.patient).toBe(pseudonym);
  const { statement } = patientSignIn.parse(asked[1]?.body);
  const { clinic } = keystore.pins;
  expect(statement).toEqual({
    ...{ type: 'sotto/patient-sign-in/v1', clinic, nonce, origin, expiry: '2031-05-06T07:09:00Z' },
  });
  expect(signed).toEqual([(await challengeOf(challengeLabels.patientSignIn, statement)).join()]);
  expect((await readOwnPatients(keystore.pins, storage)).map((one) => one.pseudonym)).toEqual([pseudonym]);
});

it('knows nobody where the keystore’s list hasn’t the key that signed', async () => {
  const key = await keystore.patientKey();
  answers((path, search) => {
    if (path.endsWith('/options')) return { nonce: randomId(), expiresAt: '2031-05-06T07:09:00Z' };
    if (path.endsWith('/session')) return { patient: key.payload.pseudonym, visit: null, ends: null };
    return portalOf(key.payload.pseudonym, [key], search.get('nonce') ?? '');
  });
  const credential = credentialId.parse('B'.repeat(43));
  await signInByOwnKey(keystore.pins, origin, async () => ({ credential, signature: 'A'.repeat(86) }));
  expect(await readOwnPatients(keystore.pins, storage)).toEqual([]);
});

/** What the clinic answers of a patient, the list of keys signed for the reader's nonce. */
async function portalOf(
  pseudonym: string,
  keys: readonly Awaited<ReturnType<SoftKeystore['patientKey']>>[],
  nonce: string,
): Promise<object> {
  const answer = await keystore.patientKeys(patientId.parse(pseudonym), keys, nonce);
  return { patient: { id: pseudonym, name: 'Pat Example' }, visit: null, restrictions: [], ...answer };
}
