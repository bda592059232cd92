import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { AuditUsageError } from '../errors.ts';
import { createVerifierKey, type NoteKeyType, type NoteSigner, noteKeyTypes } from '../note.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';

/**
 * An Ed25519 key in a PEM file (PKCS #8) that only its owner can read; made if there is none.
 *
 * @param name the signer's name in notes
 * @throws AuditUsageError if others can read the file, or it holds another kind of key
 */
export async function openKeyFile(path: string, name: string, type: NoteKeyType): Promise<NoteSigner> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if (((await stat(path)).mode & 0o077) !== 0)
    throw new AuditUsageError('the key file is readable by others: chmod 600');
  return createKeyObjectSigner(createPrivateKey(await readFile(path)), name, type);
}

/** Signs a log with a key in PEM form. @throws AuditUsageError unless it is an Ed25519 key */
export function readLogSigner(pem: string, name: string): NoteSigner {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new AuditUsageError('not an Ed25519 key');
  }
  return createKeyObjectSigner(key, name, noteKeyTypes.ed25519);
}

/** Signs with a key that Node holds. @throws AuditUsageError if it isn't an Ed25519 key */
export function createKeyObjectSigner(privateKey: KeyObject, name: string, type: NoteKeyType): NoteSigner {
  const { x } = privateKey.export({ format: 'jwk' });
  if (privateKey.asymmetricKeyType !== 'ed25519' || x === undefined) throw new AuditUsageError('not an Ed25519 key');
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  return {
    key: createVerifierKey(name, type, publicKey, nodeTreeHasher.sha256),
    sign: (message) => Promise.resolve(new Uint8Array(sign(null, message, privateKey))),
  };
}
