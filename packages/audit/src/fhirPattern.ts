import type { AuditEvent, Coding } from 'fhir/r4.js';
import type { Entry } from './entry.ts';

/** How IHE's Basic Audit Log Patterns 1.1.3 (BALP) and DICOM PS3.15 A.5 code what an entry tells (SPEC.md section 7.1). */

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const terminology = 'http://terminology.hl7.org/CodeSystem';
const profiles = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition';
/** The codes that only this system has. */
export const ownAction = 'urn:sotto:action';

export const coded = (system: string, code: string, display: string): Coding => ({ system, code, display });
const inTerms = (name: string, code: string, display: string): Coding => coded(`${terminology}/${name}`, code, display);

const author = inTerms('v3-ParticipationType', 'AUT', 'author (originator)');
const recipient = inTerms('v3-ParticipationType', 'IRCP', 'information recipient');
const application = coded(dicom, '110150', 'Application');
const source = coded(dicom, '110153', 'Source Role ID');
const destination = coded(dicom, '110152', 'Destination Role ID');
const custodian = inTerms('provenance-participant-type', 'custodian', 'Custodian');

/** What those who take part in it do. */
interface Parts {
  /** Of who asked. */
  readonly user: Coding;
  /** Of the browser. */
  readonly client: Coding;
  /** Of the service that keeps the log. */
  readonly server: Coding;
}

/** How an act is told. */
export interface Pattern extends Parts {
  readonly type: Coding;
  /** Beside the entry's own code. */
  readonly subtype: Coding | null;
  readonly action: NonNullable<AuditEvent['action']>;
  /** What kind of thing the resource is. */
  readonly role: Coding;
  /** What BALP's profile is called, where there is one and the act came off. */
  readonly profile: string | null;
}

const domainResource = inTerms('object-role', '4', 'Domain Resource');
const securityResource = inTerms('object-role', '13', 'Security Resource');
const queryRole = inTerms('object-role', '24', 'Query');
const toServer: Parts = { user: author, client: source, server: destination };
const toClient: Parts = { user: recipient, client: destination, server: source };

const restful = (
  interaction: string,
  name: string,
  action: Pattern['action'],
  parts: Parts,
  role = domainResource,
): Pattern => ({
  type: inTerms('audit-event-type', 'rest', 'RESTful Operation'),
  subtype: coded('http://hl7.org/fhir/restful-interaction', interaction, interaction),
  profile: name,
  ...{ action, role, ...parts },
});

const reading = restful('read', 'Read', 'R', toClient);
const creation = restful('create', 'Create', 'C', toServer);
const update = restful('update', 'Update', 'U', toServer);
const deletion = restful('delete', 'Delete', 'D', { user: author, client: application, server: custodian });
const query = restful('search-type', 'Query', 'E', { ...toServer, user: recipient }, queryRole);
/** A copy leaves what is watched over, which BALP calls a disclosure. */
const disclosure: Pattern = {
  type: coded(dicom, '110106', 'Export'),
  subtype: inTerms('iso-21089-lifecycle', 'disclose', 'Disclose Record Lifecycle Event'),
  ...{ action: 'R', role: domainResource, profile: 'PrivacyDisclosure.Source', ...toClient },
};

const unprofiled = (type: Coding, action: Pattern['action'], role: Coding, parts: Parts): Pattern => ({
  ...{ type, action, role, ...parts },
  ...{ subtype: null, profile: null },
});
const logRead = unprofiled(coded(dicom, '110101', 'Audit Log Used'), 'R', securityResource, toClient);
const logErased = { ...logRead, ...toServer, action: 'D' } as const;
const signIn = unprofiled(coded(dicom, '110114', 'User Authentication'), 'E', securityResource, toServer);
const keysChanged = unprofiled(
  coded(dicom, '110137', 'User Security Attributes Changed'),
  ...(['U', securityResource, toServer] as const),
);
const keysMade = { ...keysChanged, action: 'C' } as const;
/** The end of a reading that was told already, not another one. */
const openEnded = unprofiled(coded(ownAction, 'object.close', 'Object Closed'), 'E', domainResource, toServer);

/** What somebody says that they are about to do. */
const intent = unprofiled(coded(ownAction, 'intent', 'Intent Declared'), 'E', domainResource, toServer);

const platformReading = /^kept:|:(?:read|sessions|ask|fetch|guests|parts|waiting|offer)$/;

/** What the platform's log records, whose actions have a colon: the policies' names. */
function platformPatternOf(action: string): Pattern {
  const [noun = '', verb = ''] = action.split(':');
  // What is handed on to the keystore is there what it is here.
  if (action === 'relay:release' || action === 'relay:close') return accessPatternOf(`object.${verb}`);
  if (action.endsWith(':intent')) return intent;
  if (noun === 'session' || /^patient:sign|^portal:sessions:/.test(action)) return signIn;
  if (noun === 'log') return logRead;
  if (verb === 'list' || verb === 'find') return query;
  if (platformReading.test(action)) return reading;
  if (noun !== 'visit' && noun !== 'object' && noun !== 'portal') return keysChanged;
  return verb === 'schedule' ? creation : update;
}

/** What the access log records. */
function accessPatternOf(action: string): Pattern {
  const [noun = '', verb = ''] = action.split('.');
  switch (noun) {
    case 'object':
      if (verb === 'copy') return disclosure;
      if (verb === 'close') return openEnded;
      return verb === 'release' ? reading : creation;
    case 'patient':
      return signIn;
    case 'legalHold':
    case 'restriction':
      return update;
    case 'recordings':
      return query;
    case 'log':
      return logRead;
    case 'audit':
      return logErased;
    case 'key':
      return deletion;
    default:
      return verb === 'enrol' || verb === 'create' ? keysMade : keysChanged;
  }
}

export const patternOf = (action: string): Pattern =>
  action.includes(':') ? platformPatternOf(action) : accessPatternOf(action);

/** Whether the resource is what was looked for: such an entity has neither `what` nor `detail`. */
export const isQuery = ({ role }: Pattern): boolean => role === queryRole;

/** Whether the entry's own code has no place among the subtypes. */
export const isDeletion = ({ subtype }: Pattern): boolean => subtype === deletion.subtype;

/**
 * The profile that the event conforms to; null of what BALP has none for, of what didn't come off, and of what came from
 * no address: a profile that is named is kept.
 */
export function profileOf({ profile }: Pattern, { outcome, address, patient }: Entry): string | null {
  if (profile === null || outcome !== 'allowed' || address === null) return null;
  if (profile === disclosure.profile) return patient === null ? null : `${profiles}/IHE.BasicAudit.${profile}`;
  return `${profiles}/IHE.BasicAudit.${patient === null ? '' : 'Patient'}${profile}`;
}
