import * as z from 'zod';
import { base64url } from './bytes.ts';
import { personName, time } from './clinic.ts';
import { contained } from './containment.ts';
import { staffId } from './ids.ts';

/** Client ↔ api: what was found to be unusual, and what was done about it (SPEC.md section 1). No patient is in it. */
export const incidentId = base64url(22).brand<'IncidentId'>();
export type IncidentId = z.infer<typeof incidentId>;

/** Rules of packages/alerts, by name. */
export const incidentRules = [
  'overOwnMean',
  'bulk',
  'manyEmergencies',
  'emergencyWhileHeldUp',
  'repeatedDenials',
  'newPlace',
  'afterHours',
  'ownRelative',
] as const;

/** Steps of the response plan, in its order. */
export const incidentSteps = ['isolated', 'evidence', 'complianceTold', 'closed'] as const;
export type IncidentStep = (typeof incidentSteps)[number];

/** Minutes from the first critical alert within which a step is to be done; null where the plan gives none. */
export const stepMinutes: Readonly<Record<IncidentStep, number | null>> = {
  isolated: 15,
  evidence: null,
  complianceTold: 60,
  closed: 240,
};

const person = z.strictObject({ id: staffId, name: personName });

export const incident = z.strictObject({
  id: incidentId,
  /** Whose account it is about; null where it is about none in particular. */
  about: person.nullable(),
  openedAt: time,
  /** From when the plan's clocks count; null while there were warnings alone. */
  criticalAt: time.nullable(),
  /** `waiting`: the account is disabled as soon as its visit is over. */
  disabling: z.enum(['none', 'waiting', 'done']),
  alerts: z.array(z.strictObject({ rule: z.enum(incidentRules), count: z.int(), limit: z.int(), at: time })).max(500),
  steps: z.array(
    z.strictObject({
      step: z.enum(incidentSteps),
      at: time,
      /** Null where the rules did it. */
      by: person.nullable(),
    }),
  ),
});
export type Incident = z.infer<typeof incident>;

/** Of an account at most one is open. */
export const maxIncidents = { open: 1000, closed: 100 } as const;
/** `GET /api/incidents`: open ones first, of each kind the newest first. */
export const incidentsView = z.strictObject({
  incidents: z.array(incident).max(maxIncidents.open + maxIncidents.closed),
  /** Whose openings are held up, as the keystore says; null where it doesn't answer. */
  containments: z
    .array(z.strictObject({ whom: contained, name: personName.nullable(), by: personName.nullable(), at: time }))
    .nullable(),
});
export type IncidentsView = z.infer<typeof incidentsView>;

/** `POST /api/incidents` opens one by hand, about an account or about none in particular, and answers its id. */
export const openIncidentRequest = z.strictObject({ about: staffId.nullable() });
export const openedIncident = z.strictObject({ id: incidentId });
/** `POST /api/incidents/:incidentId/disable`: the account is held up and disabled within seconds, but for a visit that goes on. */
export const incidentPath = z.strictObject({ incidentId });
/** `PUT /api/incidents/:incidentId/steps/:step`: it was done, now, by who is signed in. */
export const stepPath = z.strictObject({ incidentId, step: z.enum(incidentSteps) });
