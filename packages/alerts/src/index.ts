export type { Act } from './act.ts';
export { createClinicHours } from './clinicHour.ts';
export { type Rule, rules } from './rules.ts';
export { type Alert, isConfirmed, Watch } from './watch.ts';
