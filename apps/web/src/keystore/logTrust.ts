import {
  AuditFormatError,
  type EntryVerdict,
  type LogTrust,
  parseProvenEntry,
  parseVerifierKey,
  portableTreeHasher,
  verifyProvenEntry,
} from '@sotto/audit';
import { EvidenceFault } from './errors.ts';
import type { Pins } from './pins.ts';

/** One line of the access log as this browser found it. */
export interface CheckedEntry {
  /** Place in the log, from 0; null when the line can't be read at all. */
  readonly index: number | null;
  readonly commitment: Uint8Array | null;
  /** The checkpoint that it was checked under, as it is written. */
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: Uint8Array } | null;
  readonly verdict: EntryVerdict | { readonly tag: 'unreadable' };
}

/**
 * The log and its witness by the pinned keys. Who is unwitnessed is told so, not refused.
 * @throws EvidenceFault `keysChanged` if a pinned key is none
 */
export function logTrustOf(pins: Pins): LogTrust {
  const { sha256 } = portableTreeHasher;
  try {
    return {
      log: parseVerifierKey(pins.logKey, sha256),
      witnesses: [parseVerifierKey(pins.witnessKey, sha256)],
      requireWitness: false,
    };
  } catch {
    throw new EvidenceFault('keysChanged');
  }
}

/** Checks one line; never throws for what it says. */
export async function checkEntry(line: string, trust: LogTrust): Promise<CheckedEntry> {
  try {
    const proven = parseProvenEntry(line);
    const { index, commitment } = proven.leaf;
    const { checkpoint } = proven.checkpoint;
    return { index, commitment, checkpoint, verdict: await verifyProvenEntry(proven, trust, portableTreeHasher) };
  } catch (error) {
    if (!(error instanceof AuditFormatError)) throw error;
    return { index: null, commitment: null, checkpoint: null, verdict: { tag: 'unreadable' } };
  }
}

/** What the entry must say for the proof to be of the matter at hand. */
export interface ExpectedEntry {
  readonly resource: string;
  /** Hash of what came of it, base64url. */
  readonly after: string;
  readonly action?: string;
  readonly session?: string;
}

/**
 * Requires that a line proves the entry that is expected, allowed.
 *
 * @returns its place and whether the witness has cosigned
 * @throws EvidenceFault `proof`
 */
export async function requireEntry(
  line: string,
  trust: LogTrust,
  expected: ExpectedEntry,
): Promise<{ index: number; witnessedAt: number | null }> {
  const { index, verdict } = await checkEntry(line, trust);
  if (verdict.tag !== 'proven' || index === null) throw new EvidenceFault('proof');
  const { entry, witnessedAt } = verdict;
  const isIt =
    entry.outcome === 'allowed' &&
    entry.resource === expected.resource &&
    entry.after === expected.after &&
    (expected.action === undefined || entry.action === expected.action) &&
    (expected.session === undefined || entry.session === expected.session);
  if (!isIt) throw new EvidenceFault('proof');
  return { index, witnessedAt };
}
