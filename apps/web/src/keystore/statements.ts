import { type Bytes, canonicalJson, concat, fromBase64url, utf8 } from './bytes.ts';

const label = utf8('sotto/keystore/v1 statement\0');

/** A payload and the keystore's signature over it (apps/keystore/SPEC.md section 3). */
export interface Statement<P> {
  readonly payload: P;
  /** Ed25519, base64url. */
  readonly signature: string;
}

/** The public key of RFC 8032, section 7.1, test 1: any true one would do. */
const anyKey = fromBase64url('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');

/** Whether this browser checks signatures of the keystore's kind at all: where it can't, nothing may be called unsigned. */
export async function canCheckSignatures(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', anyKey ?? new Uint8Array(), 'Ed25519', false, ['verify']);
    return true;
  } catch {
    return false;
  }
}

/** Whether an Ed25519 key, raw, signed this. */
export async function verifies(key: Bytes, signature: Bytes, data: Bytes): Promise<boolean> {
  try {
    const publicKey = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', publicKey, signature, data);
  } catch {
    // A key that is none has signed nothing.
    return false;
  }
}

/** Whether the keystore with this statement key (base64url) signed it. */
export async function isSigned({ payload, signature }: Statement<object>, statementKey: string): Promise<boolean> {
  const key = fromBase64url(statementKey);
  const bytes = fromBase64url(signature);
  return key !== null && bytes !== null && verifies(key, bytes, concat(label, canonicalJson(payload)));
}
