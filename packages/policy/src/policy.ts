import { type AuthorizationAnswer, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { ClinicId } from '@sotto/protocol/ids';
import { prepareByAction } from './actionSlice.ts';
import type { CheckedPolicies } from './checkPolicies.ts';
import { type Circumstances, contextOf, createClinicClock, entityUid } from './circumstances.ts';
import { type Assignment, assignmentEntity, type Resource, resourceEntities } from './entities.ts';

/** May somebody who holds these roles do this, to that, now? */
export interface AccessRequest {
  /** Every role that the person holds; all of the same person. */
  readonly assignments: readonly Assignment[];
  /** Such as `object:open:note`; never one that ends in `*`. */
  readonly action: string;
  readonly resource: Resource;
  readonly circumstances: Circumstances;
}

/** Why one role doesn't do: what forbids it by name, or that nothing permits it, or that it couldn't be decided. */
export interface Refusal {
  /** Null when the person holds no role. */
  readonly assignment: string | null;
  readonly reason: 'forbidden' | 'notGranted' | 'undecidable';
  /** Ids of the policies that forbid it. */
  readonly by: readonly string[];
}

export type Decision =
  | {
      readonly tag: 'permit';
      /** The role that lets them. */
      readonly assignment: Assignment;
      /** Ids of the policies that permit it. */
      readonly by: readonly string[];
    }
  | { readonly tag: 'refuse'; readonly refusals: readonly Refusal[] };

export interface Policy {
  /** Never throws: what can't be decided is refused. */
  decide(request: AccessRequest): Decision;
}

export interface Clinic {
  readonly id: ClinicId;
  /** By whose clock hours are told; an IANA name. */
  readonly timeZone: string;
}

/**
 * @throws PolicyError if the policies are unusable
 * @throws RangeError if the time zone is unknown
 */
export function createPolicy(clinic: Clinic, texts: CheckedPolicies): Policy {
  const clock = createClinicClock(clinic.timeZone);
  const preparedFor = prepareByAction(texts);

  function ask(assignment: Assignment, { action, resource, circumstances }: AccessRequest): Decision {
    const refuse = (reason: Refusal['reason'], by: readonly string[] = []): Decision => ({
      tag: 'refuse',
      refusals: [{ assignment: assignment.id, reason, by }],
    });
    let answer: AuthorizationAnswer;
    try {
      const name = preparedFor(action);
      if (name === undefined) return refuse('undecidable');
      const [asked, ...others] = resourceEntities(resource, clinic.id);
      answer = statefulIsAuthorized({
        principal: entityUid('Assignment', assignment.id),
        action: entityUid('Action', action),
        resource: asked.uid,
        context: contextOf(circumstances, clock),
        preparsedSchemaName: name,
        preparsedPolicySetId: name,
        validateRequest: true,
        entities: [assignmentEntity(assignment), asked, ...others],
      });
    } catch {
      return refuse('undecidable');
    }
    // A policy that errs is skipped by Cedar, a forbidding one too: then nothing is certain.
    if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0) return refuse('undecidable');
    const { decision, diagnostics } = answer.response;
    if (decision === 'allow') return { tag: 'permit', assignment, by: diagnostics.reason };
    return diagnostics.reason.length > 0 ? refuse('forbidden', diagnostics.reason) : refuse('notGranted');
  }

  return {
    decide(request) {
      const refusals: Refusal[] = [];
      for (const assignment of request.assignments) {
        const answer = ask(assignment, request);
        if (answer.tag === 'permit') return answer;
        refusals.push(...answer.refusals);
      }
      const none: Refusal = { assignment: null, reason: 'notGranted', by: [] };
      return { tag: 'refuse', refusals: refusals.length > 0 ? refusals : [none] };
    },
  };
}
