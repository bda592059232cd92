import type { CheckedManifest, ObjectSources } from '@sotto/vault';
import { PlaybackFault } from './errors.ts';
import type { RemoteParts, StoredPart } from './partReads.ts';

const partName = /^(\d{4})-(\d{6})$/;

/**
 * The sealed octets that a manifest speaks of, as storage has them in parts.
 *
 * @param parts as storage lists them, in the order of their names
 * @throws PlaybackFault `missing` where a run, the head, or a part before others isn't there
 */
export function sourcesOf(
  { runs, head }: CheckedManifest,
  object: string,
  parts: readonly StoredPart[],
  remote: RemoteParts,
): ObjectSources {
  const headParts = parts.filter(({ leaf }) => leaf === 'head');
  return {
    runs: runs.map((_, run) => remote.source(object, partsOf(run))),
    head: head === null ? null : remote.source(object, headParts),
  };

  function partsOf(run: number): readonly StoredPart[] {
    const own = parts.filter(({ leaf }) => Number(partName.exec(leaf)?.[1] ?? -1) === run);
    const isWhole = own.every(({ leaf }, place) => Number(partName.exec(leaf)?.[2]) === place);
    if (!isWhole) throw new PlaybackFault('missing');
    return own;
  }
}
