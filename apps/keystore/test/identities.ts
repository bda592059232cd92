import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type CredentialClaims,
  createTokenVerifier,
  type IdentityKey,
  identityKey,
  type TokenVerifier,
  tokenTypes,
} from '@sotto/protocol/credential';

/** The api's identity key: signs credentials as the api does (packages/protocol/SPEC.md section 2). */
export class Identity {
  readonly #key: KeyObject;
  readonly publicKey: IdentityKey;

  constructor() {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
    const kid = createHash('sha256')
      .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
      .digest('base64url');
    this.#key = privateKey;
    this.publicKey = identityKey.parse({ kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' });
  }

  /** A compact JWS over these claims. */
  credential(claims: CredentialClaims, typ: string = tokenTypes.credential): string {
    const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${text({ alg: 'ES256', kid: this.publicKey.kid, typ })}.${text(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  verifier(clinic: string): Promise<TokenVerifier> {
    return createTokenVerifier([this.publicKey], clinic);
  }
}
