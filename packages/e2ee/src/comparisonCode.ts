import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { ComparisonCode, ComparisonRoundId } from './comparisonState.ts';
import { concat, fromBase64url, sha256 } from './octets.ts';

/** Octets of a member's nonce. */
export const nonceOctets = 32;
const emojiCount = 6;
const digitGroups = 6;
/** Of each group of five digits: 40 bits leave no digit likelier than another by more than 1 in 10,000,000. */
const groupOctets = 5;

const label = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a member binds itself to before it has seen anybody's nonce. SPEC.md section 6.1. */
export function comparisonCommitment(
  round: ComparisonRoundId,
  leaf: LeafThumbprint,
  nonce: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(label('sotto/compare/v1 commitment'), fromBase64url(round), fromBase64url(leaf), nonce);
}

/**
 * The code of a round. SPEC.md section 6.1.
 *
 * @param epochAuthenticator of the round's epoch (RFC 9420 section 8.7), 64 octets
 * @param members all of that epoch, in any order
 */
export async function comparisonCodeOf(
  epochAuthenticator: Uint8Array,
  round: ComparisonRoundId,
  members: readonly { leafIndex: number; leaf: LeafThumbprint; nonce: Uint8Array }[],
): Promise<ComparisonCode> {
  const ordered = [...members].sort((a, b) => a.leafIndex - b.leafIndex);
  const count = new Uint8Array(2);
  new DataView(count.buffer).setUint16(0, ordered.length);
  const transcript = concat(
    label('sotto/compare/v1 code'),
    epochAuthenticator,
    fromBase64url(round),
    count,
    ...ordered.flatMap(({ leaf, nonce }) => [fromBase64url(leaf), nonce]),
  );
  const octets = new Uint8Array(await crypto.subtle.digest('SHA-512', transcript));
  const groups = Array.from({ length: digitGroups }, (_, group) => {
    const start = emojiCount + group * groupOctets;
    const value = octets.subarray(start, start + groupOctets).reduce((sum, octet) => sum * 256 + octet, 0);
    return String(value % 100_000).padStart(5, '0');
  });
  return { emoji: [...octets.subarray(0, emojiCount)].map((octet) => octet & 63), digits: groups.join('') };
}
