import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import { MasterKeyError, type MasterKeyFault } from '../errors.ts';
import type { MasterKey } from './masterKey.ts';
import { openSoftwareMasterKey } from './softwareMasterKey.ts';

const sentences: Partial<Record<MasterKeyFault, string>> = {
  pinIncorrect: 'The PIN in the file that KEYSTORE_PKCS11_PIN_FILE names is wrong; correct it before the token locks.',
  pinLocked: 'The token’s PIN is locked or has expired; its security officer must set a new one.',
  tokenGone: 'No token with the label KEYSTORE_PKCS11_TOKEN is there; connect it, or correct the label.',
  unknownVersion: 'The token has no master key of ours; make one with the keystore’s command, or use the right token.',
};

/**
 * The master key that the environment names: `KEYSTORE_MASTER` is `software` or `pkcs11`.
 *
 * @throws StartError with what to do
 */
export async function openConfiguredMasterKey({ mayCreate }: { readonly mayCreate: boolean }): Promise<MasterKey> {
  const { KEYSTORE_MASTER: provider } = readEnvironment({ KEYSTORE_MASTER: z.enum(['software', 'pkcs11']) });
  if (provider === 'software') {
    const { KEYSTORE_MASTER_KEY_FILE: file } = readEnvironment({ KEYSTORE_MASTER_KEY_FILE: path });
    return openSoftwareMasterKey(file, 'KEYSTORE_MASTER_KEY_FILE');
  }
  const named = readEnvironment({
    KEYSTORE_PKCS11_MODULE: path,
    KEYSTORE_PKCS11_TOKEN: z.string().min(1).max(32),
    KEYSTORE_PKCS11_PIN_FILE: path,
    KEYSTORE_PKCS11_SESSIONS: z
      .string()
      .regex(/^\d{1,2}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(64))
      .optional(),
  });
  const token = {
    module: named.KEYSTORE_PKCS11_MODULE,
    token: named.KEYSTORE_PKCS11_TOKEN,
    pin: readSecret(named.KEYSTORE_PKCS11_PIN_FILE, 'KEYSTORE_PKCS11_PIN_FILE'),
    sessions: named.KEYSTORE_PKCS11_SESSIONS ?? 4,
  };
  // Loaded only where it is used: it needs a native addon.
  const { openPkcs11MasterKey } = await import('./pkcs11MasterKey.ts').catch(() => {
    throw new StartError('The PKCS #11 addon isn’t built: run npm rebuild pkcs11js, then start again.');
  });
  try {
    return await openPkcs11MasterKey(token, { mayCreate });
  } catch (fault) {
    const code = fault instanceof MasterKeyError ? fault.code : 'failed';
    throw new StartError(sentences[code] ?? 'The PKCS #11 module can’t be used; check KEYSTORE_PKCS11_MODULE.');
  }
}
