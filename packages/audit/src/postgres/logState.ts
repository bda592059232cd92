import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { toBase64url } from '../bytes.ts';
import { commit } from '../commitment.ts';
import { decodeEntry } from '../entry.ts';
import type { PatientHead } from '../patientChain.ts';
import type { TreeHasher } from '../treeHasher.ts';
import { type CheckedDraft, type LogState, splitHashes } from './batch.ts';
import { AuditStoreError } from './errors.ts';

type StateReader = Pick<NodePgDatabase, 'select' | 'execute'>;

/** The sequencer's row, which nobody else moves before the transaction ends. */
export async function holdState(database: Pick<StateReader, 'execute'>): Promise<LogState> {
  const { rows } = await database.execute<{ size: string; subtrees: Buffer; root: Buffer }>(
    sql`SELECT size, subtrees, root FROM audit.hold()`,
  );
  const [row] = rows;
  if (!row) throw new AuditStoreError('notMigrated');
  return { range: { size: Number(row.size), subtrees: splitHashes(row.subtrees) }, root: row.root };
}

/** Patients of the drafts, each once, but for those who are known. */
export function patientsOf(drafts: readonly CheckedDraft[], known: ReadonlyMap<string, PatientHead>): string[] {
  return [...new Set(drafts.flatMap(({ draft }) => draft.patient ?? []))].filter((patient) => !known.has(patient));
}

interface HeadRow extends Record<string, unknown> {
  readonly patient: string;
  readonly salt: Buffer | null;
  readonly canonical: Buffer | null;
  readonly sequence: string | null;
  readonly commitment: Buffer | null;
}

/**
 * Where the patients' own sequences stand: by each patient's last entry, or where that was erased by what the erasure
 * left.
 */
export async function readHeads(
  database: StateReader,
  patients: readonly string[],
  hasher: TreeHasher,
): Promise<[string, PatientHead][]> {
  if (patients.length === 0) return [];
  const { rows } = await database.execute<HeadRow>(sql`
    SELECT wanted.patient, last.salt, last.canonical, erased.sequence, erased.commitment
    FROM unnest(${sql.param(patients)}::text[]) AS wanted (patient)
    LEFT JOIN LATERAL (
      SELECT e.salt, e.canonical FROM audit.entry e WHERE e.patient = wanted.patient ORDER BY e.index DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN audit.erased_head erased ON erased.patient = wanted.patient`);
  return rows.flatMap((row) => {
    const heads = [lastHead(row, hasher), erasedHead(row)].filter((head) => head !== null);
    const [head] = heads.sort((a, b) => b.sequence - a.sequence);
    return head ? [[row.patient, head] as const satisfies [string, PatientHead]] : [];
  });
}

function lastHead({ salt, canonical }: HeadRow, hasher: TreeHasher): PatientHead | null {
  if (!salt || !canonical) return null;
  const { patientSequence } = decodeEntry(canonical);
  return { sequence: patientSequence ?? 0, commitment: toBase64url(commit(salt, canonical, hasher)) };
}

const erasedHead = ({ sequence, commitment }: HeadRow): PatientHead | null =>
  sequence === null || !commitment ? null : { sequence: Number(sequence), commitment: toBase64url(commitment) };
