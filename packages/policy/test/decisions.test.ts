import { participantId, type StaffId, visitId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import {
  type AccessRequest,
  type Assignment,
  checkPolicies,
  createPolicy,
  type PatientFacts,
  type Person,
  type Resource,
  type Role,
  roles,
} from '../src/index.ts';
import {
  ask,
  clinic,
  note,
  now,
  ours,
  patient,
  patients,
  physician,
  schema,
  staff,
  staffMember,
  texts,
} from './ask.ts';

const policy = createPolicy(clinic, ours);
const tagOf = (request: AccessRequest) => policy.decide(request).tag;

describe('nothing is permitted that no policy permits', () => {
  it('refuses who holds no role', () => {
    const decision = policy.decide(ask({ assignments: [] }));
    expect(decision).toEqual({ tag: 'refuse', refusals: [{ assignment: null, reason: 'notGranted', by: [] }] });
  });

  it('refuses an action that nobody knows, a group of actions, and a resource that the action isn’t for', () => {
    for (const action of ['object:open:everything', 'object:open:*', 'object:*', '', 'visit:host']) {
      expect(policy.decide(ask({ action }))).toMatchObject({ refusals: [{ reason: 'undecidable' }] });
    }
  });

  it('refuses what can’t even be asked', () => {
    expect(policy.decide(ask({ action: '\ud800' }))).toMatchObject({ refusals: [{ reason: 'undecidable' }] });
    expect(policy.decide(ask({}, { purpose: '\ud800' }))).toMatchObject({ refusals: [{ reason: 'undecidable' }] });
  });

  it('refuses what comes from no address, or at no time', () => {
    for (const address of ['', 'localhost', '10.0.0.0/8', '1.2.3', 'fe80::g']) {
      expect(policy.decide(ask({}, { address }))).toMatchObject({ refusals: [{ reason: 'undecidable' }] });
    }
    expect(tagOf(ask({}, { now: new Date(Number.NaN) }))).toBe('refuse');
  });
});

describe('reviewing', () => {
  const reviews = (changes: Parameters<typeof ask>[0], purpose = 'HOPERAT', passkey = true) =>
    tagOf(ask({ assignments: [{ ...physician, role: 'privacyOfficer' }], ...changes }, { purpose, passkey }));

  it('a recording is open to a privacy officer, with a passkey and for that purpose alone', () => {
    expect(reviews({ action: 'object:open:recording' })).toBe('permit');
    expect(reviews({ action: 'object:open:recording' }, 'TREAT')).toBe('refuse');
    expect(reviews({ action: 'object:open:recording' }, 'HOPERAT', false)).toBe('refuse');
    for (const role of ['admin', 'staff', 'guest'] as const) {
      const action = 'object:open:recording';
      expect(reviews({ action, assignments: [{ ...physician, role }] })).toBe('refuse');
    }
  });

  it.each(['note', 'intake', 'reason', 'file', 'any'])('opens no %s', (kind) => {
    expect(reviews({ action: `object:open:${kind}` })).toBe('refuse');
  });
});

describe('keeping a copy', () => {
  const self: Assignment = { ...physician, role: 'patient', person: { kind: 'patient', id: patient.id } };
  const kinds = ['recording', 'note', 'intake', 'reason', 'file', 'any'];

  it('is a patient’s right of what is theirs, with a passkey and at their own request', () => {
    for (const kind of kinds) {
      const own = { action: `object:copy:${kind}`, assignments: [self] };
      expect(tagOf(ask(own, { purpose: 'PATRQT' }))).toBe('permit');
      expect(tagOf(ask(own, { purpose: 'TREAT' }))).toBe('refuse');
      expect(tagOf(ask(own, { purpose: 'PATRQT', passkey: false }))).toBe('refuse');
      const other: Assignment = { ...self, person: { kind: 'patient', id: patients('q') } };
      expect(tagOf(ask({ ...own, assignments: [other] }, { purpose: 'PATRQT' }))).toBe('refuse');
    }
  });

  it('isn’t granted to staff, whatever they may open, nor in an emergency', () => {
    const breakGlass = { patient: patient.id, since: now };
    for (const role of roles) {
      for (const purpose of ['TREAT', 'HOPERAT', 'PATRQT', 'ETREAT']) {
        const copies = ask(
          { action: 'object:copy:recording', assignments: [{ ...physician, role }] },
          { purpose, breakGlass },
        );
        expect(tagOf(copies)).toBe('refuse');
      }
    }
  });

  it('is another action than opening, and of one kind only: a permit for it is none for the others', () => {
    const more = `@id("officer-copies") permit (
      principal in Sotto::Role::"privacyOfficer", action == Sotto::Action::"object:copy:recording", resource);`;
    const extended = createPolicy(clinic, checkPolicies(schema, [...texts, more]));
    const assignments = [{ ...physician, role: 'privacyOfficer' as const }];
    const askFor = (what: string) => ask({ assignments, action: `object:${what}` }, { purpose: 'PATRQT' });
    const asked = ['copy:recording', 'open:recording', 'copy:note'].map(askFor);
    expect(asked.map((one) => extended.decide(one).tag)).toEqual(['permit', 'refuse', 'refuse']);
  });
});

describe('opening a note', () => {
  const opens: Record<(typeof roles)[number], boolean> = {
    patient: false,
    physician: true,
    nurse: true,
    guest: false,
    staff: false,
    privacyOfficer: false,
    admin: false,
  };
  for (const role of roles) {
    it(`is ${opens[role] ? 'open' : 'closed'} to a ${role} of the care team`, () => {
      expect(tagOf(ask({ assignments: [{ ...physician, role }] }))).toBe(opens[role] ? 'permit' : 'refuse');
    });
  }

  it('is closed to a clinician without a relationship', () => {
    const stranger: Assignment = { ...physician, person: staffMember('e') };
    expect(policy.decide(ask({ assignments: [stranger] }))).toMatchObject({ refusals: [{ reason: 'notGranted' }] });
  });

  it('is open to who was in the visit that it comes from, after they left the care team', () => {
    const resource: Resource = { ...note, patient: { ...patient, careTeam: [] } };
    expect(policy.decide(ask({ resource }))).toMatchObject({ tag: 'permit', by: ['clinician-was-there'] });
  });

  it('is open to the patient whose it is, and to no other patient', () => {
    const self: Assignment = { ...physician, role: 'patient', person: { kind: 'patient', id: patient.id } };
    expect(tagOf(ask({ assignments: [self] }))).toBe('permit');
    expect(tagOf(ask({ assignments: [{ ...self, person: { kind: 'patient', id: patients('q') } }] }))).toBe('refuse');
  });

  it('is closed without a passkey, to everybody', () => {
    expect(policy.decide(ask({}, { passkey: false }))).toMatchObject({
      refusals: [{ reason: 'forbidden', by: ['passkey-must-sign'] }],
    });
  });

  it('is for every kind of object by one wildcard', () => {
    for (const kind of ['recording', 'note', 'intake', 'reason', 'file']) {
      expect(tagOf(ask({ action: `object:open:${kind}` }))).toBe('permit');
    }
  });

  it('needs only one of the roles that somebody holds', () => {
    const admin: Assignment = { ...physician, id: 'a2', role: 'admin' };
    expect(policy.decide(ask({ assignments: [admin, physician] }))).toMatchObject({ assignment: { id: 'a1' } });
  });
});

describe('those who watch', () => {
  const officer: Assignment = { ...physician, role: 'privacyOfficer', person: staffMember('o') };
  const log: Resource = { type: 'AccessLog', patient };
  const account: Resource = { type: 'Account', staff: staff('d') };

  it('read and export logs, keep the directory and the keys, and open nothing', () => {
    const may = (action: string, resource: Resource) => tagOf(ask({ assignments: [officer], action, resource }));
    expect(may('log:read', log)).toBe('permit');
    expect(may('log:read', { type: 'AccessLog' })).toBe('permit');
    expect(may('log:export', log)).toBe('permit');
    expect(may('directory:enrol', account)).toBe('permit');
    expect(may('key:shred', note)).toBe('permit');
    expect(may('object:open:note', note)).toBe('refuse');
  });

  it('are the only ones who enrol', () => {
    for (const role of roles.filter((one) => one !== 'privacyOfficer')) {
      const asked = ask({ assignments: [{ ...officer, role }], action: 'directory:enrol', resource: account });
      expect(tagOf(asked)).toBe('refuse');
    }
  });

  it('let patients and their clinicians read what was done with the patient’s data, and nobody read all of it', () => {
    const own: Assignment = { ...physician, role: 'patient', person: { kind: 'patient', id: patient.id } };
    expect(tagOf(ask({ assignments: [own], action: 'log:read', resource: log }))).toBe('permit');
    expect(tagOf(ask({ action: 'log:read', resource: log }))).toBe('permit');
    expect(tagOf(ask({ action: 'log:read', resource: { type: 'AccessLog' } }))).toBe('refuse');
  });
});

describe('limits that no role lifts', () => {
  const officer: Assignment = { ...physician, role: 'privacyOfficer', person: staffMember('o') };
  const visit: Resource = { ...note, type: 'Visit', id: visitId.parse('v'.repeat(21).concat('A')), isLive: false };

  it('legal hold stops shredding, of the patient and of any object', () => {
    const held = { ...patient, legalHold: true };
    for (const resource of [note, { type: 'Patient', patient } as const]) {
      const shred = (of: typeof patient) =>
        tagOf(ask({ assignments: [officer], action: 'key:shred', resource: { ...resource, patient: of } }));
      expect([shred(patient), shred(held)]).toEqual(['permit', 'refuse']);
    }
  });

  it('nobody enrols, replaces or revokes themselves', () => {
    for (const action of ['directory:enrol', 'directory:replace', 'directory:revoke']) {
      const may = (letter: string) =>
        tagOf(ask({ assignments: [officer], action, resource: { type: 'Account', staff: staff(letter) } }));
      expect([may('d'), may('o')]).toEqual(['permit', 'refuse']);
    }
  });

  it('a visit is hosted from a session that a passkey began', () => {
    const host = (passkeySession: boolean) => tagOf(ask({ action: 'visit:host', resource: visit }, { passkeySession }));
    expect([host(true), host(false)]).toEqual(['permit', 'refuse']);
    expect(tagOf(ask({ action: 'visit:schedule', resource: { type: 'Clinic' } }, { passkeySession: false }))).toBe(
      'permit',
    );
  });

  it('members of staff have things opened from a session that a passkey began; patients by their own key alone', () => {
    for (const role of roles.filter((one) => one !== 'guest')) {
      const person: Person = role === 'patient' ? { kind: 'patient', id: patient.id } : staffMember('d');
      const assignments = [{ ...physician, role, person }];
      const open = (passkeySession: boolean) =>
        tagOf(ask({ assignments, action: 'relay:release', resource: { type: 'Clinic' } }, { passkeySession }));
      expect([role, open(true), open(false)]).toEqual([role, 'permit', role === 'patient' ? 'permit' : 'refuse']);
    }
  });

  it('a member of staff isn’t the patient of the same number', () => {
    const same: Assignment = { ...physician, role: 'patient', person: { kind: 'staff', id: staff('p') } };
    expect(tagOf(ask({ assignments: [same] }))).toBe('refuse');
  });
});

describe('an emergency', () => {
  const stranger: Assignment = { ...physician, person: staffMember('e') };
  const breakGlass = { patient: patient.id, since: new Date(now.getTime() - 59 * 60_000) };
  const emergency = { breakGlass, purpose: 'ETREAT' };

  it('opens one patient’s objects to a clinician without a relationship, off hours and from anywhere', () => {
    const limited: Assignment = { ...stranger, network: '10.0.0.0/8', hours: { from: 0, to: 1, days: [7] } };
    expect(tagOf(ask({ assignments: [limited] }, { address: '203.0.113.9', ...emergency }))).toBe('permit');
  });

  it('ends with its hour, and is for that patient and that purpose only', () => {
    const anHourAgo = new Date(now.getTime() - 60 * 60_000);
    expect(
      tagOf(
        ask(
          { assignments: [stranger] },
          { ...emergency, breakGlass: { ...breakGlass, since: new Date(now.getTime() + 1) } },
        ),
      ),
    ).toBe('refuse');
    expect(tagOf(ask({ assignments: [stranger] }, { ...emergency, purpose: 'HMARKT' }))).toBe('refuse');
    expect(
      tagOf(ask({ assignments: [stranger] }, { ...emergency, breakGlass: { ...breakGlass, since: anHourAgo } })),
    ).toBe('refuse');
    expect(
      tagOf(ask({ assignments: [stranger] }, { ...emergency, breakGlass: { ...breakGlass, patient: patients('q') } })),
    ).toBe('refuse');
  });

  it('needs the passkey, and a clinician whose role is still valid', () => {
    expect(tagOf(ask({ assignments: [stranger] }, { ...emergency, passkey: false }))).toBe('refuse');
    expect(tagOf(ask({ assignments: [{ ...stranger, role: 'admin' }] }, emergency))).toBe('refuse');
    expect(tagOf(ask({ assignments: [{ ...stranger, validUntil: now }] }, emergency))).toBe('refuse');
  });

  it('lifts no limit of anybody but a clinician', () => {
    const self: Assignment = { ...physician, role: 'patient', person: { kind: 'patient', id: patient.id } };
    const limited: Assignment = { ...self, network: '10.0.0.0/8' };
    expect(tagOf(ask({ assignments: [limited] }, { ...emergency, address: '203.0.113.9' }))).toBe('refuse');
  });

  it('opens nothing but objects', () => {
    const asked = ask({ assignments: [stranger], action: 'key:shred' }, emergency);
    expect(tagOf(asked)).toBe('refuse');
  });
});

describe('what the api asks', () => {
  const me: Record<Role, Person> = {
    ...{ physician: staffMember('d'), nurse: staffMember('d'), staff: staffMember('d') },
    ...{ privacyOfficer: staffMember('d'), admin: staffMember('d') },
    patient: { kind: 'patient', id: patient.id },
    guest: { kind: 'guest', id: participantId.parse('g'.repeat(21).concat('A')) },
  };
  const id = visitId.parse('v'.repeat(21).concat('A'));
  const stranger: PatientFacts = { id: patients('q'), careTeam: [staff('e')], legalHold: false };
  const may = (action: string, resourceOf: (person: Person) => Resource): Role[] =>
    roles.filter((role) => {
      const assignments = [{ ...physician, role, person: me[role] }];
      const circumstances = { passkey: false, passkeySession: false, purpose: '' };
      return tagOf(ask({ assignments, action, resource: resourceOf(me[role]) }, circumstances)) === 'permit';
    });
  const sealed = (writer: StaffId, isFinished: boolean) => ({ writer, isFinished, isOfLiveVisit: true });
  const clinicItself = (): Resource => ({ type: 'Clinic' });
  const ownVisit = (person: Person): Resource => ({ type: 'Visit', id, patient, participants: [person], isLive: true });
  const othersVisit = (): Resource => ({ type: 'Visit', id, patient: stranger, participants: [], isLive: true });
  const ownDraft = (): Resource => ({ ...note, sealed: sealed(staff('d'), false) });
  const othersDraft = (): Resource => ({ ...note, sealed: sealed(staff('e'), false) });
  const othersFinished = (): Resource => ({ ...note, patient: stranger, sealed: sealed(staff('e'), true) });
  const ownFinished = (): Resource => ({ ...note, sealed: sealed(staff('e'), true) });
  const ownLog = (person: Person): Resource => ({ type: 'AccessLog', person });
  const patientItself = (): Resource => ({ type: 'Patient', patient });
  const everyStaff: readonly Role[] = ['physician', 'nurse', 'staff', 'privacyOfficer', 'admin'];
  const keyHolders: readonly Role[] = ['patient', ...everyStaff];

  type Row = [action: string, what: string, resourceOf: (person: Person) => Resource, permitted: readonly Role[]];
  const each = (actions: readonly string[], ...[what, resourceOf, permitted]: [Row[1], Row[2], Row[3]]): Row[] =>
    actions.map((action) => [action, what, resourceOf, permitted]);

  it.each<Row>([
    ...each(['visit:read', 'visit:join'], 'own', ownVisit, ['patient', 'physician', 'nurse', 'guest']),
    ...each(['visit:invite', 'visit:end'], 'own', ownVisit, ['physician']),
    ['visit:host', 'own, without a passkey', ownVisit, []],
    ['object:list', 'own', ownVisit, ['physician', 'nurse']],
    ['object:write', 'own', ownVisit, ['patient', 'physician', 'nurse']],
    ...(['read', 'join', 'invite', 'end', 'host'] as const).map((name): [string, string, () => Resource, []] => [
      `visit:${name}`,
      'others’',
      othersVisit,
      [],
    ]),
    ['object:list', 'others’', othersVisit, []],
    ['object:write', 'others’', othersVisit, []],
    ...each(['visit:schedule', 'visit:read', 'patient:find'], 'the clinic’s', clinicItself, ['physician']),
    ['object:store', 'own', ownDraft, ['physician', 'nurse']],
    ['object:store', 'others’', othersDraft, []],
    ['object:store', 'nobody says whose', () => note, []],
    ['object:fetch', 'own, unfinished', ownDraft, ['physician', 'nurse', 'privacyOfficer']],
    ['object:fetch', 'others’, unfinished', othersDraft, []],
    [
      'object:fetch',
      'finished, of one’s own patient',
      ownFinished,
      ['patient', 'physician', 'nurse', 'privacyOfficer'],
    ],
    ['object:fetch', 'finished, of another patient', othersFinished, ['physician', 'nurse', 'privacyOfficer']],
    ['object:fetch', 'nobody says whether finished', () => note, []],
    ...each(['relay:nonce', 'relay:enrol', 'relay:close'], 'own', clinicItself, keyHolders),
    ['relay:release', 'own, without a passkey', clinicItself, ['patient']],
    ['relay:act', 'own', clinicItself, everyStaff],
    ['directory:read', 'the clinic’s', clinicItself, keyHolders],
    ['directory:waiting', 'the clinic’s', clinicItself, ['physician', 'privacyOfficer']],
    ...each(['kept:holds', 'kept:restrictions', 'kept:notices', 'kept:outbox'], 'the clinic’s', clinicItself, [
      'privacyOfficer',
    ]),
    ['kept:read', 'anybody’s', patientItself, ['privacyOfficer']],
    ['portal:read', 'own', patientItself, ['patient']],
    ['portal:read', 'another’s', () => ({ type: 'Patient', patient: stranger }), []],
    ['portal:notices', 'own', patientItself, ['patient']],
    ['portal:notices', 'another’s', () => ({ type: 'Patient', patient: stranger }), []],
    ['log:read', 'of what one did', ownLog, everyStaff],
    ['log:read', 'of what another did', () => ({ type: 'AccessLog', person: staffMember('e') }), ['privacyOfficer']],
  ])('%s of %s', (action, _, resourceOf, permitted) => {
    expect(may(action, resourceOf)).toEqual(permitted);
  });

  it('isn’t let a staff id be taken for a guest’s or a patient’s of the same letters', () => {
    const same = 'd'.repeat(21).concat('A');
    const guest: Assignment = { ...physician, role: 'guest', person: { kind: 'guest', id: participantId.parse(same) } };
    const resource = ownVisit(staffMember('d'));
    expect(tagOf(ask({ assignments: [guest], action: 'visit:read', resource }))).toBe('refuse');
  });
});
