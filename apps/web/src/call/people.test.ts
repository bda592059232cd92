import type { Member, MemberTrack } from '@sotto/e2ee';
import { leafThumbprint, participantId, producerId, sessionId, staffId } from '@sotto/protocol/ids';
import type { ProducerEntry, RosterEntry } from '@sotto/protocol/signaling';
import { describe, expect, it } from 'vitest';
import { securityClaim } from '../visit/securityClaim.ts';
import { type PeopleFacts, projectPeople, projectWaiting, withoutMedia } from './people.ts';
import type { Receiving } from './remoteConsumers.ts';

const id = (letter: string) => participantId.parse(letter.repeat(22));
const leaf = (letter: string) => leafThumbprint.parse(letter.repeat(43));
const camera = producerId.parse('6f6d8f6e-5f0a-4d4c-9d51-0a8a3d6d3a11');
const microphone = producerId.parse('6f6d8f6e-5f0a-4d4c-9d51-0a8a3d6d3a12');

const entry = (letter: string, changes: Partial<RosterEntry> = {}): RosterEntry => ({
  participantId: id(letter),
  role: 'patient',
  leaf: leaf(letter),
  session: sessionId.parse('s'.repeat(22)),
  presence: 'present',
  since: 1,
  ...changes,
});
const member = (letter: string, changes: Partial<Member> = {}): Member => ({
  participantId: id(letter),
  role: 'patient',
  clinician: null,
  leaf: leaf(letter),
  leafIndex: 1,
  isSelf: false,
  name: 'Pat',
  ...changes,
});
const tracks = (letter: string): MemberTrack[] => [
  {
    participantId: id(letter),
    leaf: leaf(letter),
    track: 0,
    kind: 'audio',
    source: 'microphone',
    producerId: microphone,
  },
  { participantId: id(letter), leaf: leaf(letter), track: 1, kind: 'video', source: 'camera', producerId: camera },
];
const producers = (letter: string, paused = false): Map<typeof camera, ProducerEntry> =>
  new Map([
    [camera, { participantId: id(letter), producerId: camera, kind: 'video', paused }],
    [microphone, { participantId: id(letter), producerId: microphone, kind: 'audio', paused }],
  ]);
/** Stands for a stream: only its identity counts here, and Node has no `MediaStream`. */
const stream = {} as MediaStream;
const receiving = (changes: Partial<Receiving> = {}): Map<typeof camera, Receiving> =>
  new Map([[camera, { producerId: camera, kind: 'video', stream, alive: true, dropped: false, ...changes }]]);

const facts = (changes: Partial<PeopleFacts> = {}): PeopleFacts => ({
  self: id('s'),
  roster: [entry('s', { role: 'physician' }), entry('p')],
  members: [member('s', { isSelf: true, role: 'physician', name: 'Dr S' }), member('p')],
  endings: [],
  tracks: tracks('p'),
  producers: producers('p'),
  receiving: receiving(),
  hasOpened: () => true,
  isStuck: () => false,
  isStalled: () => false,
  quality: new Map(),
  refused: new Set(),
  compared: new Set(),
  mayBeAdded: () => true,
  ...changes,
});
const only = (changes: Partial<PeopleFacts>) => {
  const [person, ...others] = projectPeople(facts(changes), []);
  expect(others).toEqual([]);
  return person;
};

describe('the people of a visit', () => {
  it('have names and security from what was verified, not from the roster', () => {
    expect(only({})).toMatchObject({ name: 'Pat', security: 'encrypted', camera: { state: 'live', stream } });
    expect(only({ members: [] })).toMatchObject({ name: null, security: 'connecting' });
    expect(only({ members: [], refused: new Set([leaf('p')]) })).toMatchObject({ security: 'cantVerify' });
  });

  it('are compared as long as they have the leaf that was', () => {
    const compared = new Set([leaf('p')]);
    expect(only({ compared })).toMatchObject({ compared: true });
    expect(only({ compared: new Set() })).toMatchObject({ compared: false });
    const back = { compared, roster: [entry('p', { leaf: leaf('x') })], members: [member('p', { leaf: leaf('x') })] };
    expect(only(back)).toMatchObject({ compared: false });
    expect(only({ compared, members: [] })).toMatchObject({ compared: false });
    expect(withoutMedia(projectPeople(facts({ compared, producers: new Map() }), []))[0]?.compared).toBe(false);
  });

  it('show no track that the person did not announce with the leaf that is in the visit', () => {
    expect(only({ tracks: [] })).toMatchObject({ camera: { state: 'none' }, microphone: { state: 'none' } });
    const foreign = tracks('p').map((track) => ({ ...track, leaf: leaf('x') }));
    expect(only({ tracks: foreign })).toMatchObject({ camera: { state: 'none' } });
  });

  it.each([
    ['off', { producers: producers('p', true) }],
    ['none', { producers: new Map() }],
    ['connecting', { receiving: new Map() }],
    ['connecting', { receiving: receiving({ alive: false }) }],
    ['connecting', { hasOpened: () => false }],
    ['dropped', { receiving: receiving({ dropped: true }) }],
  ] as const)('have a camera that is %s', (state, changes) => {
    expect(only(changes)?.camera.state).toBe(state);
  });

  it('are told apart from whose frames do not open', () => {
    expect(only({ isStuck: (producer) => producer === camera })?.security).toBe('cantDecrypt');
    expect(only({ hasOpened: () => false })?.security).toBe('connecting');
    expect(only({ hasOpened: () => false, producers: producers('p', true) })?.security).toBe('encrypted');
  });

  it('keep their identity and their order while nothing changes', () => {
    const roster = [entry('p', { since: 5 }), entry('q', { since: 2 })];
    const before = projectPeople(facts({ roster }), []);
    expect(before.map((person) => person.participantId)).toEqual([id('q'), id('p')]);
    expect(projectPeople(facts({ roster: [...roster].reverse() }), before)).toBe(before);
    const moved = [entry('p', { since: 1, presence: 'away' }), entry('q', { since: 9 })];
    const after = projectPeople(facts({ roster: moved }), before);
    expect(after.map((person) => person.participantId)).toEqual([id('q'), id('p')]);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toMatchObject({ presence: 'away' });
  });
});

describe('people while nothing can be received', () => {
  it('are awaited, not frozen, and stay who they are', () => {
    const before = projectPeople(facts(), []);
    const [person] = withoutMedia(before);
    expect(person).toMatchObject({ name: 'Pat', security: 'connecting', camera: { state: 'connecting' } });
    const still = withoutMedia(before);
    expect(withoutMedia(still)).toBe(still);
  });
});

describe('the people at the door', () => {
  const roster = [
    entry('a', { presence: 'waiting', since: 9 }),
    entry('b', { presence: 'waiting', since: 3 }),
    entry('p'),
  ];

  it('come in the order of arrival, and keep their identity', () => {
    const before = projectWaiting(facts({ roster }), []);
    expect(before).toEqual([
      { participantId: id('b'), since: 3 },
      { participantId: id('a'), since: 9 },
    ]);
    expect(projectWaiting(facts({ roster: [...roster] }), before)).toBe(before);
  });

  it('include whom signaling holds for admitted and nobody here let in', () => {
    const strangers = facts({ roster, members: [], mayBeAdded: () => false });
    expect(projectWaiting(strangers, []).map((one) => one.participantId)).toEqual([id('p'), id('b'), id('a')]);
    expect(projectPeople(strangers, [])).toEqual([]);
    const members = facts({ roster, mayBeAdded: () => false });
    expect(projectPeople(members, []).map((one) => one.participantId)).toEqual([id('p')]);
  });
});

describe('who holds the keys and isn’t named by signaling', () => {
  const hidden = facts({ roster: [entry('s', { role: 'physician' })] });

  it('is shown all the same', () => {
    expect(projectPeople(hidden, [])).toMatchObject([{ participantId: id('p'), name: 'Pat', presence: 'away' }]);
  });

  it('stays as they were while they are going', () => {
    const before = projectPeople(facts(), []);
    expect(projectPeople(hidden, before)).toMatchObject([{ participantId: id('p'), presence: 'present' }]);
  });

  it('is gone once the group has removed them', () => {
    const [own] = hidden.members;
    expect(projectPeople({ ...hidden, members: own ? [own] : [] }, projectPeople(hidden, []))).toEqual([]);
  });
});

describe('who holds the keys, whatever signaling says of them', () => {
  const clinician = { subject: staffId.parse('s'.repeat(22)), licence: null };
  const members = [member('s', { isSelf: true }), member('p', { role: 'physician', clinician, name: 'Dr P' })];
  const bogus = { leaf: leaf('x'), role: 'guest' } as const;

  it.each([
    ['waits at the door', [entry('p', { presence: 'waiting' })]],
    ['waits there with another leaf', [entry('p', { presence: 'waiting', ...bogus })]],
    ['is inside with another leaf', [entry('p', bogus)]],
    ['is there twice', [entry('p', bogus), entry('p', { presence: 'waiting' })]],
  ])('is shown as who they are when it says that somebody %s', (_, roster) => {
    for (const mayBeAdded of [() => true, () => false]) {
      const people = projectPeople(facts({ roster, members, mayBeAdded }), []);
      expect(people).toMatchObject([{ participantId: id('p'), role: 'physician', clinician, name: 'Dr P' }]);
    }
  });

  it('is never left out of what is claimed of the visit', () => {
    const clinicians = [member('s', { isSelf: true }), member('p'), member('q', { role: 'physician', clinician })];
    const claim = (presence: RosterEntry['presence']) => {
      const unproven = member('r', { role: 'physician' });
      const roster = [entry('p'), entry('q'), entry('r', { presence })];
      const people = projectPeople(facts({ roster, tracks: [], members: [...clinicians, unproven] }), []);
      return securityClaim({ phase: { tag: 'inVisit' }, security: 'encrypted', people });
    };
    expect(claim('present')).toBe('serverOnly');
    expect(claim('waiting')).toBe('serverOnly');
  });

  it('is one to come back while a leaf of theirs is listed that isn’t in the group', () => {
    const back = facts({ roster: [entry('p', bogus)], members });
    expect(projectPeople(back, [])).toMatchObject([{ presence: 'present', security: 'connecting' }]);
    expect(projectPeople({ ...back, refused: new Set([leaf('x')]) }, [])).toMatchObject([{ security: 'cantVerify' }]);
    expect(projectWaiting({ ...back, mayBeAdded: () => false }, [])).toHaveLength(1);
  });
});

describe('somebody of whom nothing comes', () => {
  const stalledOf = (track: typeof camera, changes: Partial<PeopleFacts> = {}) =>
    projectPeople(facts({ isStalled: (producer) => producer === track, ...changes }), [])[0]?.stalled;

  it('is said to be so when their picture stands still', () => {
    expect(stalledOf(camera)).toBe(true);
  });

  it('isn’t while their picture moves, nor for what they have switched off', () => {
    expect(stalledOf(microphone)).toBe(false);
    expect(stalledOf(camera, { producers: producers('p', true) })).toBe(false);
  });

  it('is said to be so of their sound when they send no picture', () => {
    const [sound] = tracks('p');
    expect(stalledOf(microphone, { tracks: sound ? [sound] : [] })).toBe(true);
  });
});
