import type { webcrypto } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Crypto } from '@peculiar/webcrypto';
import { parseJson, readSecret } from '@sotto/service/environment';
import * as z from 'zod';
import { type Bytes, fromBase64url, toBase64url } from '../bytes.ts';
import { MasterKeyError } from '../errors.ts';
import { decodeWrap, encodeWrap, keyLength, nonceLength, wrapKinds } from '../wrap.ts';
import type { MasterKey } from './masterKey.ts';

const keyFile = z.strictObject({
  v: z.literal(1),
  /** Version 1 first. */
  keys: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/))
    .min(1)
    .max(1000),
});

/**
 * A master key in a file, used in this process's memory: not an HSM. Whoever can read the file, or this process's
 * memory, has every key. For one machine, for tries, for tests. A version that another process adds to the file is used
 * from the next wrap, and from the first unwrap that needs it.
 *
 * @param path a file of mode 0600, as `createSoftwareKeyFile` makes it
 * @param variable names the file in errors
 * @throws StartError if others can read the file or it holds something else
 */
export async function openSoftwareMasterKey(path: string, variable: string): Promise<MasterKey> {
  // Its own types are the browser's, which a service hasn't got; Node's say the same.
  const crypto = new Crypto() as unknown as webcrypto.Crypto;
  const take = (bytes: Bytes) => crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const texts: string[] = [];
  const keys: webcrypto.CryptoKey[] = [];
  let readFrom: FileState | null = null;
  /** Takes over versions that the file has besides. One that it had must stay as it was. */
  const read = async () => {
    const state = stateOf(path);
    const stored = parseJson(readSecret(path, variable), keyFile, variable).keys;
    if (texts.some((text, index) => stored[index] !== text)) throw new MasterKeyError('failed');
    for (const text of stored.slice(texts.length)) {
      const bytes = fromBase64url(text);
      keys.push(await take(bytes));
      texts.push(text);
      bytes.fill(0);
    }
    readFrom = state;
  };
  await read();
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();
  // One after the other: two at once would write, or take over, the same number.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  /** Another process may have made a version: a command does, beside the service. */
  const readAgain = () =>
    inTurn(async () => {
      if (closed) throw new MasterKeyError('closed');
      try {
        if (!isSameState(stateOf(path), readFrom)) await read();
      } catch (cause) {
        throw cause instanceof MasterKeyError ? cause : new MasterKeyError('failed', { cause });
      }
    });
  const keyOf = (version: number): webcrypto.CryptoKey => {
    if (closed) throw new MasterKeyError('closed');
    const key = keys[version - 1];
    if (key === undefined) throw new MasterKeyError('unknownVersion');
    return key;
  };
  const algorithm = (iv: Bytes, additionalData: Bytes) => ({ name: 'AES-GCM', iv, additionalData, tagLength: 128 });

  return {
    provider: 'software',
    label: 'software key file (not an HSM)',
    isHardware: false,
    versions: () => keys.map((_, index) => index + 1),
    async wrap(key, aad) {
      if (key.length !== keyLength) throw new MasterKeyError('format');
      await readAgain();
      const version = keys.length;
      const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
      const sealed = await crypto.subtle.encrypt(algorithm(nonce, aad), keyOf(version), key);
      return encodeWrap(wrapKinds.master, { version, nonce, ciphertext: new Uint8Array(sealed) });
    },
    async unwrap(wrapped, aad) {
      const { version, nonce, ciphertext } = decodeWrap(wrapKinds.master, wrapped);
      if (version > keys.length) await readAgain();
      const key = keyOf(version);
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, aad), key, ciphertext));
      } catch (cause) {
        throw new MasterKeyError('authenticity', { cause });
      }
    },
    async random(length) {
      return crypto.getRandomValues(new Uint8Array(length));
    },
    addVersion() {
      return inTurn(async () => {
        if (closed) throw new MasterKeyError('closed');
        await read().catch((cause: unknown) => {
          throw new MasterKeyError('failed', { cause });
        });
        const bytes = crypto.getRandomValues(new Uint8Array(keyLength));
        texts.push(toBase64url(bytes));
        try {
          await replaceFile(path, JSON.stringify({ v: 1, keys: texts }));
        } catch (cause) {
          texts.pop();
          throw new MasterKeyError('failed', { cause });
        }
        keys.push(await take(bytes));
        bytes.fill(0);
        readFrom = stateOf(path);
        return keys.length;
      });
    },
    async close() {
      closed = true;
    },
  };
}

/** What changes when the file is replaced. */
interface FileState {
  readonly inode: bigint;
  readonly changedNs: bigint;
}

/** Null if it isn't there. */
function stateOf(path: string): FileState | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : { inode: found.ino, changedNs: found.ctimeNs };
}

const isSameState = (one: FileState | null, other: FileState | null): boolean =>
  one !== null && one.inode === other?.inode && one.changedNs === other.changedNs;

/** Makes the key file with version 1. @throws the system's error if the file is there already */
export async function createSoftwareKeyFile(path: string): Promise<void> {
  const bytes = new Crypto().getRandomValues(new Uint8Array(keyLength));
  await writeSynced(path, JSON.stringify({ v: 1, keys: [toBase64url(bytes)] }), 'wx');
  await syncFolder(path);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  await writeSynced(next, text, 'w');
  await rename(next, path);
  await syncFolder(path);
}

async function writeSynced(path: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flag, 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
