import { randomBytes } from 'node:crypto';
import { type IdentityKey, identityKey, tokenAlgorithm, tokenTypes } from '@sotto/protocol/credential';
import {
  type ClinicId,
  clinicId,
  type LeafThumbprint,
  leafThumbprint,
  type ParticipantId,
  participantId,
  type Role,
  type SessionId,
  sessionId,
  type VisitId,
  visitId,
} from '@sotto/protocol/ids';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

export const newId = (): string => randomBytes(16).toString('base64url');
export const newVisit = (): VisitId => visitId.parse(newId());
export const newSession = (): SessionId => sessionId.parse(newId());
export const newLeaf = (): LeafThumbprint => leafThumbprint.parse(randomBytes(32).toString('base64url'));

/** A person with a place in one visit, as the clinic's tickets know them. */
export interface Person {
  readonly visit: VisitId;
  readonly participantId: ParticipantId;
  readonly role: Role;
  readonly leaf: LeafThumbprint;
  readonly session: SessionId;
  /** How long a ticket of theirs lets them stay. */
  readonly staySeconds: number;
}

export const newPerson = (visit: VisitId, role: Role, staySeconds = 12 * 3600): Person => ({
  visit,
  role,
  participantId: participantId.parse(newId()),
  leaf: newLeaf(),
  session: newSession(),
  staySeconds,
});

export interface TestClinic {
  readonly id: ClinicId;
  readonly key: IdentityKey;
  /** A ticket as the clinic's api signs it; claims and header can be falsified. */
  ticket(person: Person, claims?: Record<string, unknown>, typ?: string): Promise<string>;
}

/** @param clock Unix ms of the clinic's clock */
export async function createTestClinic(
  clock: () => number,
  id: ClinicId = clinicId.parse(newId()),
): Promise<TestClinic> {
  const { publicKey, privateKey } = await generateKeyPair(tokenAlgorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    id,
    key: identityKey.parse({ ...jwk, kid, alg: tokenAlgorithm, use: 'sig' }),
    ticket(person, claims = {}, typ = tokenTypes.ticket) {
      const now = Math.floor(clock() / 1000);
      const all = {
        v: 1,
        iss: id,
        vis: person.visit,
        sub: person.participantId,
        role: person.role,
        ses: person.session,
        jkt: person.leaf,
        iat: now,
        exp: now + 120,
        aud: 'sotto/signaling',
        jti: newId(),
        end: now + person.staySeconds,
        ...claims,
      };
      return new SignJWT(all).setProtectedHeader({ alg: tokenAlgorithm, typ, kid }).sign(privateKey);
    },
  };
}
