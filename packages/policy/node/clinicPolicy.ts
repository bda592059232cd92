import { readFileSync } from 'node:fs';
import { StartError } from '@sotto/service/errors';
import { checkPolicies } from '../src/checkPolicies.ts';
import { PolicyError } from '../src/errors.ts';
import { type Clinic, createPolicy, type Policy } from '../src/policy.ts';

const read = (name: string) => readFileSync(new URL(`../policies/${name}`, import.meta.url), 'utf8');

/**
 * The policies that lie in this package, for a clinic: what a service decides by.
 *
 * @param variable of the environment that the clinic's time zone is from
 * @throws StartError if the policies are unusable, or naming the variable if the time zone is unknown
 */
export function openClinicPolicy(clinic: Clinic, variable: string): Policy {
  try {
    return createPolicy(clinic, checkPolicies(read('schema.cedarschema'), [read('roles.cedar'), read('limits.cedar')]));
  } catch (fault) {
    if (fault instanceof PolicyError) throw new StartError(`The policies can't be used: ${fault.message}`);
    if (fault instanceof RangeError) throw new StartError(`${variable} isn’t a time zone, such as Europe/Madrid.`);
    throw fault;
  }
}
