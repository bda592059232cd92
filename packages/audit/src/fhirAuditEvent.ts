import type { AuditEvent, AuditEventAgent, AuditEventEntity, Bundle, CodeableConcept, Coding } from 'fhir/r4.js';
import { fromBase64url, toBase64, toBase64url, utf8 } from './bytes.ts';
import type { Entry } from './entry.ts';
import { coded, isDeletion, isQuery, ownAction, type Pattern, patternOf, profileOf } from './fhirPattern.ts';
import { type OpenTime, openTimeOf, openTimesIn } from './openTime.ts';

/**
 * Entries as HL7 FHIR R4 `AuditEvent`, coded as IHE's Basic Audit Log Patterns code them (SPEC.md section 7.1). People,
 * patients and objects are pseudonyms of this clinic; names aren't part of the log.
 */

/** An entry that was verified, and where it stands. */
export interface PlacedEntry {
  readonly entry: Entry;
  /** Place in the log, from 0. */
  readonly index: number;
  readonly commitment: Uint8Array;
}

const terminology = 'http://terminology.hl7.org/CodeSystem';
/** Systems of the pseudonyms and codes that only this system has. */
const own = {
  person: 'urn:sotto:person',
  patient: 'urn:sotto:patient',
  entity: 'urn:sotto:entity',
  log: 'urn:sotto:log',
} as const;

const purposes: Readonly<Record<string, Coding>> = {
  treatment: coded(`${terminology}/v3-ActReason`, 'TREAT', 'treatment'),
  payment: coded(`${terminology}/v3-ActReason`, 'HPAYMT', 'healthcare payment'),
  operations: coded(`${terminology}/v3-ActReason`, 'HOPERAT', 'healthcare operations'),
  patientRequest: coded(`${terminology}/v3-ActReason`, 'PATRQT', 'patient requested'),
  emergency: coded(`${terminology}/v3-ActReason`, 'ETREAT', 'Emergency Treatment'),
};

/** FHIR's codes of an outcome: success, and minor and serious failure. */
const outcomes = { allowed: '0', refused: '4', failed: '8' } as const;

/**
 * @param origin name of the log, which observed it
 * @param open for how long what it opened was open, where another entry tells
 */
export function toAuditEvent(placed: PlacedEntry, origin: string, open: OpenTime | null = null): AuditEvent {
  const { entry } = placed;
  const pattern = patternOf(entry.action);
  const profile = profileOf(pattern, entry);
  const purpose = purposeOf(entry);
  const server = { display: origin };
  return {
    resourceType: 'AuditEvent',
    id: uuidOf(entry.id),
    ...(profile === null ? {} : { meta: { profile: [profile] } }),
    type: pattern.type,
    subtype: subtypesOf(pattern, entry),
    action: pattern.action,
    ...(open === null ? {} : { period: periodOf(entry, open) }),
    recorded: entry.time,
    outcome: outcomes[entry.outcome],
    ...(purpose === null ? {} : { purposeOfEvent: [purpose] }),
    agent: [
      ...peopleOf(entry, pattern, purpose),
      ...clientOf(entry, pattern),
      {
        type: { coding: [pattern.server] },
        who: server,
        requestor: false,
        network: { address: origin.split('/')[0] ?? origin, type: '1' },
      },
    ],
    source: {
      observer: server,
      type: [coded(`${terminology}/security-source-type`, '4', 'Application Server')],
    },
    entity: [
      ...patientOf(entry),
      resourceOf(entry, pattern),
      logEntryOf(placed, openTimeOf(entry)),
      ...requestOf(entry),
    ],
  };
}

const subtypesOf = (pattern: Pattern, { action }: Entry): Coding[] => {
  const { subtype } = pattern;
  return [
    ...(subtype === null ? [] : [subtype]),
    ...(isDeletion(pattern) ? [] : [{ system: ownAction, code: action }]),
  ];
};

function purposeOf(entry: Entry): CodeableConcept | null {
  if (entry.purpose === null || openTimeOf(entry) !== null) return null;
  const [purpose = '', reason] = entry.purpose.split(':');
  const coding = purposes[purpose];
  return { ...(coding === undefined ? {} : { coding: [coding] }), text: reason ?? purpose };
}

/** From its release on. An end that nobody told is left open. */
const periodOf = ({ time }: Entry, { seconds, isEnd }: OpenTime) => ({
  start: time,
  ...(isEnd ? { end: new Date(Date.parse(time) + seconds * 1000).toISOString() } : {}),
});

const openDetail = ({ isEnd }: OpenTime): string =>
  isEnd ? 'seconds open, as the browser says' : 'seconds open or more, as the browser last said';

/** Who acted; of two, the first asked and the other one confirmed it. */
const peopleOf = ({ actor, role }: Entry, { user }: Pattern, purpose: CodeableConcept | null): AuditEventAgent[] =>
  actor.split('+').map((subject, at) => ({
    type: { coding: [at === 0 ? user : coded(`${terminology}/v3-ParticipationType`, 'VRF', 'verifier')] },
    who: { identifier: { system: own.person, value: subject } },
    role: [{ text: role }],
    requestor: at === 0,
    ...(at === 0 && purpose !== null ? { purposeOfUse: [purpose] } : {}),
  }));

/** With what, and from where; nothing of what a service does by itself. */
function clientOf({ address, userAgent }: Entry, { client }: Pattern): AuditEventAgent[] {
  const display = userAgent ?? address;
  if (display === null) return [];
  return [
    {
      type: { coding: [client] },
      who: { display },
      requestor: false,
      ...(address === null ? {} : { network: { address, type: '2' } }),
    },
  ];
}

function patientOf({ patient }: Entry): AuditEventEntity[] {
  if (patient === null) return [];
  return [
    {
      what: { type: 'Patient', identifier: { system: own.patient, value: patient } },
      type: coded(`${terminology}/audit-entity-type`, '1', 'Person'),
      role: coded(`${terminology}/object-role`, '1', 'Patient'),
    },
  ];
}

/** What it was done to, or what was looked for. */
function resourceOf({ resource }: Entry, pattern: Pattern): AuditEventEntity {
  return {
    ...(isQuery(pattern) ? { query: toBase64(utf8(resource)) } : { what: { identifier: { value: resource } } }),
    type: coded(`${terminology}/audit-entity-type`, '2', 'System Object'),
    role: pattern.role,
  };
}

/** The entry that all this was taken from: of its own kind, since several profiles want nothing said of the resource. */
function logEntryOf({ entry, index, commitment }: PlacedEntry, told: OpenTime | null): AuditEventEntity {
  return {
    what: { identifier: { system: own.log, value: entry.id } },
    type: coded(own.entity, 'log-entry', 'Log Entry'),
    detail: [
      { type: 'place in the log', valueString: String(index) },
      { type: 'commitment', valueString: toBase64url(commitment) },
      { type: 'action', valueString: entry.action },
      ...(told === null ? [] : [{ type: openDetail(told), valueString: String(told.seconds) }]),
      ...(['before', 'after'] as const).flatMap((member) => {
        const hash = entry[member];
        return hash === null ? [] : [{ type: `hash ${member}`, valueString: hash }];
      }),
    ],
  };
}

/** The request that it was an answer to, as IHE's pattern has it. */
function requestOf({ session }: Entry): AuditEventEntity[] {
  if (session === null) return [];
  return [
    {
      what: { identifier: { value: session } },
      type: {
        system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
        code: 'XrequestId',
      },
    },
  ];
}

/**
 * A collection of entries.
 *
 * @param origin name of the log
 * @param at when it was put together
 * @param open for how long openings were open, by their ids; where it isn't given, what these entries tell of each other
 */
export function toAuditBundle(
  entries: readonly PlacedEntry[],
  origin: string,
  at: Date,
  open: ReadonlyMap<string, OpenTime> = openTimesIn(entries.map(({ entry }) => entry)),
): Bundle<AuditEvent> {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: at.toISOString(),
    entry: entries.map((placed) => ({
      fullUrl: `urn:uuid:${uuidOf(placed.entry.id)}`,
      resource: toAuditEvent(placed, origin, open.get(placed.entry.id) ?? null),
    })),
  };
}

/** FHIR's ids have no underscore: the same 128 bits, written as a UUID is. */
function uuidOf(id: string): string {
  const digits = [...fromBase64url(id, 'entry')].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
