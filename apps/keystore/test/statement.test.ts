import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { statementSigner } from '../src/statement.ts';

const schemaOf = <T extends string>(type: T) =>
  z.strictObject({ payload: z.strictObject({ type: z.literal(type), place: z.int() }), signature: z.string() });
const schema = schemaOf('test/one');

const newSigner = () => statementSigner(generateKeyPairSync('ed25519').privateKey, 'TEST_KEY_FILE');
const textOf = (signer: ReturnType<typeof newSigner>, place: number) =>
  JSON.stringify(signer.sign({ type: 'test/one' as const, place }));

describe('a stored statement that is read again', () => {
  it('is what it was, without being checked again', () => {
    const signer = newSigner();
    const text = textOf(signer, 1);
    const first = signer.read(schema, text);
    expect(first?.payload).toEqual({ type: 'test/one', place: 1 });
    expect(signer.read(schema, text)).toBe(first);
  });

  it('is nothing when a single character of its text was changed, however often the true one was read', () => {
    const signer = newSigner();
    const text = textOf(signer, 1);
    for (let round = 0; round < 3; round += 1) {
      expect(signer.read(schema, text)).not.toBeNull();
      expect(signer.read(schema, text.replace('"place":1', '"place":2'))).toBeNull();
    }
  });

  it('is nothing when another keystore signed it, the first time and each time after', () => {
    const [signer, other] = [newSigner(), newSigner()];
    const text = textOf(other, 1);
    expect(other.read(schema, text)).not.toBeNull();
    for (let round = 0; round < 3; round += 1) expect(signer.read(schema, text)).toBeNull();
    expect(signer.read(schema, null)).toBeNull();
    expect(signer.read(schema, '')).toBeNull();
  });

  it('isn’t taken for another kind because it was read as its own', () => {
    const signer = newSigner();
    const text = textOf(signer, 1);
    expect(signer.read(schema, text)).not.toBeNull();
    expect(signer.read(schemaOf('test/two'), text)).toBeNull();
    expect(signer.read(schema, text)).not.toBeNull();
  });

  it('is forgotten after many others, and read anew', () => {
    const signer = newSigner();
    const texts = Array.from({ length: 1025 }, (_, place) => textOf(signer, place));
    const [first = ''] = texts;
    const before = signer.read(schema, first);
    for (const text of texts.slice(1)) signer.read(schema, text);
    const again = signer.read(schema, first);
    expect(again).toEqual(before);
    expect(again).not.toBe(before);
  });
});
