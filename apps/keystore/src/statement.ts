import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { type Bytes, canonicalJson, concat, copy, fromBase64url, sha256, toBase64url, utf8 } from './bytes.ts';

/** A payload and the keystore's signature over it (SPEC.md section 3). */
export interface Statement<P> {
  readonly payload: P;
  /** Ed25519, base64url. */
  readonly signature: string;
}

/** Signs what it is of when it is called: nobody has a statement of what wasn't done. */
export type LazyStatement<P> = () => Statement<P>;

const label = utf8('sotto/keystore/v1 statement\0');

/** Signs statements: what others rely on without asking the keystore again. */
export interface StatementSigner {
  /** Raw Ed25519 public key, which browsers pin. */
  readonly publicKey: Bytes;
  sign<P extends { readonly type: string }>(payload: P): Statement<P>;
}

/**
 * @param path a PEM file (PKCS #8) of mode 0600
 * @param variable names the file in errors
 * @throws StartError if others can read it, or it holds another kind of key
 */
export function openStatementKey(path: string, variable: string): StatementSigner {
  let key: KeyObject;
  try {
    key = createPrivateKey(readSecret(path, variable));
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError(`The file that ${variable} names doesn't hold a private key in PEM form.`);
  }
  return statementSigner(key, variable);
}

/** @throws StartError naming the variable if it isn't an Ed25519 key */
export function statementSigner(key: KeyObject, variable: string): StatementSigner {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519' || x === undefined) {
    throw new StartError(`The file that ${variable} names doesn't hold an Ed25519 key.`);
  }
  return {
    publicKey: fromBase64url(x),
    sign: (payload) => ({
      payload,
      signature: toBase64url(copy(sign(null, concat(label, canonicalJson(payload)), key))),
    }),
  };
}

/** Whether the keystore with this key signed the statement. */
export function isSigned(publicKey: Bytes, { payload, signature }: Statement<unknown>): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(publicKey) }, format: 'jwk' });
  return verify(null, concat(label, canonicalJson(payload)), key, fromBase64url(signature));
}

/** What the log has of a statement: SHA-256 of the payload's canonical form, base64url. */
export const payloadHash = (payload: unknown): string => toBase64url(sha256(canonicalJson(payload)));
