/**
 * SFrame key ids (RFC 9605 section 5.2): the low 16 bits are the epoch modulo 2^16, the bits above the sender's leaf
 * index. One keyring serves one group, so a context id isn't needed.
 */
const epochs = 1 << 16;
/** Half of the epoch's range: further apart than that, "newer" and "older" can't be told. */
const half = 1 << 15;

export interface KeyId {
  leafIndex: number;
  /** Modulo 2^16. */
  epoch: number;
}

export function makeKid(leafIndex: number, epoch: number): number {
  return leafIndex * epochs + (epoch & 0xffff);
}

/** @returns null if the leaf index is beyond what a tree can have (2^32 leaves, RFC 9420 section 4.1) */
export function parseKid(kid: number): KeyId | null {
  const leafIndex = Math.floor(kid / epochs);
  return leafIndex > 0xffff_ffff ? null : { leafIndex, epoch: kid % epochs };
}

/** How many epochs `truncated` lies ahead of `epoch`: negative behind it, -2^15 to 2^15 - 1. */
export function epochsAhead(truncated: number, epoch: number): number {
  const difference = (truncated - (epoch & 0xffff) + 0x1_0000) & 0xffff;
  return difference >= half ? difference - 0x1_0000 : difference;
}
