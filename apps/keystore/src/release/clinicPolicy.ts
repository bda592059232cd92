import { type Assignment, type Clinic, type Refusal, type Resource, type Role, roles } from '@sotto/policy';
import { openClinicPolicy as openPolicies } from '@sotto/policy/clinicPolicy';
import {
  type Policy,
  type PolicyQuestion,
  type SigningPolicy,
  type SigningQuestion,
  signingActions,
  type Viewer,
} from './policy.ts';

/** HL7 v3 PurposeOfUse, as the policies have it. */
const purposeCodes: Readonly<Record<string, string>> = {
  treatment: 'TREAT',
  payment: 'HPAYMT',
  operations: 'HOPERAT',
  patientRequest: 'PATRQT',
  emergency: 'ETREAT',
};

/** What an object can be that is opened (packages/policy). */
const kinds = ['recording', 'note', 'intake', 'reason', 'file'];

/**
 * Decides about releases and acts by the clinic's policies (packages/policy): the directory says which role somebody
 * holds, the relaying service which patients they care for.
 *
 * @throws StartError if the policies are unusable
 */
export function openClinicPolicy(clinic: Clinic): Policy & SigningPolicy {
  const policy = openPolicies(clinic, 'KEYSTORE_TIME_ZONE');
  return {
    decide: async (question) => {
      const reasons = new Set<string>();
      for (const object of question.objects) {
        const decision = policy.decide(accessOf(question, object));
        if (decision.tag === 'refuse') for (const reason of decision.refusals.flatMap(codesOf)) reasons.add(reason);
      }
      return reasons.size === 0 ? { tag: 'permit' } : { tag: 'deny', reasons: [...reasons].sort() };
    },
    maySign: ({ signer, action, about, at }) =>
      policy.decide({
        assignments: assignmentsOf(signer),
        action: signingActions[action],
        resource: resourceOf(about),
        // From where somebody signs, nobody says.
        circumstances: { now: at, purpose: purposeCodes['operations'] ?? '', passkey: true, passkeySession: true },
      }).tag === 'permit',
  };
}

function resourceOf(about: SigningQuestion['about']): Resource {
  if ('everybody' in about) return { type: 'Clinic' };
  if ('staff' in about) return { type: 'Account', staff: about.staff };
  // A hold is looked for where the keys are deleted, in that transaction.
  return { type: 'Patient', patient: { id: about.patient, careTeam: [], legalHold: false } };
}

function accessOf(question: PolicyQuestion, { object, pseudonym, kind }: PolicyQuestion['objects'][number]) {
  const { user, at, address, purpose, use, breakGlass, related } = question;
  const patient = {
    id: pseudonym,
    careTeam: user.kind === 'staff' && related.includes(pseudonym) ? [user.subject] : [],
    legalHold: false,
  };
  return {
    assignments: assignmentsOf(user),
    // What it was registered as; what nobody has handed in may be anything.
    action: `object:${use}:${kinds.find((known) => known === kind) ?? 'any'}`,
    resource: { type: 'Object' as const, id: object, patient, participants: [] },
    circumstances: {
      now: at,
      // Nobody comes from nowhere: refused.
      address: address ?? '',
      purpose: purposeCodes[purpose] ?? '',
      passkey: true,
      passkeySession: true,
      ...(breakGlass === null ? {} : { breakGlass: { patient: pseudonym, since: at } }),
    },
  };
}

function assignmentsOf(user: Viewer): Assignment[] {
  const { subject, role } = user;
  // Only patients are patients.
  const known = roles.find((one): one is Role => one === role && (one === 'patient') === (user.kind === 'patient'));
  const person = user.kind === 'staff' ? { kind: user.kind, id: user.subject } : { kind: user.kind, id: user.subject };
  return known === undefined ? [] : [{ id: `${known}:${subject}`, person, role: known, validFrom: new Date(0) }];
}

const codesOf = ({ reason, by }: Refusal): readonly string[] => (by.length > 0 ? by : [reason]);
