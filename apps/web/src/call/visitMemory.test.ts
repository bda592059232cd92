import { leafThumbprint, participantId, staffId, visitId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { createVisitCall } from './visitCall.ts';
import { createVisitMemory } from './visitMemory.ts';

const visit = visitId.parse('v'.repeat(22));
const ada = participantId.parse('a'.repeat(22));
const leaf = leafThumbprint.parse('l'.repeat(43));
const subject = staffId.parse('s'.repeat(22));

it('has who comes back into a visit told what was told before', () => {
  const memory = createVisitMemory(null);
  memory.incidents.keptOut(null, 'forgedEntry');
  expect(createVisitCall({ kind: 'patient' }, memory).getSnapshot().incidents).toEqual([
    { tag: 'keptOut', person: null, fault: 'forgedEntry' },
  ]);
});

it('keeps unequal codes until equal ones, and proven people also where the browser keeps nothing', () => {
  const memory = createVisitMemory(null);
  expect(memory.isDistrusted()).toBe(false);
  memory.compared('different');
  expect(memory.isDistrusted()).toBe(true);
  memory.compared('same');
  expect(memory.isDistrusted()).toBe(false);
  memory.open(visit).remember([{ participantId: ada, clinician: { subject, licence: null } }]);
  expect(memory.open(visit).has(subject)).toBe(true);
});

it('has a page that is loaded anew tell what was told before, by nobody’s name, until it is read', () => {
  const [storage, other] = [new MemoryStorage(), visitId.parse('w'.repeat(22))];
  const before = createVisitMemory(storage);
  before.open(visit);
  before.incidents.follow(
    [{ participantId: ada, role: 'physician', name: 'Dr Ada', leaf, leafIndex: 0, clinician: null, isSelf: false }],
    [],
    null,
    { compared: new Set(), over: new Set() },
  );
  before.incidents.keptOut({ participantId: ada, role: 'physician' }, 'otherClinician');
  before.incidents.refusedChange(null, 'proposal');
  before.compared('different');
  const kept = storage.getItem(`sotto/told/v2/${visit}`);
  expect(kept).toContain('otherClinician');
  expect(kept).not.toContain('Dr Ada');

  const elsewhere = createVisitMemory(storage);
  elsewhere.open(other);
  expect([elsewhere.isDistrusted(), elsewhere.incidents.list()]).toEqual([false, []]);

  const reloaded = createVisitMemory(storage);
  reloaded.open(visit);
  expect(reloaded.isDistrusted()).toBe(true);
  const [first] = reloaded.incidents.list();
  const person = { participantId: ada, role: 'physician', name: null };
  expect(first).toEqual({ tag: 'keptOut', person, fault: 'otherClinician' });
  expect(reloaded.incidents.list()).toHaveLength(2);
  reloaded.compared('same');
  if (first) reloaded.incidents.dismiss(first);

  const again = createVisitMemory(storage);
  again.open(visit);
  expect(again.isDistrusted()).toBe(false);
  expect(again.incidents.list()).toEqual([{ tag: 'refusedChange', by: null, reason: 'proposal' }]);
});

it('knows after a reload, and with a new leaf of one’s own, that a key was compared', () => {
  const storage = new MemoryStorage();
  const other = leafThumbprint.parse('m'.repeat(43));
  const seen = (key: typeof leaf, ...compared: (typeof leaf)[]) => {
    const memory = createVisitMemory(storage);
    memory.open(visit);
    const noor = { participantId: ada, role: 'patient', name: 'Noor', leaf: key, leafIndex: 1 } as const;
    for (const known of [compared, []])
      memory.incidents.follow([{ ...noor, clinician: null, isSelf: false }], [], null, {
        compared: new Set(known),
        over: new Set(),
      });
    return memory.incidents.list();
  };
  expect([seen(leaf, leaf), seen(leaf)]).toEqual([[], []]);
  expect(seen(other)).toMatchObject([{ tag: 'newKey', wasCompared: true }]);
});

it('knows after a reload with which key somebody was seen, and takes nothing from a storage that is spoilt', () => {
  const storage = new MemoryStorage();
  const seen = (key: typeof leaf) => {
    const memory = createVisitMemory(storage);
    memory.open(visit);
    const noor = { participantId: ada, role: 'patient', name: 'Noor', leaf: key, leafIndex: 1 } as const;
    memory.incidents.follow([{ ...noor, clinician: null, isSelf: false }], [], null, {
      compared: new Set(),
      over: new Set(),
    });
    return memory.incidents.list();
  };
  expect(seen(leaf)).toEqual([]);
  expect(seen(leaf)).toEqual([]);
  expect(seen(leafThumbprint.parse('m'.repeat(43)))).toMatchObject([{ tag: 'newKey', person: { name: 'Noor' } }]);
  for (const text of ['', '[]', '{"isDistrusted":true}']) {
    storage.setItem(`sotto/told/v2/${visit}`, text);
    expect(seen(leaf)).toEqual([]);
  }
});
