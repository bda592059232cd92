import { describe, expect, it } from 'vitest';
import { toAuditBundle, toAuditEvent } from '../src/fhirAuditEvent.ts';
import { sampleEntry } from './samples.ts';

const origin = 'access.log.test';
const commitment = new Uint8Array(32).fill(7);
const placed = (change: Parameters<typeof sampleEntry>[0]) => ({ entry: sampleEntry(change), index: 41, commitment });

describe('an entry as a FHIR AuditEvent', () => {
  const opening = toAuditEvent(
    placed({
      id: '_-8AECAwQFBgcICQoLDA0A',
      action: 'object.release',
      resource: 'object:o1',
      patient: 'p1',
      patientSequence: 1,
      purpose: 'emergency:lifeThreat',
      outcome: 'refused',
    }),
    origin,
  );

  it('says what was done, when, why and with what result', () => {
    expect(opening).toMatchObject({
      resourceType: 'AuditEvent',
      type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
      subtype: [{ code: 'read' }, { code: 'object.release' }],
      action: 'R',
      recorded: '2026-11-22T08:00:00.000Z',
      outcome: '4',
      purposeOfEvent: [{ coding: [{ code: 'ETREAT' }], text: 'lifeThreat' }],
      source: { observer: { display: origin } },
    });
  });

  it('names who acted, from where, and with what', () => {
    expect(opening.agent).toMatchObject([
      {
        who: { identifier: { value: 'staff-1' } },
        role: [{ text: 'physician' }],
        requestor: true,
        purposeOfUse: [{ coding: [{ code: 'ETREAT' }], text: 'lifeThreat' }],
      },
      { who: { display: 'Example/1.0' }, requestor: false, network: { address: '192.0.2.7', type: '2' } },
      { who: { display: origin }, requestor: false, network: { address: origin, type: '1' } },
    ]);
  });

  it('names the patient, the object with its place in the log, and the request', () => {
    expect(opening.entity).toMatchObject([
      { what: { identifier: { value: 'p1' } }, role: { code: '1' } },
      {
        what: { identifier: { value: 'object:o1' } },
        role: { code: '4' },
      },
      {
        what: { identifier: { value: '_-8AECAwQFBgcICQoLDA0A' } },
        type: { code: 'log-entry' },
        detail: [
          { valueString: '41' },
          { type: 'commitment', valueString: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc' },
          { type: 'action', valueString: 'object.release' },
        ],
      },
      { what: { identifier: { value: 'session-1' } }, type: { code: 'XrequestId' } },
    ]);
  });

  it('has an id that FHIR takes, of the same bits', () => {
    expect(opening.id).toBe('ffef0010-2030-4050-6070-8090a0b0c0d0');
  });

  it('has both of two who signed, one of whom asked', () => {
    const { agent } = toAuditEvent(placed({ actor: 'staff-1+staff-2', userAgent: null }), origin);
    expect(agent.slice(0, 2).map(({ who, requestor }) => [who?.identifier?.value, requestor])).toEqual([
      ['staff-1', true],
      ['staff-2', false],
    ]);
  });

  it.each([
    ['object.register', 'rest', 'C'],
    ['object.copy', '110106', 'R'],
    ['object.release', 'rest', 'R'],
    ['object.close', 'object.close', 'E'],
    ['key.shred', 'rest', 'D'],
    ['recordings.look', 'rest', 'E'],
    ['legalHold.place', 'rest', 'U'],
    ['restriction.place', 'rest', 'U'],
    ['restriction.lift', 'rest', 'U'],
    ['log.read', '110101', 'R'],
    ['audit.erase', '110101', 'D'],
    ['clinician.enrol', '110137', 'C'],
    ['session:begin:passkey', '110114', 'E'],
    ['patient.signIn', '110114', 'E'],
    ['patient:signOut', '110114', 'E'],
    ['portal:sessions', 'rest', 'R'],
    ['portal:sessions:end', '110114', 'E'],
    ['object:fetch:intent', 'intent', 'E'],
    ['visit:list', 'rest', 'E'],
    ['visit:schedule', 'rest', 'C'],
    ['patient:find', 'rest', 'E'],
    ['visit:invite:withdraw', 'rest', 'U'],
    ['people:giveRole', '110137', 'U'],
    ['people:read', 'rest', 'R'],
    ['log:platform', '110101', 'R'],
    ['portal:notices', 'rest', 'U'],
    ['portal:notices:read', 'rest', 'R'],
    ['kept:notices', 'rest', 'R'],
    ['relay:release', 'rest', 'R'],
    ['relay:close', 'object.close', 'E'],
    ['account:offer', 'rest', 'R'],
    ['patientCredential.revoke', '110137', 'U'],
  ])('codes %s as %s, %s', (action, code, kind) => {
    const event = toAuditEvent(placed({ action }), origin);
    expect([event.type.code, event.action]).toEqual([code, kind]);
  });

  it('counts one opening as one reading, whose time is its period', () => {
    const opened = { ...placed({ action: 'object.release', resource: 'object:o1', session: 's1' }), index: 4 };
    const change = { action: 'object.close', resource: 'object:o1', session: 's1', purpose: 'open:90' };
    const bundle = toAuditBundle([opened, placed({ ...change, id: 'AQAAAAAAAAAAAAAAAAAAAA' })], origin, new Date(0));
    const events = bundle.entry?.flatMap(({ resource }) => resource ?? []) ?? [];
    const isReading = (event: (typeof events)[number]) => event.type.code === 'rest' && event.action === 'R';
    expect(events.map(isReading)).toEqual([true, false]);
    expect(events.map(({ period }) => period)).toEqual([
      { start: '2026-11-22T08:00:00.000Z', end: '2026-11-22T08:01:30.000Z' },
      undefined,
    ]);
    expect(events[1]?.subtype).toMatchObject([{ code: 'object.close' }]);
  });

  it('leaves out what an entry doesn’t say', () => {
    const bare = toAuditEvent(placed({ purpose: null, session: null, address: null, userAgent: null }), origin);
    expect(bare).not.toHaveProperty('purposeOfEvent');
    expect(bare.agent).toHaveLength(2);
    expect(bare.agent[0]).not.toHaveProperty('purposeOfUse');
    expect(bare.entity).toHaveLength(2);
  });
});

it('puts entries together in their order', () => {
  const bundle = toAuditBundle([placed({}), placed({ id: 'AQAAAAAAAAAAAAAAAAAAAA' })], origin, new Date(0));
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection', timestamp: '1970-01-01T00:00:00.000Z' });
  expect(bundle.entry?.map(({ fullUrl }) => fullUrl)).toEqual([
    'urn:uuid:00000000-0000-0000-0000-000000000000',
    'urn:uuid:01000000-0000-0000-0000-000000000000',
  ]);
});
