import { sha256, utf8 } from './bytes.ts';
import { digitsOf } from './checkCode.ts';
import type { PinStorage, Pins } from './pins.ts';

/**
 * The number by which people compare a key store's keys: the 20 digits of SHA-256 over the texts of its three keys, one
 * after the other, in UTF-8.
 */
export const fingerprintOf = async (keys: Pick<Pins, 'statementKey' | 'logKey' | 'witnessKey'>): Promise<string> =>
  digitsOf(await sha256(utf8(keys.statementKey + keys.logKey + keys.witnessKey)));

/** Under which a browser remembers it. */
export const fingerprintKey = 'sotto.keystore.compared.v1';

/** Whether a person has said, in this browser, that they compared this number. */
export function isCompared(fingerprint: string, storage: PinStorage): boolean {
  try {
    return storage.getItem(fingerprintKey) === fingerprint;
  } catch {
    return false;
  }
}

/** Without storage it is asked again, which is the safe side. */
export function rememberCompared(fingerprint: string, storage: PinStorage): void {
  try {
    storage.setItem(fingerprintKey, fingerprint);
  } catch {
    return;
  }
}
