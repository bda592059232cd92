import * as z from 'zod';
import { ConfigurationError } from '../errors.ts';
import type { PartName } from '../partName.ts';
import { openPlainFile, removeFile, writeUnseen } from './durableFile.ts';
import { checkStore, promisePath } from './layout.ts';

const fileSchema = z.strictObject({
  version: z.literal(1),
  retainUntil: z.iso.datetime().nullable(),
  held: z.boolean(),
});

/** What was promised of one part. */
export interface Promised {
  readonly retainUntil: Date | null;
  readonly held: boolean;
}

const nothing: Promised = { retainUntil: null, held: false };
const maxLength = 1024;

/**
 * What was promised of a part: nothing if no file speaks of it, in a store that is there with all of its folders.
 *
 * @throws ConfigurationError when the file can't be understood, or whether there is one: then nothing may be deleted
 * @throws UnavailableError when there is no store
 */
export async function readPromise(root: string, name: PartName): Promise<Promised> {
  const found = await openPlainFile(promisePath(root, name));
  if (found === null) {
    await checkStore(root);
    return nothing;
  }
  const text = await found.file
    .read(Buffer.alloc(maxLength), 0, maxLength, 0)
    .then(({ buffer, bytesRead }) => buffer.toString('utf8', 0, bytesRead))
    .finally(() => found.file.close());
  try {
    const { retainUntil, held } = fileSchema.parse(JSON.parse(text));
    return { retainUntil: retainUntil === null ? null : new Date(retainUntil), held };
  } catch {
    throw new ConfigurationError('retention');
  }
}

/** Writes down what is promised from now on. It is on disk when this resolves. */
export async function writePromise(incoming: string, path: string, { retainUntil, held }: Promised): Promise<void> {
  const content = { version: 1, retainUntil: retainUntil?.toISOString() ?? null, held };
  const file = await writeUnseen(incoming, [Buffer.from(`${JSON.stringify(content)}\n`)]);
  try {
    await file.replace(path);
  } finally {
    await file.discard();
  }
}

/** Nobody needs the promise any more: its part is gone. */
export const forgetPromise = async (path: string): Promise<void> => {
  await removeFile(path);
};

/** The later of two dates. */
export const later = (one: Date | null, other: Date): Date => (one !== null && one > other ? one : other);
