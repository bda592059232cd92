import {
  checkParseSchema,
  type DetailedError,
  policySetTextToParts,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { PolicyError } from './errors.ts';

declare const checked: unique symbol;

/** What is decided by: Cedar's schema, and each policy by its `@id`. Only `checkPolicies` makes them. */
export interface CheckedPolicies {
  readonly [checked]: true;
  readonly schema: string;
  readonly policies: Readonly<Record<string, string>>;
}

const name = /^[a-z][a-z-]*$/;

const say = (what: string, errors: readonly DetailedError[]): never => {
  throw new PolicyError(`${what}: ${errors.map(({ message }) => message).join('; ')}`);
};

/**
 * Takes policies apart and checks them strictly against the schema. This package's own lie in its folder `policies/`.
 *
 * @param schema text of a Cedar schema
 * @param texts texts of Cedar policies, any number in each
 * @throws PolicyError if anything doesn't parse, has no `@id` or the same as another, or could err when it is asked
 */
export function checkPolicies(schema: string, texts: readonly string[]): CheckedPolicies {
  const parsed = checkParseSchema(schema);
  if (parsed.type === 'failure') return say('The schema', parsed.errors);
  const found = new Map<string, string>();
  for (const text of texts) {
    const parts = policySetTextToParts(text);
    if (parts.type === 'failure') return say('The policies', parts.errors);
    if (parts.policy_templates.length > 0) throw new PolicyError('Templates are not used here.');
    for (const policy of parts.policies) {
      const id = idOf(policy);
      if (found.has(id)) throw new PolicyError(`Two policies are called ${id}.`);
      found.set(id, policy);
    }
  }
  const policies = Object.fromEntries(found);
  const answer = validate({ schema, policies: { staticPolicies: policies, templates: {}, templateLinks: [] } });
  if (answer.type === 'failure') return say('The policies', answer.errors);
  const faults = [...answer.validationErrors, ...answer.validationWarnings];
  if (faults.length > 0) {
    throw new PolicyError(faults.map(({ policyId, error }) => `${policyId}: ${error.message}`).join('; '));
  }
  return { schema, policies } as CheckedPolicies;
}

function idOf(policy: string): string {
  const answer = policyToJson(policy);
  if (answer.type === 'failure') return say('A policy', answer.errors);
  const id = answer.json.annotations?.['id'];
  // Lower case and hyphens: no name that a JavaScript object has already.
  if (!id || !name.test(id)) throw new PolicyError('A policy has no @id of lower-case letters and hyphens.');
  return id;
}
