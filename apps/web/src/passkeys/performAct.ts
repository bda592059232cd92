import { containedResource } from '@sotto/protocol/containment';
import type { ClinicId, StaffId } from '@sotto/protocol/ids';
import { type Act, challengeLabels, type PasskeyAssertion } from '@sotto/protocol/keystore';
import type { ActAnswer } from '@sotto/protocol/keystoreRoutes';
import { type ActMatter, composeAct, signAct } from '../keystore/acts.ts';
import { canonicalHash, toBase64url } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { type ComparedEnrolment, requireCompared } from '../keystore/checkCode.ts';
import { type CheckedDirectory, livingPasskeys } from '../keystore/directory.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { askNonce, perform } from '../keystore/keystoreApi.ts';
import { logTrustOf, requireEntry } from '../keystore/logTrust.ts';
import type { Pins } from '../keystore/pins.ts';
import { isSigned } from '../keystore/statements.ts';

export interface ActPlan {
  readonly matter: ActMatter;
  /** The new key's own request as it was compared; null where none is enrolled. */
  readonly newcomer: ComparedEnrolment | null;
  /** Who signs, in the order in which they come to this screen. */
  readonly signers: readonly StaffId[];
}

/** What the act's entry in the log is about (apps/keystore/SPEC.md section 3). */
function resourceOf(matter: ActMatter, clinic: ClinicId): string {
  switch (matter.action) {
    case 'enrol':
    case 'replace':
      return `clinician:${matter.entry.subject}`;
    case 'revoke':
      return `clinician:${matter.subject}`;
    case 'enrolPatient':
    case 'assist':
      return `patient:${matter.entry.pseudonym}`;
    case 'shred':
    case 'restrict':
    case 'liftRestriction':
      return matter.object === null ? `patient:${matter.pseudonym}` : `object:${matter.object}`;
    case 'contain':
    case 'liftContainment':
      return containedResource(clinic, matter.whom);
    case 'revokePatient':
    case 'hold':
    case 'liftHold':
      return `patient:${matter.pseudonym}`;
  }
}

/** Acts of which the keystore makes no statement. */
const inLogAlone: readonly ActMatter['action'][] = ['hold', 'liftHold', 'contain', 'liftContainment'];

/** What was done: the keystore's statement, null where the log alone has it, and its place in the log. */
export interface ActDone {
  readonly statement: ActAnswer['statement'];
  readonly index: number;
  /** That the log has it, as the keystore wrote it. */
  readonly proof: string;
  readonly signers: readonly StaffId[];
}

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
): Promise<ActDone> {
  const { matter, newcomer } = plan;
  const act: Act = composeAct(matter, plan.signers, await askNonce('staff'), pins);
  const signatures = new Map<StaffId, PasskeyAssertion>();
  for (const officer of plan.signers) {
    if (newcomer !== null && 'entry' in act) await requireCompared(newcomer, act.entry);
    onSigner(officer);
    const credentials = livingPasskeys(directory, officer).map(({ credential }) => credential);
    signatures.set(officer, await signAct(act, credentials, pins));
  }
  const assertions = act.by.flatMap((officer) => signatures.get(officer) ?? []);
  const { statement, proof } = await perform({ act, assertions, newcomer: newcomer?.proven ?? null });
  if (statement === null ? !inLogAlone.includes(matter.action) : !(await isSigned(statement, pins.statementKey))) {
    throw new EvidenceFault('statement');
  }
  const after =
    statement === null
      ? toBase64url(await challengeOf(challengeLabels.act, act))
      : await canonicalHash(statement.payload);
  const { index } = await requireEntry(proof, logTrustOf(pins), {
    ...{ resource: resourceOf(matter, pins.clinic), after, session: act.id },
  });
  return { statement, index, proof, signers: act.by };
}
