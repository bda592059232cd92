import { type KeyPort, openObject } from '@sotto/vault';
import { salvageRun } from '@sotto/vault/salvage';
import { bad, notDone } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { needed, parseVaultArguments, type VaultArguments } from './arguments.ts';
import { checkFound, inWords } from './checked.ts';
import { readKeys } from './keyFiles.ts';
import { refuseExisting, writeOutput } from './outputFile.ts';
import { bytesWord } from './sentences.ts';
import { type Found, withStored } from './storedObject.ts';

type Pieces = AsyncIterable<Uint8Array>;

const writePieces = async (
  pieces: Pieces,
  stop: AbortSignal,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<number> => {
  let length = 0;
  for await (const piece of pieces) {
    stop.throwIfAborted();
    await write(piece);
    length += piece.byteLength;
  }
  stop.throwIfAborted();
  return length;
};

const contentOf = async (found: Found, known: VaultArguments, keys: KeyPort): Promise<Pieces> => {
  if (known.salvage === true) {
    if (found.type !== 'run') throw notDone('--salvage is for a run without its manifest.');
    const run = await salvageRun(found.run, known.cut === true ? 'cut' : 'closed', keys);
    return run.pieces(0, run.length);
  }
  if (found.type === 'run') {
    throw bad('A run without its manifest opens only with --salvage: nobody signed for it.');
  }
  const reader = await openObject(await checkFound(found, known), found, keys);
  if (known.head !== true) return reader.stream();
  if (reader.head === null) throw bad('This object has no head.');
  return reader.head.pieces(0, reader.head.length);
};

const deliver = async ({ bytes, stop }: Terminal, out: string | undefined, pieces: Pieces): Promise<number> =>
  out === undefined
    ? await writePieces(pieces, stop, bytes)
    : await writeOutput(out, (file) => writePieces(pieces, stop, (piece) => file.writeFile(piece)));

/** What SPEC.md section 10 has a reader without a manifest say. */
const salvageWarning = (cut: boolean): string =>
  cut
    ? 'Nobody signed for them: runs may be missing, and the end of this one.'
    : 'Nobody signed for them: runs may be missing.';

/** `open`: the content, to a file or to standard output. Only what was authenticated comes out. */
export const open = (args: readonly string[], terminal: Terminal): Promise<string> => {
  const known = parseVaultArguments(args, ['signer', 'key', 'object', 'hash', 'out', 'head', 'salvage', 'cut']);
  const keyPath = needed(known.key, 'Opening takes a key: --key FILE.');
  const vouched = [known.signer, known.object, known.hash, known.head].some((option) => option !== undefined);
  if (known.salvage === true && vouched) {
    throw notDone('--salvage goes without --signer, --object, --hash and --head: nothing says that they fit.');
  }
  if (known.salvage !== true && known.cut === true) throw notDone('--cut goes with --salvage.');
  return inWords(async () => {
    if (known.out !== undefined) await refuseExisting(known.out);
    return await withStored(known.path, terminal, async (found) => {
      const pieces = await contentOf(found, known, await readKeys(keyPath));
      const length = await deliver(terminal, known.out, pieces);
      return `Opened ${bytesWord(length)}.${known.salvage === true ? ` ${salvageWarning(known.cut === true)}` : ''}`;
    });
  });
};
