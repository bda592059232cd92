import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import * as z from 'zod';
import { StartError } from './errors.ts';

/** A TCP port that can be listened on. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(65535));

/** An address or host name to listen on. */
export const host = z
  .string()
  .max(255)
  .regex(/^[\w.:-]+$/);

/** An absolute path; a relative one is taken from the working folder. */
export const path = z
  .string()
  .min(1)
  .max(4096)
  .transform((value) => (isAbsolute(value) ? value : resolve(value)));

/** `https://host[:port]`, as a browser writes it in `Origin`. */
export const origin = z.string().refine((value) => {
  const url = URL.parse(value);
  return url?.protocol === 'https:' && url.origin === value;
});

/** Comma-separated origins; at least one, the first is the canonical one. */
export const origins = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim()))
  .pipe(z.tuple([origin], origin));

/**
 * Reads the named variables and nothing else of the environment. A variable that is set to the empty string counts as
 * missing.
 *
 * @param shape the zod schema of each variable, by its name
 * @throws StartError naming the variables that are missing or wrong; their values are not repeated
 */
export function readEnvironment<S extends z.core.$ZodShape>(
  shape: S,
  source: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<z.ZodObject<S>> {
  const named = Object.fromEntries(
    Object.keys(shape).map((name) => [name, source[name] === '' ? undefined : source[name]]),
  );
  const parsed = z.strictObject(shape).safeParse(named);
  if (parsed.success) return parsed.data;
  const faulty = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
  const missing = faulty.filter((name) => named[name] === undefined);
  const wrong = faulty.filter((name) => named[name] !== undefined);
  throw new StartError(
    [
      missing.length > 0 ? `Set ${missing.join(', ')} in the environment` : '',
      wrong.length > 0 ? `Correct the form of ${wrong.join(', ')} in the environment` : '',
    ]
      .filter((part) => part !== '')
      .join('; ')
      .concat('.'),
  );
}

const maxFileBytes = 1024 * 1024;

function readChecked(file: string, variable: string, isSecret: boolean): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    throw new StartError(`The file that ${variable} names can't be opened; check that it exists and who may read it.`);
  }
  try {
    // Checked on the open descriptor, so that nothing can be swapped in between.
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxFileBytes) {
      throw new StartError(`${variable} must name an ordinary file of at most 1 MiB.`);
    }
    if (isSecret && process.platform !== 'win32') {
      const me = process.getuid?.();
      if ((stats.mode & 0o077) !== 0 || (stats.uid !== me && stats.uid !== 0)) {
        throw new StartError(`The file that ${variable} names must be readable by its owner alone: chmod 600.`);
      }
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The text of a file that holds a secret, without the white space around it.
 *
 * @param variable name of the variable that gave the path, for the error
 * @throws StartError if it can't be read, or if others than its owner could (POSIX: any bit of mode 077)
 */
export function readSecret(file: string, variable: string): string {
  return readChecked(file, variable, true).toString('utf8').trim();
}

/** As `readSecret`, for what may be public: certificates, public keys. */
export function readPublic(file: string, variable: string): string {
  return readChecked(file, variable, false).toString('utf8').trim();
}

/**
 * Parses JSON text of a file by a schema.
 *
 * @throws StartError that names the variable only
 */
export function parseJson<T>(text: string, schema: z.ZodType<T>, variable: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new StartError(`The file that ${variable} names doesn't hold what it should; make it anew.`);
  }
}
