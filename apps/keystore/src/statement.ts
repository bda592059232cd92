import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import type * as z from 'zod';
import { type Bytes, canonicalJson, concat, copy, fromBase64url, sha256, toBase64url, utf8 } from './bytes.ts';
import { parseStored } from './stored.ts';

/** A payload and the keystore's signature over it (SPEC.md section 3). */
export interface Statement<P> {
  readonly payload: P;
  /** Ed25519, base64url. */
  readonly signature: string;
}

/** Signs what it is of when it is called: nobody has a statement of what wasn't done. */
export type LazyStatement<P> = () => Statement<P>;

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410 section 4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

const label = utf8('sotto/keystore/v1 statement\0');

/** Signs statements: what others rely on without asking the keystore again. */
export interface StatementSigner {
  /** Raw Ed25519 public key, which browsers pin. */
  readonly publicKey: Bytes;
  sign<P extends { readonly type: string }>(payload: P): Statement<P>;
  /**
   * What a stored text says, if it is of that shape and this keystore signed it; else null. A text that was read lately
   * isn't checked again: what it says can't have changed.
   */
  read<S extends z.ZodType<Statement<unknown>>>(schema: S, text: string | null): z.infer<S> | null;
}

/** Texts that are remembered, of 2 kB each at most: those that are read again within one release, and a clinic's staff. */
const mostRemembered = 1024;

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
  const publicKey = fromBase64url(x);
  const remembered = new Map<string, { readonly schema: z.ZodType; readonly statement: unknown }>();
  return {
    publicKey,
    read<S extends z.ZodType<Statement<unknown>>>(schema: S, text: string | null): z.infer<S> | null {
      const known = remembered.get(text ?? '');
      // Of this very schema: what it made of the text is of its type.
      if (known?.schema === schema) return known.statement as z.infer<S>;
      const statement = parseStored(schema, text);
      if (statement === null || text === null || !isSigned(publicKey, statement)) return null;
      const [oldest] = remembered.keys();
      if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
      remembered.set(text, { schema, statement });
      return statement;
    },
    sign: (payload) => ({
      payload,
      signature: toBase64url(copy(sign(null, concat(label, canonicalJson(payload)), key))),
    }),
  };
}

/** Whether the keystore with this key signed the statement. */
export function isSigned(publicKey: Bytes, { payload, signature }: Statement<unknown>): boolean {
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
  return verify(null, concat(label, canonicalJson(payload)), key, fromBase64url(signature));
}

/** What the log has of a statement: SHA-256 of the payload's canonical form, base64url. */
export const payloadHash = (payload: unknown): string => toBase64url(sha256(canonicalJson(payload)));
