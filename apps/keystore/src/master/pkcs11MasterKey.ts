import { type Bytes, toBase64url, utf8 } from '../bytes.ts';
import { MasterKeyError } from '../errors.ts';
import { decodeWrap, encodeWrap, keyLength, nonceLength, wrapKinds } from '../wrap.ts';
import type { MasterKey } from './masterKey.ts';
import { pkcs11Fault, returnValueOf } from './pkcs11Fault.ts';
import { type Pkcs11Session, Pkcs11Sessions, type Pkcs11Token } from './pkcs11Sessions.ts';

/**
 * A master key on a PKCS #11 token: generated there as sensitive and not extractable, used there. Makes version 1 on a
 * token that has none, only if told to: elsewhere a token without it is the wrong token.
 *
 * @throws MasterKeyError
 */
export async function openPkcs11MasterKey(
  token: Pkcs11Token,
  { mayCreate }: { readonly mayCreate: boolean },
): Promise<MasterKey> {
  const sessions = Pkcs11Sessions.open(token);
  const use = <T>(operation: (session: Pkcs11Session) => Promise<T>): Promise<T> =>
    sessions.use(operation).catch((fault: unknown) => {
      throw pkcs11Fault(fault);
    });
  try {
    const versions = await use(async (session) => {
      const found = session.findVersions();
      if (found.length > 0 || !mayCreate) return found;
      await session.generate(1);
      return session.findVersions();
    });
    if (versions.length === 0 || versions.some((version, index) => version !== index + 1)) {
      throw new MasterKeyError('unknownVersion');
    }
    return masterKeyOf(sessions, use, token.token, versions);
  } catch (fault) {
    await sessions.close();
    throw fault;
  }
}

type Use = <T>(operation: (session: Pkcs11Session) => Promise<T>) => Promise<T>;

function masterKeyOf(sessions: Pkcs11Sessions, use: Use, label: string, versions: number[]): MasterKey {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    provider: 'pkcs11',
    label: sessions.isHardware ? `PKCS #11 token ${label}` : `PKCS #11 token ${label} (software, not an HSM)`,
    isHardware: sessions.isHardware,
    versions: () => [...versions],
    async wrap(key, aad) {
      if (key.length !== keyLength) throw new MasterKeyError('format');
      const version = versions.length;
      return use(async (session) => {
        const nonce = session.random(nonceLength);
        return encodeWrap(wrapKinds.master, {
          version,
          nonce,
          ciphertext: await session.encrypt(version, nonce, aad, key),
        });
      });
    },
    async unwrap(wrapped, aad) {
      const { version, nonce, ciphertext } = decodeWrap(wrapKinds.master, wrapped);
      if (!versions.includes(version)) throw new MasterKeyError('unknownVersion');
      return use(async (session) => {
        try {
          return await session.decrypt(version, nonce, aad, ciphertext);
        } catch (fault) {
          throw await refused(session, version, fault);
        }
      });
    },
    random: (length) => use(async (session) => session.random(length)),
    addVersion() {
      // One after the other: two at once would make the same number.
      const added = turn.then(async () => {
        const version = versions.length + 1;
        await use((session) => session.generate(version));
        versions.push(version);
        return version;
      });
      turn = added.catch(() => undefined);
      return added;
    },
    close: () => sessions.close(),
  };
}

/**
 * Modules disagree on what a wrong tag is; SoftHSM calls it a general error, which may be anything. If the same key
 * in the same session still opens what it seals, the wrap was at fault.
 */
async function refused(session: Pkcs11Session, version: number, fault: unknown): Promise<MasterKeyError> {
  const value = returnValueOf(fault);
  if (value !== 'CKR_GENERAL_ERROR' && value !== 'CKR_FUNCTION_FAILED') return pkcs11Fault(fault);
  const probe: Bytes = new Uint8Array(keyLength);
  const aad = utf8('sotto/keystore/v1 probe');
  try {
    const nonce = session.random(nonceLength);
    const opened = await session.decrypt(version, nonce, aad, await session.encrypt(version, nonce, aad, probe));
    if (toBase64url(opened) === toBase64url(probe)) return new MasterKeyError('authenticity', { cause: fault });
  } catch (broken) {
    return pkcs11Fault(broken);
  }
  return pkcs11Fault(fault);
}
