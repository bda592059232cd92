import type { LeafThumbprint } from '@sotto/protocol/ids';
import { roles } from '@sotto/protocol/ids';
import { CallCryptoError } from './errors.ts';
import type { Group } from './group.ts';
import type { RosterLeaf } from './roster.ts';

/** What is asked for is registered under a passkey that the keystore knows. */
export function mayAsk({ claims }: RosterLeaf): boolean {
  return claims.role === roles.physician && claims.clinician !== null;
}

export function ownLeaf({ roster, ownIndex }: Group): RosterLeaf {
  const own = roster.find(({ leafIndex }) => leafIndex === ownIndex);
  if (own === undefined) throw new CallCryptoError('wrongState');
  return own;
}

export function leavesOf(roster: readonly RosterLeaf[]): LeafThumbprint[] {
  return roster.map(({ claims }) => claims.jkt).sort();
}
