import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkParseSchema,
  type DetailedError,
  policySetTextToParts,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { PolicyError } from './errors.ts';

const folder = join(import.meta.dirname, '..', 'policies');

/** What is decided by: Cedar's schema, and each policy by its `@id`. */
export interface PolicyTexts {
  readonly schema: string;
  readonly policies: Readonly<Record<string, string>>;
}

const say = (what: string, errors: readonly DetailedError[]): never => {
  throw new PolicyError(`${what}: ${errors.map(({ message }) => message).join('; ')}`);
};

/**
 * Takes policies apart and checks them strictly against the schema.
 *
 * @throws PolicyError if anything doesn't parse, has no `@id` or the same as another, or could err when it is asked
 */
export function checkPolicies(schema: string, texts: readonly string[]): PolicyTexts {
  const parsed = checkParseSchema(schema);
  if (parsed.type === 'failure') return say('The schema', parsed.errors);
  const policies: Record<string, string> = {};
  for (const text of texts) {
    const parts = policySetTextToParts(text);
    if (parts.type === 'failure') return say('The policies', parts.errors);
    if (parts.policy_templates.length > 0) throw new PolicyError('Templates are not used here.');
    for (const policy of parts.policies) {
      const id = idOf(policy);
      if (Object.hasOwn(policies, id)) throw new PolicyError(`Two policies are called ${id}.`);
      policies[id] = policy;
    }
  }
  const answer = validate({ schema, policies: { staticPolicies: policies, templates: {}, templateLinks: [] } });
  if (answer.type === 'failure') return say('The policies', answer.errors);
  const faults = [...answer.validationErrors, ...answer.validationWarnings];
  if (faults.length > 0) {
    throw new PolicyError(faults.map(({ policyId, error }) => `${policyId}: ${error.message}`).join('; '));
  }
  return { schema, policies };
}

function idOf(policy: string): string {
  const answer = policyToJson(policy);
  if (answer.type === 'failure') return say('A policy', answer.errors);
  const id = answer.json.annotations?.['id'];
  if (!id) throw new PolicyError('A policy has no @id.');
  return id;
}

/** The policies of this package, checked. @throws PolicyError */
export function readPolicies(): PolicyTexts {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return checkPolicies(read('schema.cedarschema'), [read('roles.cedar'), read('limits.cedar')]);
}
