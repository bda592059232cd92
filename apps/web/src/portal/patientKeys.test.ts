import { clinicId, patientId } from '@sotto/protocol/ids';
import type { PatientKeyStatement } from '@sotto/protocol/keystore';
import type { PatientKeys } from '@sotto/protocol/keystoreRoutes';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { canonicalHash, randomId } from '../keystore/bytes.ts';
import { type AskedKeys, checkPatientKeys, newKeysNonce } from './patientKeys.ts';

const pseudonym = patientId.parse(randomId());
const asked: AskedKeys = { pseudonym, nonce: newKeysNonce() };

let keystore: SoftKeystore;
let first: PatientKeyStatement;
let second: PatientKeyStatement;

beforeAll(async () => {
  keystore = await SoftKeystore.make();
  [first, second] = await Promise.all([keystore.patientKey({ pseudonym }), keystore.patientKey({ pseudonym })]);
});

/** What the keystore answers with, for these keys. */
async function answer(
  keys: PatientKeyStatement[],
  changes: Partial<PatientKeys['list']['payload']> = {},
  signer = keystore,
): Promise<PatientKeys> {
  const hashes = await Promise.all(keys.map(({ payload }) => canonicalHash(payload)));
  const list = await signer.sign({
    ...{ type: 'sotto/patient-keys/v1' as const, clinic: keystore.pins.clinic, ...asked },
    ...{ keys: hashes.sort(), readAt: '2031-01-02T00:00:00.000Z' },
    ...changes,
  });
  return { keys, list };
}
const check = (given: PatientKeys) => checkPatientKeys(given, asked, keystore.pins);

describe('a patient’s keys', () => {
  it('are all that the keystore has signed, in whichever order they come', async () => {
    const { keys, signed } = await check(await answer([first, second]));
    expect(keys).toEqual([first, second].map(({ payload }) => ({ ...payload, isActive: true })));
    expect(signed).toEqual([first, second]);
    const both = await answer([first, second]);
    expect((await check({ ...both, keys: [second, first] })).signed).toEqual([second, first]);
    expect((await check(await answer([]))).keys).toEqual([]);
  });

  it.each([-1, 0, 1])(
    'wait for their day by the keystore’s clock, on a device whose own is %d days off',
    async (days) => {
      const activeFrom = '2031-05-07T07:08:09.000Z';
      vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(activeFrom) + days * 24 * 3_600_000 });
      try {
        const helped = await keystore.patientKey({ pseudonym, activeFrom });
        const before = await check(await answer([helped], { readAt: '2031-05-07T07:08:08.999Z' }));
        expect(before.keys).toMatchObject([{ isActive: false }]);
        const then = await check(await answer([helped], { readAt: activeFrom }));
        expect(then.keys).toMatchObject([{ isActive: true }]);
      } finally {
        vi.useRealTimers();
      }
    },
  );

  it.each<[string, () => Promise<PatientKeys>]>([
    ['left out', async () => ({ ...(await answer([first, second])), keys: [first] })],
    ['all left out', async () => ({ ...(await answer([first])), keys: [] })],
    ['put in, such as one that was ended', async () => ({ ...(await answer([first])), keys: [first, second] })],
    ['given twice', async () => ({ ...(await answer([first])), keys: [first, first] })],
    [
      'edited',
      async () => answer([{ ...first, payload: { ...first.payload, enrolledAt: '2030-01-01T00:00:00.000Z' } }]),
    ],
    ['another patient’s', async () => answer([await keystore.patientKey()])],
    [
      'another clinic’s',
      async () => answer([await keystore.patientKey({ pseudonym, clinic: clinicId.parse(randomId()) })]),
    ],
  ])('are none when one was %s', async (_, given) => {
    await expect(check(await given())).rejects.toMatchObject({ code: 'statement' });
  });

  it.each<[string, () => Promise<PatientKeys>]>([
    ['an older one', () => answer([first], { nonce: newKeysNonce() })],
    ['another patient’s', () => answer([first], { pseudonym: patientId.parse(randomId()) })],
    ['another clinic’s', () => answer([first], { clinic: clinicId.parse(randomId()) })],
    ['signed by somebody else', async () => answer([first], {}, await SoftKeystore.make())],
  ])('are none when the list is %s', async (_, given) => {
    await expect(check(await given())).rejects.toMatchObject({ code: 'statement' });
  });
});
