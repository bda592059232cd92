import type { Member, Refusal } from '@sotto/e2ee';
import { type LeafThumbprint, leafThumbprint, participantId, type Role, staffId } from '@sotto/protocol/ids';
import { expect, it, vi } from 'vitest';
import type { Incident } from './contract.ts';
import { createIncidents, type Incidents } from './incidents.ts';

const idOf = (letter: string) => participantId.parse(letter.repeat(22));
const leaf = leafThumbprint.parse('l'.repeat(43));
const other = leafThumbprint.parse('m'.repeat(43));
const person = (letter: string, name: string | null, role: Role = 'physician'): Member => ({
  ...{ participantId: idOf(letter), role, name, leaf, leafIndex: 1 },
  ...{ clinician: null, isSelf: false },
});
const nothing = { compared: new Set<never>(), over: new Set<never>() };
const made = () => {
  const changed = vi.fn();
  const incidents = createIncidents(() => undefined);
  incidents.subscribe(changed);
  /** These are the group's members, and shown. */
  const follow = (members: readonly Member[]) => {
    incidents.follow(members, members, null, nothing);
  };
  return { incidents, changed, follow };
};
const first = (incidents: Pick<Incidents, 'list'>): Incident => {
  const [incident] = incidents.list();
  if (!incident) throw new Error('nothing happened');
  return incident;
};

it('names whoever was kept out as they were verified here, and nobody else', () => {
  const { incidents, follow } = made();
  follow([person('a', 'Dr Ada')]);
  incidents.keptOut({ participantId: idOf('a'), role: 'physician' }, 'otherClinician');
  incidents.keptOut({ participantId: idOf('b'), role: 'physician' }, 'forgedEntry');
  incidents.keptOut(null, 'malformed');
  expect(incidents.list()).toEqual([
    {
      tag: 'keptOut',
      person: { participantId: idOf('a'), role: 'physician', name: 'Dr Ada' },
      fault: 'otherClinician',
    },
    { tag: 'keptOut', person: { participantId: idOf('b'), role: 'physician', name: null }, fault: 'forgedEntry' },
    { tag: 'keptOut', person: null, fault: 'malformed' },
  ]);
});

it('names who signed a change that was refused, also when they are gone since', () => {
  const { incidents, follow } = made();
  const reason: Refusal = 'notEntitled';
  follow([person('n', 'Noor', 'patient')]);
  follow([]);
  incidents.refusedChange({ participantId: idOf('n'), leaf }, reason);
  incidents.refusedChange(null, 'malformed');
  expect(incidents.list().slice(1)).toEqual([
    { tag: 'refusedChange', by: { participantId: idOf('n'), role: 'patient', name: 'Noor' }, reason },
    { tag: 'refusedChange', by: null, reason: 'malformed' },
  ]);
});

it('tells each thing once, until it was read and then no more', () => {
  const { incidents, changed } = made();
  const told = () => {
    incidents.keptOut(null, 'malformed');
  };
  told();
  told();
  expect(incidents.list()).toHaveLength(1);
  expect(changed).toHaveBeenCalledTimes(1);
  incidents.dismiss(first(incidents));
  told();
  expect(incidents.list()).toEqual([]);
  incidents.keptOut(null, 'expired');
  expect(incidents.list()).toHaveLength(1);
});

it('takes back that somebody has left when they are here again, and says it anew', () => {
  const { incidents, follow } = made();
  const here = [person('n', 'Noor', 'patient')];
  follow(here);
  follow([]);
  const left = { tag: 'saidToHaveLeft', person: { participantId: idOf('n'), role: 'patient', name: 'Noor' } };
  expect(incidents.list()).toEqual([left]);
  incidents.dismiss(first(incidents));
  follow(here);
  follow([]);
  expect(incidents.list()).toEqual([left]);
  follow(here);
  expect(incidents.list()).toEqual([]);
});

it('doesn’t say that somebody left who was never verified, or who only changed', () => {
  const { incidents, follow } = made();
  follow([person('x', null)]);
  follow([]);
  follow([person('a', 'Dr Ada')]);
  follow([{ ...person('a', 'Dr Ada'), leaf: other }]);
  expect(incidents.list().filter(({ tag }) => tag === 'saidToHaveLeft')).toEqual([]);
});

it('says who is back with another key, anew each time, until it is compared', () => {
  const { incidents } = made();
  const noor = person('n', 'Noor', 'patient');
  const follow = (key: LeafThumbprint, ...compared: LeafThumbprint[]) => {
    incidents.follow([{ ...noor, leaf: key }], [noor], null, { compared: new Set(compared), over: new Set() });
  };
  const told = (wasCompared: boolean) => [
    { tag: 'newKey', person: { participantId: idOf('n'), role: 'patient', name: 'Noor' }, wasCompared },
  ];
  follow(leaf);
  expect(incidents.list()).toEqual([]);
  follow(other);
  expect(incidents.list()).toEqual(told(false));
  incidents.dismiss(first(incidents));
  follow(leaf);
  expect(incidents.list()).toEqual(told(false));
  follow(leaf, leaf);
  expect(incidents.list()).toEqual([]);
  follow(other, leaf);
  expect(incidents.list()).toEqual(told(true));
  follow(leaf);
  expect(incidents.list()).toEqual(told(true));
});

it('says nothing of a new key for which the directory’s passkey has signed, unless the one before was compared', () => {
  const { incidents } = made();
  const ada = { ...person('a', 'Dr Ada'), clinician: { subject: staffId.parse('s'.repeat(22)), licence: null } };
  const follow = (key: LeafThumbprint, ...compared: LeafThumbprint[]) => {
    incidents.follow([{ ...ada, leaf: key }], [ada], null, { compared: new Set(compared), over: new Set() });
  };
  follow(leaf);
  follow(other);
  expect(incidents.list()).toEqual([]);
  follow(leaf, other);
  expect(incidents.list()).toMatchObject([{ tag: 'newKey', wasCompared: true }]);
});

it('says nothing of one’s own new key, nor of who comes for the first time', () => {
  const { incidents, follow } = made();
  follow([{ ...person('a', 'Dr Ada'), isSelf: true }]);
  follow([{ ...person('a', 'Dr Ada'), isSelf: true, leaf: other }, person('n', 'Noor', 'patient')]);
  expect(incidents.list()).toEqual([]);
});

it('says that a member left the group, whomever signaling still lists and with whatever leaf', () => {
  const { incidents } = made();
  const ada = person('a', 'Dr Ada');
  incidents.follow([ada], [ada], null, nothing);
  incidents.follow([], [ada], null, nothing);
  expect(incidents.list()).toMatchObject([{ tag: 'saidToHaveLeft', person: { name: 'Dr Ada' } }]);
  incidents.follow([], [], null, nothing);
  expect(incidents.list()).toHaveLength(1);
  incidents.follow(null, [ada], null, nothing);
  expect(incidents.list()).toHaveLength(1);
});

it('says of whom the time was over that it was, and of nobody else', () => {
  const { incidents } = made();
  const [ines, pat] = [person('i', 'Inés', 'guest'), person('p', 'Pat', 'patient')];
  incidents.follow([ines, pat], [ines, pat], null, nothing);
  incidents.follow([], [], null, { compared: new Set(), over: new Set([ines.participantId]) });
  expect(incidents.list()).toMatchObject([
    { tag: 'stayOver', person: { name: 'Inés' } },
    { tag: 'saidToHaveLeft', person: { name: 'Pat' } },
  ]);
  incidents.follow([ines], [ines], null, nothing);
  expect(incidents.list()).toMatchObject([{ tag: 'saidToHaveLeft' }]);
});

it('says that a proven clinician left whose name never came', () => {
  const { incidents, follow } = made();
  follow([{ ...person('a', null), clinician: { subject: staffId.parse('s'.repeat(22)), licence: null } }]);
  follow([]);
  expect(incidents.list()).toMatchObject([{ tag: 'saidToHaveLeft', person: { role: 'physician', name: null } }]);
});

it('waits in a new group for who is on their way into it, and not for who isn’t', () => {
  const { incidents } = made();
  const [ada, noor] = [person('a', 'Dr Ada'), person('n', 'Noor', 'patient')];
  incidents.follow([ada, noor], [ada, noor], null, nothing);
  incidents.follow(null, [ada, noor], null, nothing);
  incidents.follow([], [ada], null, nothing);
  expect(incidents.list()).toMatchObject([{ tag: 'saidToHaveLeft', person: { name: 'Noor' } }]);
  incidents.follow([ada], [ada], null, nothing);
  expect(incidents.list()).toHaveLength(1);
});

it('counts older things where many happen, and no departure is one of them', () => {
  const { incidents, follow } = made();
  follow([person('a', 'Dr Ada')]);
  follow([]);
  const ghost = (letter: string) => {
    incidents.keptOut({ participantId: idOf(letter), role: 'guest' }, 'expired');
  };
  for (const letter of ['b', 'c', 'd', 'e', 'f', 'g', 'b']) ghost(letter);
  expect(incidents.list()).toMatchObject([
    { tag: 'more', count: 2 },
    { tag: 'saidToHaveLeft', person: { name: 'Dr Ada' } },
    ...['d', 'e', 'f', 'g'].map((letter) => ({ tag: 'keptOut', person: { participantId: idOf(letter) } })),
  ]);
  incidents.dismiss(first(incidents));
  ghost('b');
  ghost('h');
  expect(first(incidents)).toEqual({ tag: 'more', count: 1 });
});
