import { toBase64url } from '../bytes.ts';
import type { SignedCheckpoint } from '../checkpoint.ts';
import { appendLeaves, emptyRange, rootOf } from '../compactRange.ts';
import { decodeEntry } from '../entry.ts';
import { erasureBy } from '../erasure.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import {
  isCheckpointLine,
  type LoggedLeaf,
  type ProvenEntry,
  parseCheckpointLine,
  parseLeafLine,
} from '../exportLine.ts';
import { HashList } from '../hashList.ts';
import { inclusionPath, type Subtree } from '../proof.ts';
import type { TreeHasher } from '../treeHasher.ts';
import { ExportFile } from './exportFile.ts';

/**
 * The proof that an exported log gives of one entry, against the smallest of those checkpoints that most have signed;
 * where it was erased, that of the entry about its erasure as well.
 *
 * @throws AuditFormatError if the export isn't whole, AuditUsageError if it has no such entry or no checkpoint of it
 */
export async function proveFromExport(path: string, index: number, hasher: TreeHasher): Promise<ProvenEntry[]> {
  const hashes = new HashList();
  let leaf: LoggedLeaf | null = null;
  let record: LoggedLeaf | null = null;
  const checkpoints: SignedCheckpoint[] = [];
  const file = await ExportFile.open(path);
  try {
    for (const range of await file.ranges()) {
      for (const line of (await file.lines(range)).toString('utf8').split('\n')) {
        if (line === '') continue;
        if (isCheckpointLine(line)) {
          checkpoints.push(parseCheckpointLine(line));
          continue;
        }
        const read = parseLeafLine(line);
        if (read.index !== hashes.length) throw new AuditFormatError('export', 'leaves out of order');
        hashes.push(hasher.leaf(read.commitment));
        if (read.index === index) leaf = read;
        if (leaf && isErasureOf(leaf, read)) record = read;
      }
    }
    if (hashes.length !== (await file.header()).size) throw new AuditFormatError('export', 'not whole');
  } finally {
    await file.close();
  }
  const root = ({ start, length }: Subtree): Uint8Array => {
    const slice = Array.from({ length }, (_, i) => hashes.at(start + i) ?? hasher.empty);
    return rootOf(appendLeaves(emptyRange, slice, hasher), hasher);
  };
  const prove = (of: LoggedLeaf): ProvenEntry => {
    const [checkpoint] = checkpoints
      .filter(({ checkpoint: { size } }) => size > of.index && size <= hashes.length)
      .sort((a, b) => b.note.signatures.length - a.note.signatures.length || a.checkpoint.size - b.checkpoint.size);
    if (!checkpoint) throw new AuditUsageError('No checkpoint covers this entry.');
    return { leaf: of, proof: inclusionPath(of.index, checkpoint.checkpoint.size).map(root), checkpoint };
  };
  if (!leaf) throw new AuditUsageError('The log has no such entry.');
  return leaf.content || !record ? [prove(leaf)] : [prove(leaf), prove(record)];
}

/** Whether an entry says that this one, behind which it stands, was erased. */
function isErasureOf({ index, commitment, content: own }: LoggedLeaf, { index: at, content }: LoggedLeaf): boolean {
  if (own || !content) return false;
  try {
    const erasure = erasureBy(decodeEntry(content.encoded), at);
    return erasure?.index === index && erasure.commitment === toBase64url(commitment);
  } catch (error) {
    // Not an entry: the verifier says so.
    if (error instanceof AuditFormatError) return false;
    throw error;
  }
}
