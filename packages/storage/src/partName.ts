import { ArgumentError } from './errors.ts';

/**
 * The name of an object's folder: 16 random bytes as 22 characters of unpadded base64url (SPEC.md section 2). It says
 * nothing and is found nowhere but in the clinic's database.
 */
export type FolderId = string & { readonly __brand: 'FolderId' };

/** The name of one stored part: `<folder>/<leaf>`. The only names that a store takes. */
export type PartName = string & { readonly __brand: 'PartName' };

/** Which part of its object's folder a part is. */
export type Leaf =
  | { readonly tag: 'run'; readonly run: number; readonly index: number }
  | { readonly tag: 'head' }
  | { readonly tag: 'manifest' };

/** As in packages/vault, SPEC.md section 12. */
export const maxRuns = 1024;

// The last of 22 characters carries two bits only; other spellings of the same bytes are refused.
const folderPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const runPattern = /^(\d{4})-(\d{6})$/;

/** A folder's name from its 16 random bytes. @throws ArgumentError for any other number of bytes */
export function folderIdFrom(random: Uint8Array): FolderId {
  if (random.byteLength !== 16) throw new ArgumentError('folder');
  return folderId(Buffer.from(random).toString('base64url'));
}

/** @throws ArgumentError when the text is no folder's name */
export function folderId(text: string): FolderId {
  if (!isFolderId(text)) throw new ArgumentError('folder');
  return text;
}

export const isFolderId = (text: unknown): text is FolderId => typeof text === 'string' && folderPattern.test(text);

function leafText(leaf: Leaf): string {
  if (leaf.tag !== 'run') return leaf.tag;
  return `${runText(leaf.run)}-${String(leaf.index).padStart(6, '0')}`;
}

/** A run's number as it stands in names. @throws ArgumentError */
export function runText(run: number): string {
  if (!Number.isInteger(run) || run < 0 || run >= maxRuns) throw new ArgumentError('run');
  return String(run).padStart(4, '0');
}

/**
 * The name of a part.
 *
 * @throws ArgumentError when the folder, the run (0 … 1,023) or the index (0 … 999,999) isn't one
 */
export function partName(folder: FolderId, leaf: Leaf): PartName {
  const name = `${folder}/${leafText(leaf)}`;
  readPartName(name);
  return name as PartName;
}

/**
 * Takes a name apart.
 *
 * @throws ArgumentError for everything that isn't exactly a part's name: other characters, lengths, dots, slashes
 */
export function readPartName(name: string): { readonly folder: FolderId; readonly leaf: Leaf; readonly file: string } {
  if (typeof name !== 'string' || name.length > 64) throw new ArgumentError('name');
  const [folder, file, ...rest] = name.split('/');
  const leaf = file === undefined ? null : readLeaf(file);
  if (!isFolderId(folder) || file === undefined || leaf === null || rest.length > 0) throw new ArgumentError('name');
  return { folder, leaf, file };
}

export const isPartName = (name: string): name is PartName => {
  try {
    readPartName(name);
    return true;
  } catch {
    return false;
  }
};

function readLeaf(file: string): Leaf | null {
  if (file === 'head' || file === 'manifest') return { tag: file };
  const [, run, index] = runPattern.exec(file) ?? [];
  if (run === undefined || index === undefined || Number(run) >= maxRuns) return null;
  return { tag: 'run', run: Number(run), index: Number(index) };
}
