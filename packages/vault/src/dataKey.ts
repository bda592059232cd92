import { type Bytes, utf8 } from './bytes.ts';
import { ArgumentError } from './errors.ts';

/** A WebCrypto key, by whatever name the platform's types have for it. */
export type PlatformKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Bytes of a data key (SPEC.md section 6). */
export const dataKeyLength = 32;

const commitmentInfo = utf8('sotto/vault/v1 key commitment');

/**
 * Takes a data key into WebCrypto, where nothing can read it again, and wipes the bytes whatever becomes of it.
 *
 * @throws ArgumentError when it isn't 32 bytes
 */
export const importDataKey = async (bytes: Bytes): Promise<PlatformKey> => {
  try {
    if (bytes.byteLength !== dataKeyLength) throw new ArgumentError({ layer: 'keys' });
    return await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
  } finally {
    bytes.fill(0);
  }
};

/** The value that ties a header to one data key. */
export const commitmentTo = async (dataKey: PlatformKey): Promise<Bytes> =>
  new Uint8Array(
    await crypto.subtle.deriveBits(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: commitmentInfo },
      dataKey,
      256,
    ),
  );

/** The AES key of one body (SPEC.md section 7), for one direction only. */
export const bodyKey = (
  dataKey: PlatformKey,
  salt: Bytes,
  associatedData: Bytes,
  usage: 'encrypt' | 'decrypt',
): Promise<PlatformKey> =>
  crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt, info: associatedData },
    dataKey,
    { name: 'AES-GCM', length: 256 },
    false,
    [usage],
  );
