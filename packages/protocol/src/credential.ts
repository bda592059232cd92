import { type CryptoKey, errors, importJWK, jwtVerify } from 'jose';
import * as z from 'zod';
import { base64url } from './bytes.ts';
import { clinicId, leafThumbprint, participantId, role, sessionId, visitId } from './ids.ts';

/**
 * The two tokens that the api's identity key signs for one person in one visit (SPEC.md section 2).
 *
 * - The *ticket* opens a connection to signaling, within two minutes.
 * - The *credential* stands in the person's MLS leaf for as long as the visit may last; every browser checks it.
 *
 * Both are bound to one leaf key by its thumbprint. Neither carries a name: signaling sees both. The name is
 * committed to, and told to the other members inside the group.
 */
const claims = {
  v: z.literal(1),
  iss: clinicId,
  vis: visitId,
  sub: participantId,
  role,
  /** The session that asked for it: an admission is for one session of a person, not for all who have the link. */
  ses: sessionId,
  /** Thumbprint of the leaf's signature key. */
  jkt: leafThumbprint,
  iat: z.int().positive(),
  /** Unix seconds. */
  exp: z.int().positive(),
};

export const ticketClaims = z.strictObject({
  ...claims,
  aud: z.literal('sotto/signaling'),
  jti: base64url(22),
  /** Until when its holder may stay in the visit: `exp` of the credential (Unix seconds). */
  end: z.int().positive(),
});
export type TicketClaims = z.infer<typeof ticketClaims>;

export const credentialClaims = z.strictObject({
  ...claims,
  aud: z.literal('sotto/e2ee'),
  /** SHA-256(salt ‖ UTF-8 name), base64url; the salt is 16 bytes. */
  nmc: base64url(43),
});
export type CredentialClaims = z.infer<typeof credentialClaims>;

/** `typ` of the JWS header: a ticket is never taken for a credential, nor the other way round. */
export const tokenTypes = { ticket: 'sotto-ticket+jwt', credential: 'sotto-credential+jwt' } as const;
export const tokenAlgorithm = 'ES256';

export const ticketLifetimeSeconds = 120;
export const credentialLifetimeSeconds = 12 * 3600;
/** Clocks of a patient's device and the clinic may differ by this much. */
export const clockToleranceSeconds = 60;

/** A compact JWS; ours are under 1 KiB. */
export const compactJws = z
  .string()
  .max(2048)
  .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/);

/** A public identity key: ES256 with a key id, and nothing private in it. */
export const identityKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url(43),
  y: base64url(43),
  kid: base64url(43),
  alg: z.literal(tokenAlgorithm),
  use: z.literal('sig'),
});
export type IdentityKey = z.infer<typeof identityKey>;

export type TokenVerdict<T> =
  | { tag: 'valid'; claims: T }
  | { tag: 'expired' }
  | { tag: 'unknownSigner' }
  | { tag: 'malformed' };

/** A verifier holds the imported keys, so that checking many tokens imports none of them twice. */
export interface TokenVerifier {
  /** Checks signature, type, audience, clinic and time. */
  ticket(token: string, now: Date): Promise<TokenVerdict<TicketClaims>>;
  /** As `ticket`, for what stands in a leaf. */
  credential(token: string, now: Date): Promise<TokenVerdict<CredentialClaims>>;
}

/**
 * @param keys the clinic's public identity keys; tokens name one by `kid`
 * @param clinic the only accepted issuer
 */
export async function createTokenVerifier(keys: readonly IdentityKey[], clinic: string): Promise<TokenVerifier> {
  const imported = new Map<string, CryptoKey>();
  for (const key of keys) imported.set(key.kid, await importJWK(key, tokenAlgorithm));

  async function verify<T>(token: string, schema: z.ZodType<T>, typ: string, now: Date): Promise<TokenVerdict<T>> {
    if (!compactJws.safeParse(token).success) return { tag: 'malformed' };
    try {
      const { payload } = await jwtVerify(
        token,
        (header) => {
          const key = imported.get(header.kid ?? '');
          if (!key) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        { algorithms: [tokenAlgorithm], typ, issuer: clinic, currentDate: now, clockTolerance: clockToleranceSeconds },
      );
      const parsed = schema.safeParse(payload);
      return parsed.success ? { tag: 'valid', claims: parsed.data } : { tag: 'malformed' };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { tag: 'expired' };
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
        return { tag: 'unknownSigner' };
      }
      return { tag: 'malformed' };
    }
  }

  return {
    ticket: (token, now) => verify(token, ticketClaims, tokenTypes.ticket, now),
    credential: (token, now) => verify(token, credentialClaims, tokenTypes.credential, now),
  };
}
