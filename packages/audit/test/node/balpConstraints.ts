import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from 'fhir/r4.js';

/**
 * The constraints of IHE's Basic Audit Log Patterns 1.1.3, written out by hand from its FHIR Shorthand
 * (github.com/IHE/ITI.BasicAudit, input/fsh: PatientRead, PatientCreate, PatientUpdate, PatientDelete, PatientQuery, Disclose):
 * no registry of npm packages has the StructureDefinitions. Nothing here comes from the code under test.
 */

const base = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';
const interaction = 'http://hl7.org/fhir/restful-interaction';
const rest = 'http://terminology.hl7.org/CodeSystem/audit-event-type|rest';
const dcm = (code: string): string => `http://dicom.nema.org/resources/ontology/DCM|${code}`;
const participation = (code: string): string => `http://terminology.hl7.org/CodeSystem/v3-ParticipationType|${code}`;
const entityType = (code: string): string => `http://terminology.hl7.org/CodeSystem/audit-entity-type|${code}`;
const objectRole = (code: string): string => `http://terminology.hl7.org/CodeSystem/object-role|${code}`;
const requestIdType = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType|XrequestId';
const dataSources = ['AUT', 'INF', 'CST'].map(participation);
const recipients = [participation('IRCP')];

interface Rules {
  readonly type: string;
  readonly action: AuditEvent['action'];
  /** One of which there must be. */
  readonly subtypes: readonly string[];
  /** Whether there may be no other subtype. */
  readonly isOnlySubtype?: true;
  readonly client: string;
  readonly server: string;
  readonly users: readonly string[];
  /** Members that the slices may not have. */
  readonly bareAgents?: true;
  readonly bareEntities?: true;
  readonly data: 'object' | 'query' | 'any';
}

const agents = { source: dcm('110153'), destination: dcm('110152') };
const rules: Readonly<Record<string, Rules>> = {
  Read: {
    ...{ type: rest, action: 'R', subtypes: [`${interaction}|read`, `${interaction}|vread`], data: 'object' },
    ...{ client: agents.destination, server: agents.source, users: recipients },
  },
  Create: {
    ...{ type: rest, action: 'C', subtypes: [`${interaction}|create`], data: 'object' },
    ...{ client: agents.source, server: agents.destination, users: dataSources },
  },
  Update: {
    ...{ type: rest, action: 'U', subtypes: [`${interaction}|update`, `${interaction}|patch`], data: 'object' },
    ...{ client: agents.source, server: agents.destination, users: dataSources },
  },
  Delete: {
    ...{ type: rest, action: 'D', subtypes: [`${interaction}|delete`], isOnlySubtype: true, data: 'object' },
    ...{ bareAgents: true, bareEntities: true, client: dcm('110150'), users: dataSources },
    server: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type|custodian',
  },
  Query: {
    ...{ type: rest, action: 'E', data: 'query' },
    subtypes: ['search', 'search-type', 'search-system'].map((code) => `${interaction}|${code}`),
    ...{ client: agents.source, server: agents.destination, users: recipients },
  },
  'PrivacyDisclosure.Source': {
    ...{ type: dcm('110106'), action: 'R', data: 'any' },
    subtypes: ['http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle|disclose'],
    ...{ client: agents.destination, server: agents.source, users: recipients },
  },
};

const codeOf = (coding: Coding | undefined): string => `${coding?.system ?? ''}|${coding?.code ?? ''}`;
const typesOf = ({ type }: AuditEventAgent): string[] => (type?.coding ?? []).map(codeOf);
const agentsOf = ({ agent }: AuditEvent, type: string): AuditEventAgent[] =>
  agent.filter((one) => typesOf(one).includes(type));
const entitiesOf = ({ entity }: AuditEvent, type: string): AuditEventEntity[] =>
  (entity ?? []).filter((one) => codeOf(one.type) === type);
const has = (thing: object, ...members: readonly string[]): boolean => members.some((member) => member in thing);

function* headFaults(event: AuditEvent, rule: Rules, name: string): Generator<string> {
  const subtypes = (event.subtype ?? []).map(codeOf);
  if (codeOf(event.type) !== rule.type) yield 'type';
  if (event.action !== rule.action) yield 'action';
  if (!subtypes.some((code) => rule.subtypes.includes(code))) yield 'subtype';
  if (rule.isOnlySubtype && subtypes.length !== 1) yield 'subtype 1..1';
  if (!event.recorded) yield 'recorded';
  if (name === 'PrivacyDisclosure.Source' ? !event.outcome : event.outcome !== '0') yield 'outcome';
  if (name === 'PrivacyDisclosure.Source' && has(event, 'modifierExtension')) yield 'modifierExtension 0..0';
}

function* agentFaults(event: AuditEvent, rule: Rules, name: string): Generator<string> {
  for (const type of [rule.client, rule.server]) {
    const [agent, ...more] = agentsOf(event, type);
    if (agent === undefined || more.length > 0) yield `agent ${type} 1..1`;
    if (agent?.who === undefined) yield `agent ${type} who`;
    if (agent?.network === undefined) yield `agent ${type} network`;
    if (agent !== undefined && has(agent, 'media')) yield `agent ${type} media 0..0`;
    if (rule.bareAgents && agent !== undefined) {
      if (has(agent, 'role', 'altId', 'name', 'location', 'policy', 'purposeOfUse')) yield `agent ${type} 0..0`;
    }
  }
  const users = event.agent.filter((one) => typesOf(one).some((type) => rule.users.includes(type)));
  if (users.length > 1) yield 'user 0..1';
  for (const user of users) {
    if (user.who === undefined || !user.requestor) yield 'user who and requestor';
    if (has(user, 'media', 'network')) yield 'user media and network 0..0';
    if (rule.bareAgents && has(user, 'altId', 'location', 'policy')) yield 'user 0..0';
  }
  // Invariant val-audit-source.
  const [source] = agentsOf(event, rule.server);
  const isObserver = JSON.stringify(source?.who) === JSON.stringify(event.source.observer);
  if (name === 'PrivacyDisclosure.Source' && !isObserver) yield 'val-audit-source';
}

function* dataFaults(event: AuditEvent, rule: Rules): Generator<string> {
  const [data, ...more] = entitiesOf(event, entityType('2'));
  if (data === undefined || more.length > 0) {
    yield 'data 1..1';
    return;
  }
  const role = codeOf(data.role);
  if (rule.data === 'object') {
    if (!['4', '3', '20'].map(objectRole).includes(role)) yield 'data role';
    if (data.what === undefined) yield 'data what';
    if (rule.bareEntities && has(data, 'lifecycle', 'name', 'query', 'detail')) yield 'data 0..0';
  }
  if (rule.data === 'query') {
    if (role !== objectRole('24')) yield 'query role';
    if (!data.query) yield 'query 1..1';
    if (has(data, 'what', 'lifecycle', 'detail')) yield 'query 0..0';
  }
}

function* entityFaults(event: AuditEvent, rule: Rules, isPatients: boolean): Generator<string> {
  if (rule.data !== 'any') yield* dataFaults(event, rule);
  const requests = entitiesOf(event, requestIdType);
  if (requests.length > 1) yield 'transaction 0..1';
  for (const request of requests) if (!request.what?.identifier?.value) yield 'transaction what';
  if (!isPatients) return;
  const [patient, ...others] = entitiesOf(event, entityType('1'));
  if (patient === undefined || others.length > 0) yield 'patient 1..1';
  if (codeOf(patient?.role) !== objectRole('1')) yield 'patient role';
  if (patient?.what?.type !== 'Patient') yield 'patient what';
  if (rule.bareEntities && has(patient ?? {}, 'lifecycle', 'name', 'query', 'detail')) yield 'patient 0..0';
  if ((event.entity ?? []).length < 2) yield 'entity 2..';
}

/** What of the profile that an event names doesn't hold; of one that names none, nothing. */
export function balpFaults(event: AuditEvent): string[] {
  return (event.meta?.profile ?? []).flatMap((url) => {
    const called = url.startsWith(base) ? url.slice(base.length) : '';
    const name = called.replace(/^Patient/, '');
    const rule = rules[name];
    if (rule === undefined) return [`profile ${url}`];
    const isPatients = called !== name || name === 'PrivacyDisclosure.Source';
    return [
      ...headFaults(event, rule, name),
      ...agentFaults(event, rule, name),
      ...entityFaults(event, rule, isPatients),
    ];
  });
}
