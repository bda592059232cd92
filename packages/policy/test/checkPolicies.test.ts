import { describe, expect, it } from 'vitest';
import { checkPolicies, createPolicy, PolicyError } from '../src/index.ts';
import { ask, clinic, schema } from './ask.ts';

const permitAll = '@id("all") permit (principal, action, resource);';

describe('policies are refused', () => {
  const refused: Record<string, [string, string[]]> = {
    'when the schema doesn’t parse': ['entity', [permitAll]],
    'when one doesn’t parse': [schema, ['permit (principal, action, resource']],
    'when one has no name': [schema, ['permit (principal, action, resource);']],
    'when one has a name that an object has already': [
      schema,
      ['@id("__proto__") forbid (principal, action, resource);'],
    ],
    'when two have the same name': [schema, [permitAll, permitAll]],
    'when one asks for what may not be there': [
      schema,
      ['@id("x") permit (principal, action, resource) when { context.breakGlass.since < context.now };'],
    ],
    'when one can never apply': [
      schema,
      ['@id("x") permit (principal is Sotto::User, action == Sotto::Action::"visit:host", resource);'],
    ],
    'when one is a template': [schema, ['@id("x") permit (principal == ?principal, action, resource);']],
  };
  for (const [when, [cedar, texts]] of Object.entries(refused)) {
    it(when, () => {
      expect(() => checkPolicies(cedar, texts)).toThrow(PolicyError);
    });
  }
});

it('two sets of policies don’t see each other', () => {
  const open = createPolicy(clinic, checkPolicies(schema, [permitAll]));
  const shut = createPolicy(clinic, checkPolicies(schema, []));
  expect(open.decide(ask({})).tag).toBe('permit');
  expect(shut.decide(ask({})).tag).toBe('refuse');
});
