import type { TicketGrant } from '@sotto/protocol/clinic';
import { compactJws, type IdentityKey, identityKey } from '@sotto/protocol/credential';
import {
  type ClinicId,
  clinicId,
  type ParticipantId,
  participantId,
  type Role,
  type VisitId,
  visitId,
} from '@sotto/protocol/ids';
import { SignJWT } from 'jose';

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const randomId = (octets = 16): string => base64url(crypto.getRandomValues(new Uint8Array(octets)));

/** One person of a visit. */
export interface Person {
  readonly participantId: ParticipantId;
  readonly role: Role;
  readonly name: string;
}

export const newPerson = (role: Role, name: string): Person => ({
  participantId: participantId.parse(randomId()),
  role,
  name,
});

/** What the api does for a visit, in a page: it vouches for leaf keys. */
export class Clinic {
  readonly id: ClinicId = clinicId.parse(randomId());
  readonly visitId: VisitId = visitId.parse(randomId());
  readonly identityKey: IdentityKey;
  readonly #signingKey: CryptoKey;

  private constructor(key: IdentityKey, signingKey: CryptoKey) {
    this.identityKey = key;
    this.#signingKey = signingKey;
  }

  static async open(): Promise<Clinic> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const key = identityKey.parse({ kty, crv, x, y, kid: randomId(32), alg: 'ES256', use: 'sig' });
    return new Clinic(key, pair.privateKey);
  }

  async grant(who: Person, leaf: string): Promise<Pick<TicketGrant, 'credential' | 'name'>> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const committed = new Uint8Array([...salt, ...new TextEncoder().encode(who.name)]);
    const credential = await new SignJWT({
      v: 1,
      vis: this.visitId,
      role: who.role,
      jkt: leaf,
      nmc: base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', committed))),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'sotto-credential+jwt', kid: this.identityKey.kid })
      .setIssuer(this.id)
      .setSubject(who.participantId)
      .setAudience('sotto/e2ee')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(this.#signingKey);
    return { credential: compactJws.parse(credential), name: { name: who.name, salt: base64url(salt) } };
  }
}
