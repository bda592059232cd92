import { clinicId, objectId, patientId, staffId } from '@sotto/protocol/ids';
import type { RestrictedStatement } from '@sotto/protocol/keystore';
import { describe, expect, it } from 'vitest';
import { canonicalJson, concat, toBase64url, utf8 } from './bytes.ts';
import { checkRestrictions, restrictedSince, restrictionOf, restrictionOfAll } from './restrictions.ts';

const id = (letter: string) => letter.repeat(21).concat('A');
const [patient, clinic] = [patientId.parse(id('p')), clinicId.parse(id('c'))];
const [one, other] = [objectId.parse(id('o')), objectId.parse(id('q'))];

const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
const statementKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
const pins = { clinic, statementKey } as Parameters<typeof checkRestrictions>[2];

async function signed(object: typeof one | null, restrictedAt: string, of = patient): Promise<RestrictedStatement> {
  const payload = {
    ...{ type: 'sotto/restricted/v1' as const, clinic, pseudonym: of, object },
    ...{ restrictedBy: [staffId.parse(id('s'))], restrictedAt },
  };
  const bytes = concat(utf8('sotto/keystore/v1 statement\0'), canonicalJson(payload));
  const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, bytes);
  return { payload, signature: toBase64url(new Uint8Array(signature)) };
}

describe('what is restricted', () => {
  it('is told by object and as a whole, and since when', async () => {
    const [all, single] = [
      await signed(null, '2031-05-07T07:08:09.000Z'),
      await signed(one, '2031-05-06T07:08:09.000Z'),
    ];
    const both = await checkRestrictions([all, single], patient, pins);
    const alone = await checkRestrictions([single], patient, pins);
    expect([restrictionOfAll(both)?.object, restrictionOfAll(alone)]).toEqual([null, null]);
    expect([restrictionOf(both, one)?.since.toISOString(), restrictionOf(both, other)]).toEqual([
      ...['2031-05-06T07:08:09.000Z', null],
    ]);
    expect(restrictedSince(both, [one])?.toISOString()).toBe('2031-05-06T07:08:09.000Z');
    expect(restrictedSince(both, [other])?.toISOString()).toBe('2031-05-07T07:08:09.000Z');
    expect(restrictedSince(alone, [other])).toBeNull();
    expect(restrictedSince(alone, [other, one])).not.toBeNull();
  });

  it('is believed only as the keystore signed it, of whom it is shown as', async () => {
    const single = await signed(one, '2031-05-06T07:08:09.000Z');
    expect(await checkRestrictions([single], null, pins)).toHaveLength(1);
    const moved = { ...single, payload: { ...single.payload, object: other } };
    const others = await signed(one, '2031-05-06T07:08:09.000Z', patientId.parse(id('x')));
    const elsewhere = { ...pins, clinic: clinicId.parse(id('e')) };
    for (const asked of [
      checkRestrictions([single, moved], patient, pins),
      checkRestrictions([others], patient, pins),
      checkRestrictions([single], patient, elsewhere),
    ]) {
      await expect(asked).rejects.toMatchObject({ code: 'statement' });
    }
  });
});
