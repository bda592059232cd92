import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, utf8 } from '../src/bytes.ts';
import { type Ceremony, holdCeremony } from '../src/recovery/ceremony.ts';
import { openRecoveryWrap, wrapForRecovery } from '../src/recovery/recoveryWrap.ts';
import { combineShares } from '../src/recovery/shares.ts';

let ceremony: Ceremony;
let other: Ceremony;
beforeAll(async () => {
  [ceremony, other] = [await holdCeremony(), await holdCeremony()];
});
const share = (index: number, from = ceremony): string => from.shares[index] ?? '';
const key: Bytes = new Uint8Array(32).fill(7);
const aad = utf8('whose key this is');

describe('the recovery key', () => {
  it('comes back from any three of its five shares, and opens what was wrapped to it', async () => {
    const wrapped = await wrapForRecovery(ceremony.publicKey, key, aad);
    for (const chosen of [
      [0, 1, 2],
      [4, 2, 0],
      [0, 1, 2, 3, 4],
    ]) {
      const seed = await combineShares(
        chosen.map((index) => share(index)),
        ceremony.publicKey,
      );
      expect(await openRecoveryWrap(seed, wrapped, aad)).toEqual(key);
      await expect(openRecoveryWrap(seed, wrapped, utf8('another'))).rejects.toMatchObject({ code: 'authenticity' });
      await expect(openRecoveryWrap(seed, wrapped.slice(1), aad)).rejects.toMatchObject({ code: 'format' });
      const changed = wrapped.slice();
      changed[1130] = (changed[1130] ?? 0) ^ 1;
      await expect(openRecoveryWrap(seed, changed, aad)).rejects.toMatchObject({ code: 'authenticity' });
    }
  });

  it('reads shares as people type them', async () => {
    const typed = [share(0).toUpperCase(), share(1).replaceAll(' ', ''), `  ${share(2)}\n`];
    expect(await combineShares(typed, ceremony.publicKey)).toHaveLength(32);
  });

  it.each([
    ['two shares', () => [share(0), share(1)], 'tooFew'],
    ['the same share twice', () => [share(0), share(1), share(1)], 'duplicate'],
    ['a share of another ceremony', () => [share(0), share(1), share(2, other)], 'otherSet'],
    ['shares of another ceremony', () => [0, 1, 2].map((index) => share(index, other)), 'otherSet'],
    [
      'a mistyped digit',
      () => [share(0), share(1), share(2).replace(/.$/, (d) => (d === '0' ? '1' : '0'))],
      'checksum',
    ],
    ['a share cut short', () => [share(0), share(1), share(2).slice(5)], 'format'],
    ['no share at all', () => [share(0), share(1), 'planted'], 'format'],
  ] as const)('refuses %s', async (_what, shares, code) => {
    await expect(combineShares(shares(), ceremony.publicKey)).rejects.toMatchObject({ name: 'RecoveryError', code });
  });
});
