import { MasterKeyError, type MasterKeyFault } from '../errors.ts';

/** PKCS #11 v2.40 return values that mean something to us; every other one is `failed`. */
const faults: Record<string, MasterKeyFault> = {
  CKR_PIN_INCORRECT: 'pinIncorrect',
  CKR_PIN_LEN_RANGE: 'pinIncorrect',
  CKR_PIN_INVALID: 'pinIncorrect',
  CKR_PIN_LOCKED: 'pinLocked',
  CKR_PIN_EXPIRED: 'pinLocked',
  CKR_USER_PIN_NOT_INITIALIZED: 'pinLocked',
  CKR_USER_NOT_LOGGED_IN: 'tokenGone',
  CKR_DEVICE_REMOVED: 'tokenGone',
  CKR_DEVICE_ERROR: 'tokenGone',
  CKR_TOKEN_NOT_PRESENT: 'tokenGone',
  CKR_TOKEN_NOT_RECOGNIZED: 'tokenGone',
  CKR_SLOT_ID_INVALID: 'tokenGone',
  CKR_SESSION_CLOSED: 'tokenGone',
  CKR_SESSION_HANDLE_INVALID: 'tokenGone',
  CKR_OBJECT_HANDLE_INVALID: 'tokenGone',
  CKR_KEY_HANDLE_INVALID: 'tokenGone',
  CKR_CRYPTOKI_NOT_INITIALIZED: 'closed',
  CKR_ENCRYPTED_DATA_INVALID: 'authenticity',
  CKR_ENCRYPTED_DATA_LEN_RANGE: 'authenticity',
};

/** The name of a PKCS #11 return value in what the library threw; null if there is none. */
export const returnValueOf = (fault: unknown): string | null =>
  fault instanceof Error ? (/\bCKR_[A-Z0-9_]+/.exec(fault.message)?.[0] ?? null) : null;

/** What a PKCS #11 fault is to us. */
export function pkcs11Fault(cause: unknown): MasterKeyError {
  if (cause instanceof MasterKeyError) return cause;
  return new MasterKeyError(faults[returnValueOf(cause) ?? ''] ?? 'failed', { cause });
}
