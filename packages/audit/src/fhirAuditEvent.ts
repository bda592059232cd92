import type { AuditEvent, AuditEventAgent, AuditEventEntity, Bundle, Coding } from 'fhir/r4.js';
import { fromBase64url, toBase64url } from './bytes.ts';
import type { Entry } from './entry.ts';
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

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const terminology = 'http://terminology.hl7.org/CodeSystem';
/** Systems of the pseudonyms and codes that only this system has. */
const own = { action: 'urn:sotto:action', person: 'urn:sotto:person', patient: 'urn:sotto:patient' } as const;

interface Pattern {
  readonly type: Coding;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** What kind of thing the resource is. */
  readonly role: Coding;
}

const coded = (system: string, code: string, display: string): Coding => ({ system, code, display });
const patientRecord = coded(dicom, '110110', 'Patient Record');
const exported = coded(dicom, '110106', 'Export');
const queried = coded(dicom, '110112', 'Query');
const logUsed = coded(dicom, '110101', 'Audit Log Used');
const openEnded = coded(own.action, 'object.close', 'Object Closed');
const signedIn = coded(dicom, '110114', 'User Authentication');
const keysChanged = coded(dicom, '110137', 'User Security Attributes Changed');
const roles = {
  content: coded(`${terminology}/object-role`, '4', 'Domain Resource'),
  security: coded(`${terminology}/object-role`, '13', 'Security Resource'),
};

const platformReading = /^kept:|:(?:read|list|find|ask|fetch|guests|parts|waiting|offer)$/;

/** What the platform's log records, whose actions have a colon: the policies' names. */
function platformPatternOf(action: string): Pattern {
  const [noun = '', verb = ''] = action.split(':');
  const isReading = platformReading.test(action);
  switch (noun) {
    case 'session':
    case 'patient':
      return { type: signedIn, action: 'E', role: roles.security };
    case 'log':
      return { type: logUsed, action: 'R', role: roles.security };
    case 'visit':
    case 'patient':
    case 'object':
    case 'portal':
    case 'kept':
      return { type: patientRecord, action: isReading ? 'R' : verb === 'schedule' ? 'C' : 'U', role: roles.content };
    default:
      // What is handed on to the keystore is there what it is here.
      if (action === 'relay:release' || action === 'relay:close') return patternOf(`object.${verb}`);
      return { type: keysChanged, action: isReading ? 'R' : 'U', role: roles.security };
  }
}

function patternOf(action: string): Pattern {
  if (action.includes(':')) return platformPatternOf(action);
  const [noun = '', verb = ''] = action.split('.');
  switch (noun) {
    case 'object':
      // A copy leaves what is watched over, which is what DICOM calls an export.
      if (verb === 'copy') return { type: exported, action: 'R', role: roles.content };
      // The end of a reading that was told already, not another one.
      if (verb === 'close') return { type: openEnded, action: 'E', role: roles.content };
      return { type: patientRecord, action: verb === 'release' ? 'R' : 'C', role: roles.content };
    case 'patient':
      return { type: signedIn, action: 'E', role: roles.security };
    case 'legalHold':
    case 'restriction':
      return { type: patientRecord, action: 'U', role: roles.content };
    case 'recordings':
      return { type: queried, action: 'R', role: roles.content };
    case 'log':
      return { type: logUsed, action: 'R', role: roles.security };
    case 'audit':
      return { type: logUsed, action: 'D', role: roles.security };
    case 'key':
      return { type: patientRecord, action: 'D', role: roles.content };
    default:
      return { type: keysChanged, action: verb === 'enrol' || verb === 'create' ? 'C' : 'U', role: roles.security };
  }
}

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
export function toAuditEvent(
  { entry, index, commitment }: PlacedEntry,
  origin: string,
  open: OpenTime | null = null,
): AuditEvent {
  const { type, action, role } = patternOf(entry.action);
  const told = openTimeOf(entry);
  const why = told === null ? entry.purpose : null;
  const [purpose = '', reason] = why?.split(':') ?? [];
  const coding = purposes[purpose];
  return {
    resourceType: 'AuditEvent',
    id: uuidOf(entry.id),
    type,
    subtype: [{ system: own.action, code: entry.action }],
    action,
    ...(open === null ? {} : { period: periodOf(entry, open) }),
    recorded: entry.time,
    outcome: outcomes[entry.outcome],
    ...(why === null
      ? {}
      : { purposeOfEvent: [{ ...(coding === undefined ? {} : { coding: [coding] }), text: reason ?? purpose }] }),
    agent: agentsOf(entry),
    source: {
      observer: { display: origin },
      type: [coded(`${terminology}/security-source-type`, '4', 'Application Server')],
    },
    entity: [
      ...patientOf(entry),
      {
        what: { identifier: { value: entry.resource } },
        type: coded(`${terminology}/audit-entity-type`, '2', 'System Object'),
        role,
        detail: [
          { type: 'place in the log', valueString: String(index) },
          { type: 'commitment', valueString: toBase64url(commitment) },
          ...(told === null ? [] : [{ type: openDetail(told), valueString: String(told.seconds) }]),
          ...(['before', 'after'] as const).flatMap((member) => {
            const hash = entry[member];
            return hash === null ? [] : [{ type: `hash ${member}`, valueString: hash }];
          }),
        ],
      },
      ...requestOf(entry),
    ],
  };
}

/** From its release on. An end that nobody told is left open. */
const periodOf = ({ time }: Entry, { seconds, isEnd }: OpenTime) => ({
  start: time,
  ...(isEnd ? { end: new Date(Date.parse(time) + seconds * 1000).toISOString() } : {}),
});

const openDetail = ({ isEnd }: OpenTime): string =>
  isEnd ? 'seconds open, as the browser says' : 'seconds open or more, as the browser last said';

/** Who acted — of two, the first asked — and with what. */
function agentsOf({ actor, role, address, userAgent }: Entry): AuditEventAgent[] {
  const people = actor.split('+').map((subject, at): AuditEventAgent => {
    const isFirst = at === 0;
    return {
      type: {
        coding: [
          coded(
            `${terminology}/v3-ParticipationType`,
            isFirst ? 'IRCP' : 'VRF',
            isFirst ? 'information recipient' : 'verifier',
          ),
        ],
      },
      who: { identifier: { system: own.person, value: subject } },
      role: [{ text: role }],
      requestor: isFirst,
      ...(isFirst && address !== null ? { network: { address, type: '2' as const } } : {}),
    };
  });
  if (userAgent === null) return people;
  const application: AuditEventAgent = {
    type: { coding: [coded(dicom, '110150', 'Application')] },
    who: { display: userAgent },
    requestor: false,
  };
  return [...people, application];
}

function patientOf({ patient }: Entry): AuditEventEntity[] {
  if (patient === null) return [];
  return [
    {
      what: { identifier: { system: own.patient, value: patient } },
      type: coded(`${terminology}/audit-entity-type`, '1', 'Person'),
      role: coded(`${terminology}/object-role`, '1', 'Patient'),
    },
  ];
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
