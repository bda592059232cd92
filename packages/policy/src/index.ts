export type { Circumstances } from './circumstances.ts';
export { type Assignment, type Hours, type PatientFacts, type Resource, type Role, roles } from './entities.ts';
export { PolicyError } from './errors.ts';
export { type AccessRequest, type Clinic, createPolicy, type Decision, type Policy, type Refusal } from './policy.ts';
export { checkPolicies, type PolicyTexts, readPolicies } from './policyFiles.ts';
