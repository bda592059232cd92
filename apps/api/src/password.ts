import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);

/** OWASP's minimum for Argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const tagBytes = 32;

/** NIST SP 800-63B: normalise before hashing, so that the same word typed on another keyboard is the same. */
const normalise = (password: string) => password.normalize('NFKC');

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** Argon2id of a password, as the PHC string that names its own parameters. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(saltBytes);
  const tag = await derive('argon2id', { message: normalise(password), nonce, tagLength: tagBytes, ...cost });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/**
 * Checks a password. Without a hash (nobody has that e-mail address) it does the same work and says no, so that the
 * time of an answer doesn't tell who has an account.
 */
export async function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt, expected] = phc.exec(hash ?? '') ?? [];
  const isKnown = expected !== undefined;
  const tag = await derive('argon2id', {
    message: normalise(password),
    nonce: isKnown ? Buffer.from(salt ?? '', 'base64') : randomBytes(saltBytes),
    tagLength: tagBytes,
    ...(isKnown ? { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) } : cost),
  });
  const against = isKnown ? Buffer.from(expected, 'base64') : randomBytes(tagBytes);
  return timingSafeEqual(tag, against) && isKnown;
}
