import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { keptFile, readIfThere, writeAtomic } from '../files/atomicFile.ts';
import { type KeystoreKeys, type Place, tellVerifierKey } from './keystoreKeys.ts';

/** What the platform's own log is signed by. */
export interface PlatformLogKeys {
  /** Its name in checkpoints. */
  name: string;
  /** Ed25519 private key, PEM. */
  keyFile: string;
  /** What the log's signatures are verified by. */
  verifierFile: string;
  /** Where the last checkpoint is remembered, outside the database. */
  signedFile: string;
}

/**
 * The platform's log key, made once, also for a clinic that was there before the log was. A log that is there goes on with no
 * other: the api doesn't start then.
 *
 * @throws StartError if it is damaged
 */
export async function keepPlatformLogKeys(place: Omit<Place, 'masterFolder' | 'mayBeNew'>): Promise<PlatformLogKeys> {
  const path = (file: string) => join(place.folder, file);
  const [keyFile, verifierFile] = [path('platform-log.pem'), path('platform-log.verifier')];
  const name = `sotto.internal/platform/${place.clinicId}`;
  await keptFile(keyFile, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  await keptFile(verifierFile, () => tellVerifierKey(place, ['--key', keyFile, '--name', name]));
  return { name, keyFile, verifierFile, signedFile: path('platform-log.signed') };
}

/** Tells the witness which logs there are. @returns the file that does */
export function noteWitnessedLogs(
  file: string,
  { logVerifierFile }: Pick<KeystoreKeys, 'logVerifierFile'>,
  { verifierFile }: Pick<PlatformLogKeys, 'verifierFile'>,
): string {
  const keys = [logVerifierFile, verifierFile].map((one) => (readIfThere(one) ?? '').trim());
  writeAtomic(file, `${keys.join('\n')}\n`);
  return file;
}
