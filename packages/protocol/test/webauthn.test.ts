import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawSignature } from '../src/webauthn.ts';

/** An INTEGER of DER with these very octets. */
const integer = (...octets: number[]) => [0x02, octets.length, ...octets];
const sequence = (...body: number[]) => Uint8Array.from([0x30, body.length, ...body]);
const [one, two] = [integer(1), integer(2)];

describe('an ECDSA signature', () => {
  it('is the same pair of numbers that Node writes down raw', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let count = 0; count < 200; count += 1) {
      const der = sign('sha256', Uint8Array.of(count), privateKey);
      const raw = rawSignature(der);
      expect(raw).toHaveLength(64);
      const again = sequence(...[raw?.subarray(0, 32), raw?.subarray(32)].flatMap((half) => minimal(half)));
      expect(again).toEqual(new Uint8Array(der));
    }
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['another type', Uint8Array.from([0x31, 6, ...one, ...two])],
    ['a length that is too long', Uint8Array.from([0x30, 7, ...one, ...two])],
    ['one number', sequence(...one)],
    ['three numbers', sequence(...one, ...two, ...one)],
    ['an empty number', sequence(...integer(), ...two)],
    ['a negative number', sequence(...integer(0x80), ...two)],
    ['a number with a zero too many', sequence(...integer(0, 1), ...two)],
    ['a number of 33 octets', sequence(...integer(1, ...Array<number>(32).fill(0)), ...two)],
    ['a number that ends too soon', Uint8Array.from([0x30, 5, ...one, 0x02, 2])],
  ])('is refused with %s', (_, der) => {
    expect(rawSignature(der)).toBeNull();
  });

  it('is never more than one text of the same numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (der) => {
        const raw = rawSignature(der);
        if (raw === null) return;
        expect(sequence(...[raw.subarray(0, 32), raw.subarray(32)].flatMap((half) => minimal(half)))).toEqual(der);
      }),
    );
  });
});

function minimal(half: Uint8Array = new Uint8Array()): number[] {
  const start = half.findIndex((octet) => octet !== 0);
  const digits = start < 0 ? [0] : [...half.subarray(start)];
  return integer(...((digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits));
}
