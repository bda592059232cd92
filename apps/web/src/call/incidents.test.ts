import type { Refusal } from '@sotto/e2ee';
import { leafThumbprint, participantId, type Role } from '@sotto/protocol/ids';
import { expect, it, vi } from 'vitest';
import type { Incident, Person } from './contract.ts';
import { createIncidents } from './incidents.ts';

const idOf = (letter: string) => participantId.parse(letter.repeat(22));
const leaf = leafThumbprint.parse('l'.repeat(43));
const person = (letter: string, name: string | null, role: Role = 'physician') =>
  ({ participantId: idOf(letter), role, name }) as Person;
const made = () => {
  const changed = vi.fn();
  return { incidents: createIncidents(changed), changed };
};
const first = (incidents: { list(): readonly Incident[] }): Incident => {
  const [incident] = incidents.list();
  if (!incident) throw new Error('nothing happened');
  return incident;
};

it('names whoever was kept out as they were verified here, and nobody else', () => {
  const { incidents } = made();
  incidents.follow([person('a', 'Dr Ada')], null);
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
  const { incidents } = made();
  const reason: Refusal = 'notEntitled';
  incidents.follow([person('n', 'Noor', 'patient')], null);
  incidents.follow([], null);
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
  const { incidents } = made();
  const here = [person('n', 'Noor', 'patient')];
  incidents.follow(here, null);
  incidents.follow([], null);
  const left = { tag: 'saidToHaveLeft', person: { participantId: idOf('n'), role: 'patient', name: 'Noor' } };
  expect(incidents.list()).toEqual([left]);
  incidents.dismiss(first(incidents));
  incidents.follow(here, null);
  incidents.follow([], null);
  expect(incidents.list()).toEqual([left]);
  incidents.follow(here, null);
  expect(incidents.list()).toEqual([]);
});

it('doesn’t say that somebody left who was never verified, or who only changed', () => {
  const { incidents } = made();
  incidents.follow([person('x', null)], null);
  incidents.follow([], null);
  incidents.follow([person('a', 'Dr Ada')], null);
  incidents.follow([{ ...person('a', 'Dr Ada'), presence: 'away' }], null);
  expect(incidents.list()).toEqual([]);
});

it('keeps the newest where many things happen', () => {
  const { incidents } = made();
  for (const letter of ['a', 'b', 'c', 'd', 'e', 'f'])
    incidents.keptOut({ participantId: idOf(letter), role: 'guest' }, 'expired');
  expect(incidents.list().map((one) => (one.tag === 'keptOut' ? one.person?.participantId : null))).toEqual(
    ['c', 'd', 'e', 'f'].map(idOf),
  );
});
