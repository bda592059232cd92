import { randomBytes } from 'node:crypto';
import { type Bytes, copy } from '../bytes.ts';
import { RecoveryError } from '../errors.ts';
import { hpkePublicKey, hpkeSeedLength } from '../hpke.ts';
import { combineShares, shareThreshold, splitSeed } from './shares.ts';

export interface Ceremony {
  /** Goes to every keystore: what it wraps to. 1,216 bytes. */
  readonly publicKey: Bytes;
  /** One for each of five people. Any three open everything. */
  readonly shares: readonly string[];
}

/**
 * Makes the recovery key: its seed exists only while this runs. Before anything is handed out, every choice of three
 * shares is seen to give the key back.
 */
export async function holdCeremony(): Promise<Ceremony> {
  const seed = copy(randomBytes(hpkeSeedLength));
  try {
    const publicKey = await hpkePublicKey(seed);
    const shares = await splitSeed(seed, publicKey);
    for (const chosen of choices(shares, shareThreshold)) {
      const again = await combineShares(chosen, publicKey);
      const isSame = Buffer.compare(again, seed) === 0;
      again.fill(0);
      if (!isSame) throw new RecoveryError('otherKey');
    }
    return { publicKey, shares };
  } finally {
    seed.fill(0);
  }
}

function choices<T>(from: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return from.flatMap((first, index) => choices(from.slice(index + 1), count - 1).map((rest) => [first, ...rest]));
}
