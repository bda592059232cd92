/**
 * `emergency`: a physician whose account is disabled, in a session that their passkey began. `patientByKey`: who signed in to their own
 * page by a key of theirs.
 */
export const entitled = [
  'physician',
  'nurse',
  'staff',
  'privacyOfficer',
  'admin',
  'patient',
  'patientByKey',
  'guest',
  'emergency',
] as const;
export type Entitled = (typeof entitled)[number];
/** `own`: of the physician, the patient and the guest who call. `foreign`: of others. */
export type Whose = 'own' | 'foreign';
type Allowed = readonly `${Entitled} ${Whose}`[];

const both = (...names: readonly Entitled[]): Allowed =>
  names.flatMap((name) => [`${name} own`, `${name} foreign`] as const);
export const everyStaff = ['physician', 'nurse', 'staff', 'privacyOfficer', 'admin'] as const;
const owner: Allowed = ['physician own'];

/**
 * Who may do what, written down once more and by hand: what stands nowhere here is refused. What names nothing in its
 * path is the caller's own, whichever way it is asked.
 */
export const table: Readonly<Record<string, Allowed>> = {
  'GET /api/visits': both('physician'),
  'POST /api/visits': both('physician'),
  'POST /api/patients/find': both('physician'),
  'GET /api/visits/{visitId}': owner,
  'POST /api/visits/{visitId}/end': owner,
  'GET /api/visits/{visitId}/invitation': owner,
  'POST /api/visits/{visitId}/invitation': owner,
  'DELETE /api/visits/{visitId}/invitation': owner,
  'POST /api/visits/{visitId}/ticket': owner,
  'GET /api/visits/{visitId}/guests': owner,
  'POST /api/visits/{visitId}/guests': owner,
  'GET /api/visits/{visitId}/guests/{participantId}/invitation': owner,
  'PUT /api/visits/{visitId}/birth-date': owner,
  'PUT /api/visits/{visitId}/guests/{participantId}/end': owner,
  'DELETE /api/visits/{visitId}/guests/{participantId}': owner,
  'GET /api/join': both('patient', 'guest'),
  'GET /api/join/guests': both('patient', 'guest'),
  'POST /api/join/ticket': both('patient', 'guest'),
  'POST /api/keystore/nonces': both(...everyStaff, 'patient', 'patientByKey', 'emergency'),
  'GET /api/keystore/directory': both(...everyStaff, 'patient', 'patientByKey', 'emergency'),
  'POST /api/keystore/enrolments': both(...everyStaff, 'patient'),
  'GET /api/keystore/enrolments': both('physician', 'privacyOfficer'),
  'POST /api/keystore/acts': both(...everyStaff),
  // With a disabled account only what declares an emergency (disabledAccount.test.ts).
  'POST /api/keystore/releases': both(...everyStaff, 'patient', 'patientByKey'),
  'POST /api/keystore/closings': both(...everyStaff, 'patient', 'patientByKey', 'emergency'),
  'GET /api/keystore/entries': both(...everyStaff, 'patient', 'patientByKey'),
  'GET /api/keystore/entries?about=patient': [
    'physician own',
    'patient own',
    'patientByKey own',
    ...both('privacyOfficer'),
  ],
  'GET /api/keystore/entries?about=all': both('privacyOfficer'),
  'GET /api/keystore/entries?about=person': both('privacyOfficer'),
  'GET /api/keystore/holds': both('privacyOfficer'),
  'GET /api/keystore/restrictions': both('privacyOfficer'),
  'GET /api/keystore/patients/{pseudonym}': both('privacyOfficer'),
  'GET /api/keystore/patients/{pseudonym}/objects': both('privacyOfficer'),
  'GET /api/keystore/notices': both('privacyOfficer'),
  'GET /api/portal': both('patient', 'patientByKey'),
  'GET /api/portal/objects': both('patient', 'patientByKey'),
  'GET /api/portal/notices': both('patient', 'patientByKey'),
  'PUT /api/portal/notices': both('patient', 'patientByKey'),
  'POST /api/portal/notices/confirmation': both('patient', 'patientByKey'),
  'DELETE /api/portal/notices': both('patient', 'patientByKey'),
  'GET /api/portal/session': both('patient', 'patientByKey'),
  'GET /api/portal/sessions': both('patient', 'patientByKey'),
  'DELETE /api/portal/sessions/{sessionId}': ['patient own', 'patientByKey own'],
  'GET /api/log': both('privacyOfficer'),
  'GET /api/log/keys': both('privacyOfficer'),
  'GET /api/outbox': both('privacyOfficer'),
  'GET /api/people': both('privacyOfficer', 'admin'),
  'POST /api/people/{staffId}/roles': both('admin'),
  'POST /api/policy/question': both('privacyOfficer', 'admin'),
  'DELETE /api/people/{staffId}/roles/{role}': both('admin'),
  'GET /api/people/{staffId}/open': both('privacyOfficer', 'admin'),
  'POST /api/people/{staffId}/disable': both('admin'),
  'POST /api/people/{staffId}/enable': both('admin'),
  'POST /api/people/{staffId}/sign-in-reset': both('admin'),
  'POST /api/people/{staffId}/new-password': both('admin'),
  'GET /api/incidents': both('privacyOfficer', 'admin'),
  'POST /api/incidents': both('privacyOfficer', 'admin'),
  'POST /api/incidents/{incidentId}/disable': both('privacyOfficer', 'admin'),
  'PUT /api/incidents/{incidentId}/steps/{step}': both('privacyOfficer', 'admin'),
  'POST /api/people/invitations': both('admin'),
  'DELETE /api/people/invitations/{staffId}': both('admin'),
  // Of a note that is to be read: as that route.
  'POST /api/intents': [
    ...both('physician', 'nurse', 'privacyOfficer', 'emergency'),
    'patient own',
    'patientByKey own',
  ],
  'POST /api/visits/{visitId}/objects': owner,
  'GET /api/visits/{visitId}/objects': owner,
  'PUT /api/phi/objects/{objectId}': owner,
  // Sealed bytes: who may open them, the keystore decides (apps/keystore/SPEC.md).
  'GET /api/phi/objects/{objectId}': [
    ...both('physician', 'nurse', 'privacyOfficer', 'emergency'),
    'patient own',
    'patientByKey own',
  ],
  'POST /api/objects/{objectId}/parts': owner,
  'PUT /api/objects/{objectId}/parts/{leaf}': owner,
  'PUT /api/phi/objects/{objectId}/recording': owner,
  // Of what isn't finished.
  'GET /api/objects/{objectId}/parts': owner,
  'GET /api/objects/{objectId}/parts/{leaf}': owner,
  'GET /api/phi/objects/{objectId}/recording': owner,
};

/** Where the api refuses what is somebody else's by what is signed, or has none of yet, also to who may ask. */
export const refusesMore = new Set([
  ...['POST /api/keystore/enrolments', 'POST /api/keystore/acts'],
  ...['POST /api/keystore/releases', 'POST /api/keystore/closings'],
  ...['GET /api/objects/{objectId}/parts/{leaf}', 'GET /api/phi/objects/{objectId}/recording'],
  'PUT /api/objects/{objectId}/parts/{leaf}',
  'DELETE /api/people/invitations/{staffId}',
  // Ends the very session that asks: patientSignIn.test.ts.
  'DELETE /api/portal/sessions/{sessionId}',
  'PUT /api/incidents/{incidentId}/steps/{step}',
  'POST /api/incidents/{incidentId}/disable',
]);
