import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { fromBase64, toBase64 } from '../bytes.ts';
import { AuditFormatError } from '../errors.ts';
import { hashLength } from '../treeHasher.ts';
import type { Witnessed, WitnessState } from './witness.ts';

const stored = z.strictObject({
  v: z.literal(1),
  origin: z.string().min(1).max(200),
  size: z.int().nonnegative(),
  root: z.string().length(44),
});

/** What a witness remembers, one small file a log, replaced as a whole and synced before anybody relies on it. */
export class FileWitnessState implements WitnessState {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<FileWitnessState> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new FileWitnessState(folder);
  }

  /** @throws AuditFormatError if the file is damaged: a witness that forgot must not go on as if it knew nothing */
  async load(origin: string): Promise<Witnessed | null> {
    let text: string;
    try {
      text = await readFile(this.#path(origin), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    const parsed = stored.safeParse(parseJson(text));
    if (!parsed.success || parsed.data.origin !== origin) throw new AuditFormatError('witnessRequest', 'damaged state');
    const root = fromBase64(parsed.data.root, 'witnessRequest');
    if (root.length !== hashLength) throw new AuditFormatError('witnessRequest', 'damaged state');
    return { size: parsed.data.size, root };
  }

  async store(origin: string, { size, root }: Witnessed): Promise<void> {
    const path = this.#path(origin);
    const next = `${path}.next`;
    const file = await open(next, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ v: 1, origin, size, root: toBase64(root) })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
    // The rename itself is durable only with its folder.
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #path(origin: string): string {
    return join(this.#folder, `${createHash('sha256').update(origin).digest('hex')}.json`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
