export { type CheckedPolicies, checkPolicies } from './checkPolicies.ts';
export type { Circumstances } from './circumstances.ts';
export {
  type Assignment,
  type Hours,
  isLiveFor,
  type PatientFacts,
  type Person,
  type Resource,
  type Role,
  roles,
} from './entities.ts';
export { PolicyError } from './errors.ts';
export { type AccessRequest, type Clinic, createPolicy, type Decision, type Policy, type Refusal } from './policy.ts';
