import { readFile, stat } from 'node:fs/promises';
import { type KeyPort, type TrustedSigner, unwrapDataKey } from '@sotto/vault';
import * as z from 'zod';
import { bad, CommandError, notDone } from '../errors.ts';

const maxFileLength = 1_048_576;
/** Text of so many bytes. */
export const base64url = (bytes: number) =>
  z
    .string()
    .length(Math.ceil((bytes * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/);
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64url'));

/** Either the object's private key, or data keys by their header's hash, as a release hands them out. */
const keyFile = z.union([
  z.strictObject({ privateKey: base64url(32) }),
  z.strictObject({ dataKeys: z.record(base64url(32), base64url(32)) }),
]);

const signerFile = z.discriminatedUnion('algorithm', [
  z.strictObject({ algorithm: z.literal('Ed25519'), publicKey: base64url(32) }),
  z.strictObject({ algorithm: z.literal('ES256'), publicKey: base64url(65) }),
  z.strictObject({
    algorithm: z.literal('WebAuthn'),
    publicKey: base64url(65),
    rpId: z.string().min(1).max(253),
    origins: z.array(z.url()).min(1).max(16),
  }),
]);

/** Reads a small JSON file. What is in it never reaches a message. @param isSecret whether nobody else may read the file */
export const readJson = async <T>(
  path: string,
  schema: z.ZodType<T>,
  what: string,
  { isSecret = false } = {},
): Promise<T> => {
  let text: string;
  try {
    const { size, mode } = await stat(path);
    if (size > maxFileLength) throw notDone(`${path} is too long for ${what}.`);
    if (isSecret && (mode & 0o077) !== 0) throw notDone(`Others can read ${path}: chmod 600 it first.`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw notDone(`${path} can't be read.`);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw notDone(`${path} isn't ${what}.`);
  }
};

/**
 * The keys in a key file: `{ "privateKey": … }` or `{ "dataKeys": { header hash: data key } }`, base64url.
 *
 * @returns a port that rejects for a header whose data key isn't in the file
 */
export const readKeys = async (path: string): Promise<KeyPort> => {
  const keys = await readJson(path, keyFile, 'a key file');
  return async (header) => {
    if ('privateKey' in keys) return await unwrapDataKey(header, bytesOf(keys.privateKey));
    const dataKey = keys.dataKeys[Buffer.from(header.hash).toString('base64url')];
    if (dataKey === undefined) throw bad('The key file has no key for one of the runs.');
    return bytesOf(dataKey);
  };
};

/** The signer in a signer file: algorithm and raw public key, and for WebAuthn the page. */
export const readSigner = async (path: string): Promise<TrustedSigner> => {
  const signer = await readJson(path, signerFile, 'a signer file');
  return { ...signer, publicKey: bytesOf(signer.publicKey) };
};
