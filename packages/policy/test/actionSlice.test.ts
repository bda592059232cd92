import { preparsePolicySet, preparseSchema, schemaToJson, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { visitId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { contextOf, createClinicClock, entityUid } from '../src/circumstances.ts';
import { assignmentEntity, resourceEntities } from '../src/entities.ts';
import { type AccessRequest, createPolicy, type Resource, roles } from '../src/index.ts';
import { ask, clinic, note, ours, patient, physician, schema, staff } from './ask.ts';

const parsed = schemaToJson(schema);
const actions = parsed.type === 'success' ? Object.keys(parsed.json['Sotto']?.actions ?? {}) : [];
const clock = createClinicClock(clinic.timeZone);
preparseSchema('whole', schema);
preparsePolicySet('whole', { staticPolicies: { ...ours.policies }, templates: {}, templateLinks: [] });

/** Of one role, by the whole schema and all policies. */
function byEverything({ assignments, action, resource, circumstances }: AccessRequest): string {
  const [assignment = physician] = assignments;
  const [asked, ...others] = resourceEntities(resource, clinic.id);
  const answer = statefulIsAuthorized({
    ...{ principal: entityUid('Assignment', assignment.id), action: entityUid('Action', action), resource: asked.uid },
    ...{ context: contextOf(circumstances, clock), preparsedSchemaName: 'whole', preparsedPolicySetId: 'whole' },
    ...{ validateRequest: true, entities: [assignmentEntity(assignment), asked, ...others] },
  });
  if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0) return 'undecidable []';
  const { decision, diagnostics } = answer.response;
  return `${decision} ${JSON.stringify([...diagnostics.reason].sort())}`;
}

describe('what is prepared for one action alone', () => {
  const policy = createPolicy(clinic, ours);
  function bySlice(request: AccessRequest): string {
    const decision = policy.decide(request);
    if (decision.tag === 'permit') return `allow ${JSON.stringify([...decision.by].sort())}`;
    const [{ reason, by } = { reason: 'undecidable', by: [] }] = decision.refusals;
    return `${reason === 'undecidable' ? reason : 'deny'} ${JSON.stringify([...by].sort())}`;
  }

  const visit = { id: visitId.parse('v'.repeat(21).concat('A')), patient, participants: note.participants };
  const resources: Resource[] = [
    ...[note, { type: 'Clinic' } as const, { type: 'Patient', patient } as const, { type: 'AccessLog' } as const],
    ...[{ type: 'Visit', ...visit, isLive: true } as const, { type: 'Account', staff: staff('e') } as const],
  ];

  it.each(roles)('decides for a %s as all policies do, and by the same ones', (role) => {
    const outcomes = new Set<string>();
    for (const action of actions) {
      for (const resource of resources) {
        for (const passkey of [true, false]) {
          const limited = { ...physician, role, network: '10.0.0.0/8' };
          for (const assignment of [{ ...physician, role }, limited]) {
            const request = ask({ assignments: [assignment], action, resource }, { passkey, address: '192.0.2.1' });
            const whole = byEverything(request);
            expect(bySlice(request), `${action} ${resource.type}`).toBe(whole);
            outcomes.add(whole);
          }
        }
      }
    }
    expect(outcomes.size).toBeGreaterThan(2);
  });

  it('is nothing for what the schema has no action for, whatever an object has', () => {
    for (const action of ['constructor', '__proto__', 'toString']) {
      expect(bySlice(ask({ action }))).toBe('undecidable []');
    }
  });
});
