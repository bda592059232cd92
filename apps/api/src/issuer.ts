import { createHash, randomBytes } from 'node:crypto';
import { base64url } from '@sotto/protocol/bytes';
import type { TicketGrant } from '@sotto/protocol/clinic';
import {
  type CredentialClaims,
  credentialLifetimeSeconds,
  type IdentityKey,
  identityKey,
  type TicketClaims,
  ticketLifetimeSeconds,
  tokenAlgorithm,
  tokenTypes,
} from '@sotto/protocol/credential';
import type { ClinicId, LeafThumbprint, ParticipantId, Role, SessionId, VisitId } from '@sotto/protocol/ids';
import { parseJson } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { calculateJwkThumbprint, importJWK, SignJWT } from 'jose';
import * as z from 'zod';

/** Whom a ticket and a credential are for. The caller has already decided that they are entitled to them. */
interface Grantee {
  readonly visitId: VisitId;
  readonly participantId: ParticipantId;
  readonly role: Role;
  readonly leaf: LeafThumbprint;
  /** The session that asks. */
  readonly session: SessionId;
  readonly name: string;
  /** When they have to be out of the visit, should that be before a credential ends by itself. */
  readonly endsAt?: Date;
}

export interface Issuer {
  /** The public halves, for `GET /api/config` and for signaling. */
  readonly publicKeys: readonly [IdentityKey, ...IdentityKey[]];
  /** Signs a ticket and a credential (packages/protocol/SPEC.md section 2). */
  grant(grantee: Grantee, now: Date): Promise<TicketGrant>;
}

const privateKey = z.object({ ...identityKey.shape, d: base64url(43) });

/**
 * @param jwk text of the private ES256 key: a JWK with `alg`, `use`, and as `kid` its RFC 7638 thumbprint
 * @throws StartError if it is anything else
 */
export async function createIssuer(jwk: string, clinicId: ClinicId): Promise<Issuer> {
  const { d, ...publicKey } = parseJson(jwk, privateKey, 'API_IDENTITY_KEY_FILE');
  if ((await calculateJwkThumbprint(publicKey)) !== publicKey.kid) {
    throw new StartError('The key that API_IDENTITY_KEY_FILE names has a wrong key id; make it anew.');
  }
  const key = await importJWK({ ...publicKey, d }, tokenAlgorithm, { extractable: false });
  const sign = (claims: TicketClaims | CredentialClaims, typ: string) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: tokenAlgorithm, kid: publicKey.kid, typ }).sign(key);

  return {
    publicKeys: [publicKey],
    async grant({ visitId, participantId, role, leaf, session, name, endsAt }, now) {
      const iat = Math.floor(now.getTime() / 1000);
      const stay = endsAt === undefined ? Number.POSITIVE_INFINITY : Math.floor(endsAt.getTime() / 1000);
      const end = Math.min(iat + credentialLifetimeSeconds, stay);
      const salt = randomBytes(16);
      const claims = {
        v: 1,
        iss: clinicId,
        vis: visitId,
        sub: participantId,
        role,
        ses: session,
        jkt: leaf,
        iat,
      } as const;
      const nmc = createHash('sha256').update(salt).update(name, 'utf8').digest('base64url');
      const jti = randomBytes(16).toString('base64url');
      const [ticket, credential] = await Promise.all([
        sign({ ...claims, aud: 'sotto/signaling', jti, end, exp: iat + ticketLifetimeSeconds }, tokenTypes.ticket),
        sign({ ...claims, aud: 'sotto/e2ee', nmc, exp: end }, tokenTypes.credential),
      ]);
      return { ticket, credential, name: { name, salt: salt.toString('base64url') }, participantId };
    },
  };
}
