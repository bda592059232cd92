import * as z from 'zod';
import { StartError } from '../errors.ts';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';

/** Names and paths; what is secret lies in the files that they name. */
const settings = z.record(z.string().regex(/^KEYSTORE_\w+$/), z.string());

/**
 * Notes what the keystore was started with, for its commands.
 *
 * @param environment its whole environment; only its own settings of it are kept
 */
export function noteKeystoreSettings(file: string, environment: Readonly<Record<string, string>>): void {
  const own = Object.entries(environment).filter(([name]) => name.startsWith('KEYSTORE_'));
  writeAtomic(file, `${JSON.stringify(Object.fromEntries(own))}\n`);
}

/** @throws StartError if nothing was noted there, or it is damaged */
export function readKeystoreSettings(file: string): Record<string, string> {
  try {
    return settings.parse(JSON.parse(readIfThere(file) ?? ''));
  } catch {
    throw new StartError(`${file} does not say how the keystore was started: start Sotto again with npm start.`);
  }
}
