import type { Entry } from '@sotto/audit';

/** Actions that have words of their own, by how the log spells them. */
const actions = {
  'object.release': 'release',
  'object.copy': 'copy',
  'object.close': 'close',
  'object.mint': 'mint',
  'object.register': 'register',
  'clinician.enrol': 'enrol',
  'clinician.replace': 'replace',
  'clinician.revoke': 'revoke',
  'patient.signIn': 'signIn',
  'patientCredential.enrol': 'enrolPatient',
  'patientCredential.assist': 'assist',
  'patientCredential.revoke': 'revokePatient',
  'key.shred': 'shred',
  'recordings.look': 'look',
  'legalHold.place': 'hold',
  'legalHold.lift': 'liftHold',
  'restriction.place': 'restrict',
  'restriction.lift': 'liftRestriction',
  'containment.place': 'contain',
  'containment.lift': 'liftContainment',
  'log.read': 'read',
  'masterKey.addVersion': 'masterKey',
  'masterKey.rewrap': 'masterKey',
  'masterKey.recover': 'masterKey',
  'patientKey.rotate': 'patientKey',
  'patientKey.create': 'patientKey',
  'audit.erase': 'erase',
} as const;
export type ActionWords = (typeof actions)[keyof typeof actions];

/** Null for an action that only its code can name. */
export const actionWords = (action: string): ActionWords | null =>
  Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : null;

/** Actors that are nobody's id. */
const systems = { keystore: 'keystore', host: 'host', api: 'api', unverified: 'unverified' } as const;
/** Those of the platform's log. */
const platformSystems = { host: 'clinicHost', nobody: 'nobody', rules: 'rules' } as const;
export type SystemActor =
  | (typeof systems)[keyof typeof systems]
  | (typeof platformSystems)[keyof typeof platformSystems];

/** @param isPlatform whether it is the platform's log that says so */
export function systemActor(actor: string, isPlatform: boolean): SystemActor | null {
  const known: Readonly<Record<string, SystemActor>> = isPlatform ? platformSystems : systems;
  return Object.hasOwn(known, actor) ? (known[actor] ?? null) : null;
}

/** Those who acted: two officers are joined by a plus. */
export const actorsOf = ({ actor }: Pick<Entry, 'actor'>): readonly string[] => actor.split('+');

/** SHA-256 of the reason `restricted`, base64url: all that the log has of why an opening was refused. */
const restrictedReason = 'eg2RWT35KTqJQvdDjLiPerGo41TaSR9Wf5k5sTA5IPU';

/** Whether an opening was refused since nobody may open it. */
export const isRestricted = ({ action, outcome, before }: Pick<Entry, 'action' | 'outcome' | 'before'>): boolean =>
  action.startsWith('object.') && outcome === 'refused' && before === restrictedReason;

const relayed = 'relayed:';

/** Roles of those who acted: of two they are joined by a plus. */
export const rolesOf = ({ role }: Pick<Entry, 'role'>): readonly string[] =>
  (role.startsWith(relayed) ? role.slice(relayed.length) : role).split('+');

/** Whether who it was is the api's word alone: of a reading of the log. */
export const isRelayed = ({ role }: Pick<Entry, 'role'>): boolean => role.startsWith(relayed);

/** `emergency:lifeThreat` is an opening against the rules, with its coded reason. */
export function purposeOf({
  action,
  purpose,
}: Pick<Entry, 'action' | 'purpose'>): { purpose: string; breakGlass: string | null } | null {
  // There it says for how long, which `openTimeOf` reads.
  if (purpose === null || action === 'object.close') return null;
  const [name = '', reason] = purpose.split(':');
  return { purpose: name, breakGlass: reason ?? null };
}
