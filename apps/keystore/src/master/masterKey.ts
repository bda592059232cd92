import type { Bytes } from '../bytes.ts';

/** Which kind of provider holds the master key. Only `pkcs11` may be a hardware security module. */
export type MasterKeyProvider = 'software' | 'pkcs11';

/**
 * The master key, wherever it is held. It wraps 32-byte keys by AES-256-GCM with associated data and gives out nothing of
 * itself. This is all that a provider must do, so a cloud's key management fits as well: `wrap` and `unwrap` are its
 * encrypt and decrypt with associated data, a version is its key version, and `addVersion` its rotation.
 *
 * Every method may be called any number of times at once. All reject with {@link MasterKeyError} and nothing else.
 */
export interface MasterKey {
  readonly provider: MasterKeyProvider;
  /** What to call it on a status page. The software provider's always says that it isn't an HSM. */
  readonly label: string;
  /** Whether it says itself that it is hardware (PKCS #11: `CKF_HW_SLOT`). Never true of software. */
  readonly isHardware: boolean;
  /** The versions that can unwrap, ascending, from 1 without a gap; the last one wraps. Never empty. */
  versions(): readonly number[];
  /**
   * Wraps a key (SPEC.md section 2) under the newest version. The caller wipes `key`.
   *
   * @param key 32 bytes
   * @param aad what the wrap belongs to; unwrapping needs the very same
   */
  wrap(key: Bytes, aad: Bytes): Promise<Bytes>;
  /** The wrapped key: 32 bytes that the caller wipes. */
  unwrap(wrapped: Bytes, aad: Bytes): Promise<Bytes>;
  /** Random bytes of the provider's own generator, at most 1,024. */
  random(length: number): Promise<Bytes>;
  /** Makes the next version, durably, and wraps by it from now on. @returns its number */
  addVersion(): Promise<number>;
  /** Lets go of it. Operations under way end first. */
  close(): Promise<void>;
}
