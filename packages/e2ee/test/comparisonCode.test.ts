import { leafThumbprint } from '@sotto/protocol/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeApplicationMessage, encodeApplicationMessage } from '../src/applicationMessage.ts';
import { comparisonCodeOf, comparisonCommitment } from '../src/comparisonCode.ts';
import { comparisonCode, comparisonRound } from '../src/comparisonState.ts';
import { comparisonEmoji } from '../src/index.ts';
import { toBase64url } from '../src/octets.ts';
import { toHex } from './hex.ts';

const of = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value);
const leaf = (value: number) => leafThumbprint.parse(toBase64url(of(32, value)));
const authenticator = Uint8Array.from({ length: 64 }, (_, index) => index);
const round = comparisonRound.parse('oKGio6SlpqeoqaqrrK2urw');
const members = [
  { leafIndex: 0, leaf: leaf(1), nonce: of(32, 0x11) },
  { leafIndex: 1, leaf: leaf(2), nonce: of(32, 0x22) },
  { leafIndex: 4, leaf: leaf(3), nonce: of(32, 0x33) },
] as const;

describe('the code of a round', () => {
  test.each([
    [2, [33, 45, 0, 32, 58, 12], '630196996112804229374611501513'],
    [3, [2, 0, 0, 17, 39, 13], '591201467923720841243797549004'],
  ])('is the published one for %i members', async (count, emoji, digits) => {
    expect(await comparisonCodeOf(authenticator, round, members.slice(0, count))).toEqual({ emoji, digits });
  });

  test('doesn’t depend on the order in which the members are given', async () => {
    const [straight, reversed] = await Promise.all(
      [members, [...members].reverse()].map((some) => comparisonCodeOf(authenticator, round, some)),
    );
    expect(reversed).toEqual(straight);
  });

  test('changes with each of its parts', async () => {
    const [first, second, third] = members;
    const flipped = (octets: Uint8Array) =>
      Uint8Array.from(octets, (octet, index) => (index === 0 ? octet ^ 1 : octet));
    const codes = await Promise.all([
      comparisonCodeOf(authenticator, round, members),
      comparisonCodeOf(flipped(authenticator), round, members),
      comparisonCodeOf(authenticator, comparisonRound.parse('pKGio6SlpqeoqaqrrK2urw'), members),
      comparisonCodeOf(authenticator, round, [first, second, { ...third, leaf: leaf(4) }]),
      comparisonCodeOf(authenticator, round, [first, second, { ...third, nonce: flipped(third.nonce) }]),
      comparisonCodeOf(authenticator, round, [first, { ...second, leafIndex: 4 }, { ...third, leafIndex: 1 }]),
      comparisonCodeOf(authenticator, round, [first, second]),
    ]);
    expect(new Set(codes.map(({ digits }) => digits)).size).toBe(codes.length);
    expect(new Set(codes.map(({ emoji }) => emoji.join())).size).toBe(codes.length);
  });

  test('is never a part of one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (nonce) => {
        const code = await comparisonCodeOf(authenticator, round, [members[0], { ...members[1], nonce }]);
        expect(comparisonCode.safeParse(code).success).toBe(true);
      }),
    );
    const { digits, emoji } = await comparisonCodeOf(authenticator, round, members);
    expect(comparisonCode.safeParse({ emoji, digits: digits.slice(1) }).success).toBe(false);
    expect(comparisonCode.safeParse({ emoji: emoji.slice(1), digits }).success).toBe(false);
  });
});

test('a commitment is the published one', async () => {
  const hashes = await Promise.all(members.map((one) => comparisonCommitment(round, one.leaf, one.nonce)));
  expect(hashes.map(toHex)).toEqual([
    '4421fb7c2ddf71f9a6cdf027dd1f1519036aae39c1b7ba42f76b04f125b2e345',
    '2aa2eb84268c2451e34e30683b9ca410c94d01fc1586066bc27c43507e361fca',
    '244851603860a48094a4febbafe80ee46b5ee9023cabcc914edeab8f61939b6e',
  ]);
});

test('the list has 64 emoji that differ in look and in name, and need no variation selector', () => {
  expect(comparisonEmoji.length).toBe(64);
  expect(new Set(comparisonEmoji.map(({ name }) => name)).size).toBe(64);
  expect(new Set(comparisonEmoji.map(({ symbol }) => symbol)).size).toBe(64);
  for (const { symbol } of comparisonEmoji) expect(symbol).toMatch(/^\p{Emoji_Presentation}$/u);
});

describe('messages of a comparison', () => {
  const commitment = toBase64url(of(32, 7));
  const messages = [
    { type: 'comparisonStart', body: { round, attempt: 1, commitment } },
    { type: 'comparisonCommitment', body: { round, commitment } },
    { type: 'comparisonReveal', body: { round, nonce: commitment } },
    { type: 'comparisonEnd', body: { round, reason: 'different' } },
  ] as const;

  test.each(messages.map((message, index) => [message.type, message, index + 3] as const))('%s', (_, message, type) => {
    const octets = encodeApplicationMessage(message);
    expect([...octets.subarray(0, 2)]).toEqual([1, type]);
    expect(decodeApplicationMessage(octets)).toEqual(message);
  });

  test.each<[string, number, unknown]>([
    ['a field too many', 3, { round, attempt: 1, commitment, name: 'x' }],
    ['a field too few', 3, { round, commitment }],
    ['a fifth attempt', 3, { round, attempt: 5, commitment }],
    ['a short commitment', 4, { round, commitment: commitment.slice(1) }],
    ['a round of another length', 4, { round: round.slice(1), commitment }],
    ['a nonce that isn’t base64url', 5, { round, nonce: '+'.repeat(43) }],
    ['another reason', 6, { round, reason: 'same' }],
    ['a type that doesn’t exist', 7, { round }],
  ])('with %s are no messages', (_, type, body) => {
    const octets = Uint8Array.of(1, type, ...new TextEncoder().encode(JSON.stringify(body)));
    expect(decodeApplicationMessage(octets)).toBeNull();
  });
});
