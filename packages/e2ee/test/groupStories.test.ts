import { producerId } from '@sotto/protocol/ids';
import { afterEach, expect, test } from 'vitest';
import { type Client, deliver, joinRequest, leafOf, pending, person, type Visit, visitOfTwo } from './visit.ts';

let visit: Visit | null = null;
afterEach(async () => {
  await visit?.close();
  visit = null;
});

const two = async (): Promise<{ physician: Client; patient: Client }> => {
  const opened = await visitOfTwo();
  visit = opened.visit;
  return opened;
};
const epochOf = async ({ crypto: own }: Client): Promise<number | null> => (await own.stats()).epoch;
const peopleSeenBy = ({ latest }: Client): string[] =>
  (latest.members?.members ?? []).map((member) => member.participantId).sort();

test('a physician lets a patient in, and both see the same verified people', async () => {
  const { physician, patient } = await two();
  expect(peopleSeenBy(physician)).toEqual(peopleSeenBy(patient));
  expect(peopleSeenBy(physician)).toHaveLength(2);
  expect(await epochOf(physician)).toBe(1);
  expect(await epochOf(patient)).toBe(1);
  expect(patient.latest.members?.members).toContainEqual({
    ...leafOf(physician),
    role: 'physician',
    leafIndex: 0,
    isSelf: false,
    name: null,
  });
  expect((await physician.crypto.stats()).suite).toBe('MLS_256_XWING_AES256GCM_SHA512_Ed25519');
});
