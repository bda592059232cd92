import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fingerprintOf, isCompared, rememberCompared } from './fingerprint.ts';

const keys = { statementKey: 'AAAA', logKey: 'clinic/log+1+BBBB', witnessKey: 'witness+2+CCCC' };

it('is 20 digits of the hash of the keys’ texts', async () => {
  const hex = createHash('sha256').update('AAAAclinic/log+1+BBBBwitness+2+CCCC').digest('hex');
  const digits = (BigInt(`0x${hex}`) % 10n ** 20n).toString().padStart(20, '0');
  expect((await fingerprintOf(keys)).replaceAll('-', '')).toBe(digits);
});

it('is another number when any key is another', async () => {
  const numbers = [
    await fingerprintOf(keys),
    await fingerprintOf({ ...keys, statementKey: 'AAAB' }),
    await fingerprintOf({ ...keys, logKey: 'clinic/log+1+BBBC' }),
    await fingerprintOf({ ...keys, witnessKey: 'witness+2+CCCD' }),
  ];
  expect(new Set(numbers).size).toBe(numbers.length);
});

it('is asked about until somebody has compared that very number', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  };
  expect(isCompared('1', storage)).toBe(false);
  rememberCompared('1', storage);
  expect(isCompared('1', storage)).toBe(true);
  expect(isCompared('2', storage)).toBe(false);
});
