import { AuditFormatError } from '../errors.ts';
import type { LoggedLeaf } from '../exportLine.ts';
import { type PlacedEntry, toAuditEvent } from '../fhirAuditEvent.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { openedEntry } from '../openedEntry.ts';

/** What became of the leaves of a log. */
export interface FhirTally {
  told: number;
  /** Whose content is gone: `audit verify` says whether in order. */
  gone: number;
  /** That don't say what was logged: nothing is told of them. */
  changed: number;
}

/** An AuditEvent a line (FHIR bulk data's ndjson) of each entry that opens its commitment. */
export async function* fhirLines(
  leaves: AsyncIterable<LoggedLeaf>,
  origin: string,
  tally: FhirTally,
): AsyncGenerator<string> {
  for await (const leaf of leaves) {
    const placed = placedOr(leaf);
    if (typeof placed === 'string') {
      tally[placed] += 1;
      continue;
    }
    tally.told += 1;
    yield `${JSON.stringify(toAuditEvent(placed, origin))}\n`;
  }
}

function placedOr(leaf: LoggedLeaf): PlacedEntry | 'gone' | 'changed' {
  try {
    return openedEntry(leaf, nodeTreeHasher) ?? 'gone';
  } catch (error) {
    if (error instanceof AuditFormatError) return 'changed';
    throw error;
  }
}
