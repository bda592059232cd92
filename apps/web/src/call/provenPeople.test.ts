import { participantId, staffId, visitId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { openProvenPeople } from './provenPeople.ts';

const visit = visitId.parse('v'.repeat(22));
const [ada, noor] = ['a', 'n'].map((letter) => participantId.parse(letter.repeat(22)));
const [first, second] = ['s', 't'].map((letter) => staffId.parse(letter.repeat(22)));
if (!ada || !noor || !first || !second) throw new Error('no ids');
const member = (id: typeof ada, subject: typeof first | null) => ({
  participantId: id,
  clinician: subject && { subject, licence: null },
});

/** A tab's storage as far as it is used here. */
function tab() {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
  return { kept, storage };
}

it('keeps who was proven over a reload, for that visit', () => {
  const { storage } = tab();
  const people = openProvenPeople(visit, storage);
  people.remember([member(ada, first), member(noor, null)]);
  const reloaded = openProvenPeople(visit, storage);
  expect(reloaded.list()).toEqual([{ participantId: ada, subject: first }]);
  expect([reloaded.has(first), reloaded.has(second)]).toEqual([true, false]);
  expect(openProvenPeople(visitId.parse('w'.repeat(22)), storage).list()).toEqual([]);
});

it('takes nobody for another, or for less, than they were first', () => {
  const people = openProvenPeople(visit, null);
  people.remember([member(ada, first)]);
  people.remember([member(ada, second)]);
  people.remember([member(ada, null)]);
  expect(people.list()).toEqual([{ participantId: ada, subject: first }]);
});

it('begins anew from a storage that says something else', () => {
  const { kept, storage } = tab();
  openProvenPeople(visit, storage).remember([member(ada, first)]);
  for (const key of kept.keys()) kept.set(key, '[["x"]]');
  expect(openProvenPeople(visit, storage).list()).toEqual([]);
});
