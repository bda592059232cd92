import type { StaffId } from '@sotto/protocol/ids';
import type { Act, PasskeyAssertion } from '@sotto/protocol/keystore';
import { type ActMatter, composeAct, signAct } from '../keystore/acts.ts';
import { canonicalHash } from '../keystore/bytes.ts';
import { type ComparedEnrolment, requireCompared } from '../keystore/checkCode.ts';
import { type CheckedDirectory, livingPasskeys } from '../keystore/directory.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { askNonce, perform } from '../keystore/keystoreApi.ts';
import { logTrustOf, requireEntry } from '../keystore/logTrust.ts';
import type { Pins } from '../keystore/pins.ts';
import { isSigned } from '../keystore/statements.ts';

export interface ActPlan {
  readonly matter: Extract<ActMatter, { action: 'enrol' | 'replace' | 'revoke' }>;
  /** The new key's own request as it was compared; null where none is enrolled. */
  readonly newcomer: ComparedEnrolment | null;
  /** Who signs, in the order in which they come to this screen. */
  readonly signers: readonly StaffId[];
}

const subjectOf = ({ matter }: ActPlan): StaffId =>
  matter.action === 'revoke' ? matter.subject : matter.entry.subject;

/**
 * Does what officers decided: each signs the same act with a passkey, one after the other.
 *
 * @param onSigner whose passkey is asked for next
 * @throws PasskeyFault, KeystoreFault, ClinicFault, EvidenceFault
 */
export async function performAct(
  plan: ActPlan,
  directory: CheckedDirectory,
  pins: Pins,
  onSigner: (officer: StaffId) => void,
): Promise<void> {
  const { matter, newcomer } = plan;
  const act: Act = composeAct(matter, plan.signers, await askNonce(), pins);
  const signatures = new Map<StaffId, PasskeyAssertion>();
  for (const officer of plan.signers) {
    if (newcomer !== null && 'entry' in act) await requireCompared(newcomer, act.entry);
    onSigner(officer);
    const credentials = livingPasskeys(directory, officer).map(({ credential }) => credential);
    signatures.set(officer, await signAct(act, credentials, pins));
  }
  const assertions = act.by.flatMap((officer) => signatures.get(officer) ?? []);
  const { statement, proof } = await perform({ act, assertions, newcomer: newcomer?.proven ?? null });
  if (statement === null || !(await isSigned(statement, pins.statementKey))) throw new EvidenceFault('statement');
  await requireEntry(proof, logTrustOf(pins), {
    resource: `clinician:${subjectOf(plan)}`,
    after: await canonicalHash(statement.payload),
    session: act.id,
  });
}
