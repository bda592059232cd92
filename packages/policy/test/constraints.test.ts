import { visitId } from '@sotto/protocol/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assignment, createPolicy, type Hours, type Person, type Resource } from '../src/index.ts';
import { ask, clinic, note, now, ours, patient, physician, staff, staffMember } from './ask.ts';

const policy = createPolicy(clinic, ours);

describe('a network', () => {
  const may = (network: string, address: string) =>
    policy.decide(ask({ assignments: [{ ...physician, network }] }, { address })).tag === 'permit';

  it('lets in who comes from it, and nobody else', () => {
    expect(may('10.0.0.0/8', '10.255.0.1')).toBe(true);
    expect(may('10.0.0.0/8', '11.0.0.1')).toBe(false);
    expect(may('192.0.2.7', '192.0.2.7')).toBe(true);
    expect(may('2001:db8::/32', '2001:db8:1::1')).toBe(true);
    expect(may('2001:db8::/32', '2001:db9::1')).toBe(false);
  });

  it('sees through IPv4-mapped addresses, in both spellings', () => {
    expect(may('10.0.0.0/8', '::ffff:10.1.2.3')).toBe(true);
    expect(may('10.0.0.0/8', '::FFFF:0a01:0203')).toBe(true);
    expect(may('10.0.0.0/8', '::ffff:11.1.2.3')).toBe(false);
    expect(may('10.0.0.0/8', '::ffff:0b01:0203')).toBe(false);
    expect(may('192.0.2.7/32', '::ffff:192.0.2.7')).toBe(true);
    expect(may('192.0.2.7/32', '::ffff:192.0.2.8')).toBe(false);
    // Spelt out, as no socket does: for nobody's.
    expect(may('192.0.2.7/32', '0:0:0:0:0:ffff:c000:207')).toBe(false);
    // Compatible and translated addresses of old are IPv6 addresses like others.
    for (const other of ['::10.1.2.3', '::ffff:0:10.1.2.3', '64:ff9b::10.1.2.3', '2002:a01:203::1']) {
      expect(may('10.0.0.0/8', other)).toBe(false);
    }
  });

  it('isn’t crossed by the other family: a wide IPv6 network holds no IPv4 address', () => {
    expect(may('::/0', '10.1.2.3')).toBe(false);
    expect(may('0.0.0.0/0', '2001:db8::1')).toBe(false);
  });

  it('refuses when it is no network', () => {
    expect(may('10.0.0.0/40', '10.1.2.3')).toBe(false);
    expect(may('anywhere', '10.1.2.3')).toBe(false);
  });
});

describe('hours', () => {
  const every = [1, 2, 3, 4, 5, 6, 7];
  const may = (hours: Hours, at: string, by = policy) =>
    by.decide(ask({ assignments: [{ ...physician, hours }] }, { now: new Date(at) })).tag === 'permit';
  const office = { from: 8 * 60, to: 18 * 60, days: [1, 2, 3, 4, 5] };

  it('are those of the clinic, in summer and in winter', () => {
    expect(may(office, '2026-06-17T06:00:00Z')).toBe(true);
    expect(may(office, '2026-06-17T05:59:59Z')).toBe(false);
    expect(may(office, '2026-12-16T06:30:00Z')).toBe(false);
    expect(may(office, '2026-12-16T07:00:00Z')).toBe(true);
    expect(may(office, '2026-06-17T16:00:00Z')).toBe(false);
  });

  it('count by the clinic’s day, not by UTC’s', () => {
    // Saturday in UTC, still Friday in Los Angeles.
    expect(
      may(office, '2026-06-20T00:30:00Z', createPolicy({ ...clinic, timeZone: 'America/Los_Angeles' }, ours)),
    ).toBe(true);
    expect(may(office, '2026-06-20T10:00:00Z')).toBe(false);
  });

  it('follow clocks that are put forward and back', () => {
    const early = { from: 2 * 60, to: 3 * 60, days: [7] };
    // In Madrid there was no 2 o'clock on 29 March 2026, and two of it on 25 October.
    expect(may(early, '2026-03-29T00:59:59Z')).toBe(false);
    expect(may(early, '2026-03-29T01:00:00Z')).toBe(false);
    expect(may(early, '2026-10-25T00:00:00Z')).toBe(true);
    expect(may(early, '2026-10-25T01:30:00Z')).toBe(true);
    expect(may(early, '2026-10-25T02:00:00Z')).toBe(false);
  });

  it.each([
    ['Asia/Kolkata', '2026-06-17T02:29:00Z', '2026-06-17T02:30:00Z'],
    ['Australia/Lord_Howe', '2026-06-16T21:29:00Z', '2026-06-16T21:30:00Z'],
    // Where clocks go half an hour forward in summer.
    ['Australia/Lord_Howe', '2026-01-13T20:59:00Z', '2026-01-13T21:00:00Z'],
    ['Pacific/Kiritimati', '2026-06-16T17:59:00Z', '2026-06-16T18:00:00Z'],
    ['Pacific/Pago_Pago', '2026-06-17T18:59:00Z', '2026-06-17T19:00:00Z'],
    ['America/St_Johns', '2026-06-17T10:29:00Z', '2026-06-17T10:30:00Z'],
  ])('begin at eight by the clock of %s', (timeZone, before, from) => {
    const there = createPolicy({ ...clinic, timeZone }, ours);
    expect(may(office, before, there)).toBe(false);
    expect(may(office, from, there)).toBe(true);
  });

  it('go over midnight, on the days on which they begin', () => {
    const night = { from: 22 * 60, to: 6 * 60, days: [5] };
    expect(may(night, '2026-06-19T21:00:00Z')).toBe(true);
    expect(may(night, '2026-06-20T03:59:00Z')).toBe(true);
    expect(may(night, '2026-06-20T04:00:00Z')).toBe(false);
    expect(may(night, '2026-06-20T21:00:00Z')).toBe(false);
    expect(may(night, '2026-06-19T02:00:00Z')).toBe(false);
  });

  it('agree with a calendar worked out another way', () => {
    const utc = createPolicy({ ...clinic, timeZone: 'UTC' }, ours);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 1, max: 1440 }),
        fc.uniqueArray(fc.constantFrom(...every)),
        fc.integer({ min: 0, max: 7 * 1440 - 1 }),
        (from, to, days, minute) => {
          const monday = Date.UTC(2026, 5, 15);
          const begins = days.map((day) => (day - 1) * 1440 + from);
          const lasts = from <= to ? to - from : to + 1440 - from;
          const week = 7 * 1440;
          const expected = begins.some((start) => (minute - start + week) % week < lasts);
          const at = new Date(monday + minute * 60_000).toISOString();
          expect(may({ from, to, days }, at, utc)).toBe(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

it('nothing is decided by a clock that nobody has', () => {
  expect(() => createPolicy({ ...clinic, timeZone: 'Mars/Olympus' }, ours)).toThrow(RangeError);
});

describe('a term', () => {
  const tag = (validFrom: Date, validUntil?: Date) =>
    policy.decide(ask({ assignments: [{ ...physician, validFrom, ...(validUntil ? { validUntil } : {}) }] })).tag;
  const before = new Date(now.getTime() - 1);
  const after = new Date(now.getTime() + 1);

  it('begins with its first instant and ends before its last', () => {
    expect(tag(now)).toBe('permit');
    expect(tag(after)).toBe('refuse');
    expect(tag(before, after)).toBe('permit');
    expect(tag(before, now)).toBe('refuse');
  });

  it('is over at its end also for who has asked a moment before', () => {
    const validUntil = new Date(now.getTime() + 1_000);
    const at = (ms: number) =>
      policy.decide(ask({ assignments: [{ ...physician, validUntil }] }, { now: new Date(now.getTime() + ms) })).tag;
    expect([0, 999, 1_000, 1_001].map(at)).toEqual(['permit', 'permit', 'refuse', 'refuse']);
  });
});

describe('a visit of one’s own that goes on', () => {
  const id = visitId.parse('v'.repeat(21).concat('A'));
  const visit = { type: 'Visit', id, patient, participants: [staffMember('d')], isLive: true } as const;
  const draft = { ...note, sealed: { writer: staff('d'), isFinished: false, isOfLiveVisit: true } };
  const later = { from: 20 * 60, to: 21 * 60, days: [7] };
  const limited: [string, Assignment][] = [
    ['whose hours are over', { ...physician, hours: later }],
    ['who is in another network', { ...physician, network: '192.0.2.0/24' }],
    ['whose role is over', { ...physician, validUntil: now }],
    ['of whom all of that is true', { ...physician, hours: later, network: '192.0.2.0/24', validUntil: now }],
  ];
  const allowed = (assignment: Assignment, resource: Resource, actions: readonly string[]) =>
    actions.filter((action) => policy.decide(ask({ assignments: [assignment], action, resource })).tag === 'permit');
  const inVisit = ['visit:read', 'visit:join', 'visit:end', 'visit:invite', 'object:write', 'object:list'];
  /** What an emergency may take, out of hours and in another network. */
  const toKeystore = ['visit:read', 'object:list'];
  const inDraft = ['object:store', 'object:fetch'];

  it.each(limited)('isn’t cut for somebody %s', (_, assignment) => {
    expect(allowed(assignment, visit, [...inVisit, 'visit:schedule'])).toEqual(inVisit);
    expect(allowed(assignment, draft, [...inDraft, 'object:open:any', 'object:open:note'])).toEqual(inDraft);
    expect(allowed(assignment, { type: 'Clinic' }, ['relay:release', 'visit:read', 'visit:schedule'])).toEqual([]);
  });

  it.each(limited)('has whose keys count told to somebody %s, and no others', (_, assignment) => {
    const read = (inLiveVisit?: Person[]) =>
      allowed(assignment, { type: 'Clinic', ...(inLiveVisit ? { inLiveVisit } : {}) }, ['directory:read', 'relay:act']);
    expect(read([staffMember('d')])).toEqual(['directory:read']);
    // Hours and networks keep nobody from what an emergency may take; the end of a role does.
    const anyway = assignment.validUntil === undefined ? ['directory:read'] : [];
    for (const others of [[staffMember('e')], [], undefined]) expect(read(others)).toEqual(anyway);
  });

  it.each(limited)('or not, somebody %s tells that something is closed', (_, assignment) => {
    const closing = (one: Assignment) =>
      allowed(one, { type: 'Clinic' }, ['relay:close', 'relay:nonce', 'relay:release']);
    expect(closing(assignment)).toEqual(
      assignment.validUntil === undefined ? ['relay:close', 'relay:nonce'] : ['relay:close'],
    );
    expect(closing({ ...assignment, validFrom: new Date(now.getTime() + 1) })).toEqual([]);
  });

  it.each(limited)('lets in nobody %s where it isn’t live, isn’t theirs, or is handed in', (_, assignment) => {
    const stranger = { ...patient, careTeam: [staff('e')] };
    const others = { ...visit, patient: stranger, participants: [staffMember('e')] };
    const isRoleOver = assignment.validUntil !== undefined;
    expect(allowed(assignment, { ...visit, isLive: false }, inVisit)).toEqual(isRoleOver ? [] : toKeystore);
    expect(allowed(assignment, others, inVisit)).toEqual([]);
    for (const change of [{ writer: staff('e') }, { isFinished: true }, { isOfLiveVisit: false }]) {
      expect(allowed(assignment, { ...draft, sealed: { ...draft.sealed, ...change } }, ['object:store'])).toEqual([]);
    }
  });

  it('is nobody’s whose role hasn’t begun', () => {
    const validFrom = new Date(now.getTime() + 1);
    expect(allowed({ ...physician, validFrom }, visit, inVisit)).toEqual([]);
    expect(allowed({ ...physician, validFrom }, draft, inDraft)).toEqual([]);
  });
});

describe('an emergency', () => {
  const hours = { from: 20 * 60, to: 21 * 60, days: [7] };
  const limited: Assignment = { ...physician, hours, network: '192.0.2.0/24' };
  const finished: Resource = { ...note, sealed: { writer: staff('e'), isFinished: true, isOfLiveVisit: false } };
  const id = visitId.parse('v'.repeat(21).concat('A'));
  const own: Resource = { type: 'Visit', id, patient, participants: [staffMember('d')], isLive: false };
  const way: [string, Resource][] = [
    ['relay:nonce', { type: 'Clinic' }],
    ['directory:read', { type: 'Clinic' }],
    ['visit:read', own],
    ['object:list', own],
    ['object:fetch', finished],
    ['relay:release', { type: 'Clinic' }],
  ];
  const passes = (assignment: Assignment, declaresEmergency: boolean) =>
    way.flatMap(([action, resource]) =>
      policy.decide(ask({ assignments: [assignment], action, resource }, { declaresEmergency })).tag === 'permit'
        ? [action]
        : [],
    );

  it('has a way to the keystore out of a role’s hours and network; without one nothing is asked to be opened', () => {
    const sealed = ['relay:nonce', 'directory:read', 'visit:read', 'object:list', 'object:fetch'];
    for (const role of ['physician', 'nurse'] as const) {
      expect(passes({ ...limited, role }, true)).toEqual([...sealed, 'relay:release']);
      expect(passes({ ...limited, role }, false)).toEqual(sealed);
    }
  });

  it('is nobody’s whose role is over or hasn’t begun, nor of those who don’t treat', () => {
    expect(passes({ ...limited, validUntil: now }, true)).toEqual([]);
    expect(passes({ ...limited, validFrom: new Date(now.getTime() + 1) }, true)).toEqual([]);
    for (const role of ['privacyOfficer', 'staff', 'admin'] as const) {
      expect(passes({ ...limited, role }, true)).toEqual([]);
    }
  });

  it('has it too while somebody is suspended, and not once the role is over by itself', () => {
    const shifted = (ms: number) => new Date(now.getTime() + ms);
    const suspended = { ...physician, validUntil: shifted(-1000), suspended: { isSignedOut: false } };
    expect(passes(suspended, true)).toContain('relay:release');
    expect(passes(suspended, false)).not.toContain('relay:release');
    expect(passes({ ...suspended, suspended: { until: shifted(1), isSignedOut: true } }, true)).toContain(
      'relay:release',
    );
    expect(passes({ ...suspended, suspended: { until: shifted(0), isSignedOut: true } }, true)).toEqual([]);
    expect(passes({ ...suspended, validFrom: shifted(1) }, true)).toEqual([]);
    expect(passes({ ...suspended, role: 'privacyOfficer' }, true)).toEqual([]);
  });

  it.each(['physician', 'nurse'] as const)('is all that is left to a %s who was signed out', (role) => {
    const signedOut = { ...physician, role, validUntil: now, suspended: { isSignedOut: true } };
    const atWork = { ...signedOut, suspended: { isSignedOut: false } };
    const live: Resource = { ...own, isLive: true };
    const draft: Resource = { ...note, sealed: { writer: staff('d'), isFinished: false, isOfLiveVisit: true } };
    const account: Resource = { type: 'Account', staff: staff('e') };
    const log: Resource = { type: 'AccessLog', person: staffMember('d') };
    const asked: [string, Resource][] = [
      ...way,
      ['relay:close', { type: 'Clinic' }],
      ...[
        'visit:schedule',
        'visit:read',
        'relay:enrol',
        'relay:act',
        'directory:waiting',
        'people:read',
        'policy:ask',
      ].map((action): [string, Resource] => [action, { type: 'Clinic' }]),
      ...['visit:host', 'visit:join', 'visit:invite', 'visit:end', 'object:write'].map((action): [string, Resource] => [
        action,
        live,
      ]),
      ...[['object:store', draft] as const, ['log:read', log] as const, ['directory:enrol', account] as const].map(
        ([action, resource]): [string, Resource] => [action, resource],
      ),
    ];
    const permitted = (assignment: Assignment) =>
      asked
        .filter(
          ([action, resource]) =>
            policy.decide(ask({ assignments: [assignment], action, resource }, { declaresEmergency: true })).tag ===
            'permit',
        )
        .map(([action]) => action);
    expect(permitted(signedOut)).toEqual([...way.map(([action]) => action), 'relay:close']);
    // Whoever is in a visit goes on with it.
    expect(permitted(atWork)).toContain('visit:join');
    expect(permitted(atWork)).toContain('object:store');
  });

  it('that is only declared opens nothing by itself', () => {
    const opened = policy.decide(ask({ assignments: [limited] }, { declaresEmergency: true, purpose: 'ETREAT' }));
    expect(opened.tag).toBe('refuse');
  });
});

it('what was opened may be said to be closed, whatever became of the role', () => {
  const over = { ...physician, validUntil: now, network: '192.0.2.0/24', hours: { from: 0, to: 1, days: [7] } };
  const close = (assignment: Assignment) =>
    policy.decide(ask({ assignments: [assignment], action: 'relay:close', resource: { type: 'Clinic' } })).tag;
  expect(close(over)).toBe('permit');
  expect(close({ ...over, validFrom: new Date(now.getTime() + 1), validUntil: new Date(now.getTime() + 2) })).toBe(
    'refuse',
  );
  expect(close({ ...over, role: 'guest' })).toBe('refuse');
});
