import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64url, base64urlUpTo, bytes } from '../src/bytes.ts';
import { visitId } from '../src/ids.ts';

describe('bytes', () => {
  const schema = bytes(8);

  it('gives a plain Uint8Array of what Node and browsers deliver', () => {
    const content = Uint8Array.of(1, 2, 3);
    for (const value of [content, content.buffer, Buffer.from(content), new Uint8Array([0, 1, 2, 3]).subarray(1)]) {
      const parsed = schema.parse(value);
      expect(Object.getPrototypeOf(parsed)).toBe(Uint8Array.prototype);
      expect([...parsed]).toEqual([1, 2, 3]);
    }
  });

  it('takes one byte up to the cap', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), (value) => {
        expect(schema.safeParse(value).success).toBe(value.length >= 1 && value.length <= 8);
      }),
    );
  });

  it.each([
    ['text', 'abc'],
    ['a list', [1, 2]],
    ['a view of words', new Uint16Array(2)],
    ['nothing', null],
  ])('refuses %s', (_, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

describe('base64url', () => {
  it('takes exactly the length that n bytes have', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (value) => {
        const text = Buffer.from(value).toString('base64url');
        expect(base64url(text.length).parse(text)).toBe(text);
        expect(base64url(text.length + 1).safeParse(text).success).toBe(false);
        expect(base64urlUpTo(text.length - 1).safeParse(text).success).toBe(false);
      }),
    );
  });

  it.each(['+', '/', '=', ' ', '\n', 'é'])('refuses %j', (character) => {
    expect(visitId.safeParse('a'.repeat(21) + character).success).toBe(false);
  });

  it('refuses a line break after the text', () => {
    expect(base64urlUpTo(10).safeParse('abc\n').success).toBe(false);
  });
});
