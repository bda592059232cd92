import { staffId } from '@sotto/protocol/ids';
import { act, challengeLabels } from '@sotto/protocol/keystore';
import { describe, expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { composeAct, instantOf, requestMembers } from './acts.ts';
import { toBase64url } from './bytes.ts';
import { challengeOf } from './challenge.ts';

const grant = { nonce: 'AAECAwQFBgcICQoLDA0ODw', expiresAt: '2031-05-06T07:08:09.987Z' };
const [a, b] = [staffId.parse('AAECAwQFBgcICQoLDA0ODw'), staffId.parse('EBESExQVFhcYGRobHB0eHw')];

describe('an act', () => {
  it('has the shape that the keystore takes, its signers in order, the keystore’s time', async () => {
    const { pins } = await SoftKeystore.make();
    const matter = { action: 'revoke', subject: a, credential: 'ICEiIyQlJicoKSorLC0uLw', reason: 'lost' } as const;
    const made = composeAct(matter as Parameters<typeof composeAct>[0], [b, a], grant, pins);
    expect(act.parse(made)).toEqual(made);
    expect(made.by).toEqual([a, b]);
    expect(made.expiry).toBe('2031-05-06T07:08:09Z');
    expect(made.id).not.toBe(composeAct(matter as Parameters<typeof composeAct>[0], [a], grant, pins).id);
  });

  it('isn’t made of a nonce without a time', async () => {
    const { pins } = await SoftKeystore.make();
    expect(() => requestMembers({ ...grant, expiresAt: 'soon' }, pins)).toThrow(TypeError);
  });
});

describe('a challenge', () => {
  // Written out by hand: SHA-256 of the label and of the members in the order of their names.
  it('is the hash of label and canonical text', async () => {
    const text = 'sotto/act/v1{"a":[1,"é"],"b":null}';
    const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    expect(toBase64url(await challengeOf(challengeLabels.act, { b: null, a: [1, 'é'] }))).toBe(toBase64url(expected));
  });

  it('is another one under another label', async () => {
    const signed = { a: 1 };
    const [one, two] = [await challengeOf(challengeLabels.act, signed), await challengeOf('sotto/release/v1', signed)];
    expect(toBase64url(one)).not.toBe(toBase64url(two));
  });
});

it('writes time in whole seconds, rounded down', () => {
  expect(instantOf(new Date('2031-05-06T07:08:09.999Z'))).toBe('2031-05-06T07:08:09Z');
});
