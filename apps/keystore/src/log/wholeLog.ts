import { type Finding, type VerifierKey, verifyLog } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import type { AccessLog } from './accessLog.ts';

export type WholeLog =
  | { readonly isWhole: true }
  | { readonly isWhole: false; readonly findings: readonly Finding['tag'][] };

/** Verifies all of the log, entry by entry: before the keystore serves. @param witness null where there is none */
export async function verifyWholeLog(
  log: Pick<AccessLog, 'leaves' | 'checkpoints'>,
  key: VerifierKey,
  witness: VerifierKey | null,
): Promise<WholeLog> {
  const trust = { log: key, witnesses: witness === null ? [] : [witness], requireWitness: false };
  const { findings } = await verifyLog(log.leaves(), await log.checkpoints(), trust, nodeTreeHasher);
  return findings.length === 0 ? { isWhole: true } : { isWhole: false, findings: findings.map(({ tag }) => tag) };
}
