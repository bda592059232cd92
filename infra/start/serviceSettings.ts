import * as z from 'zod';
import { StartError } from '../errors.ts';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';

/** Services whose own commands run beside them, by what their settings begin with. */
const prefixes = { keystore: 'KEYSTORE_', api: 'API_' } as const;
type Service = keyof typeof prefixes;

/** Names and paths; what is secret lies in the files that they name. */
const settings = z.record(z.string(), z.string());

/**
 * Notes what a service was started with, for its commands.
 *
 * @param environment its whole environment; only its own settings of it are kept
 */
export function noteSettings(
  file: string,
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const own = Object.entries(environment).filter(([name]) => name.startsWith(prefixes[service]));
  writeAtomic(file, `${JSON.stringify(Object.fromEntries(own))}\n`);
}

/** @throws StartError if nothing was noted there, or it is damaged */
export function readSettings(file: string, service: Service): Record<string, string> {
  try {
    const noted = settings.parse(JSON.parse(readIfThere(file) ?? ''));
    if (Object.keys(noted).every((name) => name.startsWith(prefixes[service]))) return noted;
  } catch {
    // Said below.
  }
  throw new StartError(`${file} does not say how the ${service} was started: start Sotto again with npm start.`);
}
