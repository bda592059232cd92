import { type StaffRole, type StaffSession, staffRoles } from '@sotto/protocol/clinic';

type Staff = Pick<StaffSession['staff'], 'role' | 'roles' | 'resting'>;

/** Whether somebody holds one of these roles at present: what a page goes by. What they are called shows and hides nothing. */
export const holds = ({ roles }: Pick<Staff, 'roles'>, ...any: readonly StaffRole[]): boolean =>
  any.some((role) => roles.includes(role));

/** Those who treat. */
const clinicianRoles = ['physician', 'nurse'] as const satisfies readonly StaffRole[];

/** Whether somebody treats, or would if their account weren't disabled: in an emergency they may ask. */
export const isClinician = ({ roles, resting }: Pick<Staff, 'roles' | 'resting'>): boolean =>
  holds({ roles: [...roles, ...(resting ?? [])] }, ...clinicianRoles);

/** The role that somebody acts by where only one can be named: what they are called, if they hold that. */
export const mainRole = ({ role, roles }: Omit<Staff, 'resting'>): StaffRole =>
  roles.includes(role) ? role : (staffRoles.find((one) => roles.includes(one)) ?? role);

const pages = [
  { page: 'today', for: ['physician'] },
  { page: 'access-log', for: staffRoles },
  { page: 'passkeys', for: staffRoles },
  { page: 'patient-keys', for: ['privacyOfficer'] },
  { page: 'incidents', for: ['admin', 'privacyOfficer'] },
  { page: 'people', for: ['admin', 'privacyOfficer'] },
] as const satisfies readonly { page: string; for: readonly StaffRole[] }[];

export type StaffPageName = (typeof pages)[number]['page'];

/** The pages of somebody's work, in order. */
export const pagesOf = (staff: Pick<Staff, 'roles'>): readonly StaffPageName[] =>
  pages.filter((one) => holds(staff, ...one.for)).map(({ page }) => page);

/** Where somebody's work begins; while their account is disabled, where they open something in an emergency. */
export function homeOf(staff: Pick<Staff, 'roles' | 'resting'>): `/${StaffPageName | 'record'}/` {
  if (staff.resting !== null) return '/record/';
  if (holds(staff, 'physician')) return '/today/';
  return holds(staff, 'admin') && !holds(staff, 'nurse', 'privacyOfficer', 'staff') ? '/people/' : '/access-log/';
}

/** Whether what somebody opens sealed things for is their review, and nothing else. */
export const reviewsOnly = (staff: Pick<Staff, 'roles'>): boolean =>
  holds(staff, 'privacyOfficer') && !holds(staff, ...clinicianRoles);
