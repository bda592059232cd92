import type { ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import type { ReleaseUse } from '@sotto/protocol/keystore';

/** Who asks, as it is registered here. */
export type Viewer =
  | { readonly kind: 'staff'; readonly subject: StaffId; readonly role: string }
  | { readonly kind: 'patient'; readonly subject: PatientId; readonly role: 'patient' };

/** What policy is asked: everything about a release that is known to be so, and what the relaying service vouches for. */
export interface PolicyQuestion {
  readonly user: Viewer;
  readonly objects: readonly {
    readonly object: ObjectId;
    readonly pseudonym: PatientId;
    readonly visit: VisitId | null;
    /** As it was registered; null while nobody has handed it in. */
    readonly kind: string | null;
  }[];
  readonly purpose: string;
  readonly use: ReleaseUse;
  readonly breakGlass: string | null;
  readonly at: Date;
  /** As the relaying service says. */
  readonly address: string | null;
  readonly related: readonly PatientId[];
}

export type PolicyAnswer =
  | { readonly tag: 'permit' }
  /** Reasons are codes of a closed set, for the log and the person; never text. */
  | { readonly tag: 'deny'; readonly reasons: readonly string[] };

/** Decides about a release. There is no default: a keystore without a policy doesn't start. */
export interface Policy {
  decide(question: PolicyQuestion): Promise<PolicyAnswer>;
}

/** What is asked of each who signs an act (packages/policy, schema.cedarschema). */
export const signingActions = {
  enrol: 'directory:enrol',
  replace: 'directory:replace',
  revoke: 'directory:revoke',
  enrolPatient: 'patientKey:enrol',
  assist: 'patientKey:assist',
  overseeAssist: 'patientKey:oversee',
  revokePatient: 'patientKey:revoke',
  shred: 'key:shred',
  hold: 'key:hold',
  liftHold: 'key:hold',
  restrict: 'key:restrict',
  liftRestriction: 'key:restrict',
  contain: 'containment:place',
  liftContainment: 'containment:lift',
} as const;

export interface SigningQuestion {
  readonly signer: Extract<Viewer, { kind: 'staff' }>;
  readonly action: keyof typeof signingActions;
  /** Whom the act is about. */
  readonly about: { readonly staff: StaffId } | { readonly patient: PatientId } | { readonly everybody: true };
  readonly at: Date;
}

/** Decides whether somebody may sign an act. What it can't decide it refuses. */
export interface SigningPolicy {
  maySign(question: SigningQuestion): boolean;
}

const reason = /^[\w.-]{1,64}$/;

/** How long policy may take. */
const policyTimeoutMs = 2000;

/** Asks; whatever isn't a permit in time is a denial. */
export async function askPolicy(policy: Policy, question: PolicyQuestion): Promise<PolicyAnswer> {
  const silence = Promise.withResolvers<PolicyAnswer>();
  const timer = setTimeout(() => silence.resolve({ tag: 'deny', reasons: ['policyTimeout'] }), policyTimeoutMs);
  try {
    const answer = await Promise.race([policy.decide(question), silence.promise]);
    return answer.tag === 'permit'
      ? answer
      : { tag: 'deny', reasons: answer.reasons.filter((code) => reason.test(code)) };
  } catch {
    return { tag: 'deny', reasons: ['policyFailed'] };
  } finally {
    clearTimeout(timer);
  }
}
