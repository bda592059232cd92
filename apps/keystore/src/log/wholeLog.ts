import type { Finding, VerifierKey } from '@sotto/audit';
import type { AccessLog } from './accessLog.ts';

export type WholeLog =
  | { readonly isWhole: true }
  | { readonly isWhole: false; readonly findings: readonly Finding['tag'][] };

/** Verifies all of the log, before the keystore serves. @param witness null where there is none */
export async function verifyWholeLog(
  log: Pick<AccessLog, 'verify'>,
  key: VerifierKey,
  witness: VerifierKey | null,
): Promise<WholeLog> {
  const { findings } = await log.verify({
    log: key,
    witnesses: witness === null ? [] : [witness],
    requireWitness: false,
  });
  return findings.length === 0 ? { isWhole: true } : { isWhole: false, findings: findings.map(({ tag }) => tag) };
}
