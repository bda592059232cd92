import type { Assignment, Person, Policy, Resource } from '@sotto/policy';
import { staffRoles } from '@sotto/protocol/clinic';
import type { AskedAction, PolicyAnswer, PolicyQuestion } from '@sotto/protocol/policyQuestion';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq } from 'drizzle-orm';
import { exampleOf } from './access/exampleResource.ts';
import { findAssignments } from './access/roleAssignment.ts';
import type { ClinicContext } from './clinicContext.ts';
import { staffTable } from './schema.ts';

/** What each action is done to. */
const kinds: Record<AskedAction, Resource['type']> = {
  ...{ 'visit:read': 'Visit', 'visit:schedule': 'Clinic', 'visit:join': 'Visit', 'visit:invite': 'Visit' },
  ...{ 'object:write': 'Visit', 'object:fetch': 'Object' },
  ...{ 'object:open:note': 'Object', 'object:open:recording': 'Object' },
  ...{ 'patientKey:enrol': 'Patient', 'log:read': 'AccessLog', 'kept:read': 'Patient' },
  ...{ 'directory:enrol': 'Account', 'people:read': 'Clinic', 'people:giveRole': 'Account' },
};

function resourceOf({ action, of }: PolicyQuestion, person: Person): Resource {
  // One's own log is of what one did, not of a patient.
  return action === 'log:read' && of === 'own' ? { type: 'AccessLog', person } : exampleOf(kinds[action], person, of);
}

/** What an opening is for: officers open to review, everybody else to treat. HL7 v3 PurposeOfUse. */
const purposeOf = ({ role }: Assignment): string => (role === 'privacyOfficer' ? 'HOPERAT' : 'TREAT');

const isOver = ({ validUntil }: Assignment, at: Date): boolean => validUntil !== undefined && validUntil <= at;

/** Asks the policies about each role of somebody by itself, as every request does, and says what each comes to. */
export async function answerQuestion(
  context: Pick<ClinicContext, 'clinicId' | 'database'>,
  policy: Policy,
  question: PolicyQuestion,
): Promise<Result<PolicyAnswer>> {
  const { staff, action, address, passkey } = question;
  const [account] = await context.database
    .select({ disabledAt: staffTable.disabledAt })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, context.clinicId), eq(staffTable.id, staff)));
  if (account === undefined) return refused('notFound');
  const now = new Date(question.at);
  const resource = resourceOf(question, { kind: 'staff', id: staff });
  const circumstances = {
    now,
    passkey,
    passkeySession: passkey,
    passkeyJustShown: passkey,
    ...(address === null ? {} : { address }),
  };
  const assignments = (await findAssignments(context, staff)).filter((one) => !isOver(one, now));
  const roles = assignments.flatMap((assignment) => {
    const role = staffRoles.find((one) => one === assignment.role);
    if (role === undefined) return [];
    const decision = policy.decide({
      ...{ assignments: [assignment], action, resource },
      circumstances: { ...circumstances, purpose: purposeOf(assignment) },
    });
    const [refusal] = decision.tag === 'refuse' ? decision.refusals : [];
    const outcome = decision.tag === 'permit' ? ('permit' as const) : (refusal?.reason ?? 'undecidable');
    const by = decision.tag === 'permit' ? decision.by : (refusal?.by ?? []);
    return [{ id: assignment.id, role, outcome, by: [...by].sort() }];
  });
  const isDisabled = account.disabledAt !== null;
  return accepted({ may: !isDisabled && roles.some(({ outcome }) => outcome === 'permit'), isDisabled, roles });
}
