import { type ProvenEnrolment, requestId } from '@sotto/protocol/keystore';
import { newId } from '../ids.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { issueNonce } from '../nonces.ts';
import type { ActOutcome, Acts } from './acts.ts';
import { officerRole } from './clinician.ts';
import { checkCodeOf } from './newKey.ts';
import { pendingEnrolments } from './pendingEnrolments.ts';

type ClinicianEnrolment = Extract<ProvenEnrolment['enrolment'], { of: 'clinician' }>;

/** An officer's key that waits, with the code that the officer's own browser shows. */
export interface WaitingOfficer {
  readonly code: string;
  readonly enrolment: ClinicianEnrolment;
  readonly proven: ProvenEnrolment;
}

/** Officers who ask to be enrolled: what a person on the keystore's host compares with what the officer reads out. */
export async function waitingOfficers({ database, now }: KeystoreContext): Promise<WaitingOfficer[]> {
  const waiting = await pendingEnrolments(database, now());
  return waiting.flatMap((proven) => {
    const { enrolment } = proven;
    if (enrolment.of !== 'clinician' || enrolment.entry.role !== officerRole) return [];
    return { code: checkCodeOf(enrolment), enrolment, proven };
  });
}

const actLifeMs = 60_000;

/**
 * Enrols one of the first two officers, as a person on the keystore's host has decided by the check code.
 *
 * @returns null if nobody with that code waits
 */
export async function enrolFirstOfficer(
  context: KeystoreContext,
  acts: Acts,
  code: string,
): Promise<ActOutcome | null> {
  const [officer, another] = (await waitingOfficers(context)).filter((each) => each.code === code);
  // Two of one code: somebody made it so.
  if (!officer || another) return null;
  const { entry } = officer.enrolment;
  const { nonce } = await issueNonce(context.database, entry.subject, context.now());
  const expiry = `${new Date(context.now().getTime() + actLifeMs).toISOString().slice(0, 19)}Z`;
  const common = { type: 'sotto/act/v1', id: newId(requestId), nonce, clinic: context.clinic, by: [], expiry } as const;
  return acts.performOnHost({
    act: { ...common, by: [], action: 'enrol', entry },
    assertions: [],
    newcomer: officer.proven,
  });
}
