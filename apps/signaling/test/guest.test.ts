import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type TestClient } from './client.ts';
import { newPerson } from './clinic.ts';
import { startTestServer, type TestServer } from './server.ts';
import { add, Cast, commitOf, messageOf, reloaded } from './story.ts';

let server: TestServer;
let cast: Cast;
beforeEach(async () => {
  server = await startTestServer();
  cast = new Cast(() => server);
});
afterEach(async () => {
  cast.leave();
  await server.close();
});

const minutes = (count: number) => count * 60;

async function guestAtDoor(physician: TestClient, staySeconds: number): Promise<TestClient> {
  const guest = await cast.join(newPerson(physician.person.visit, 'guest', staySeconds));
  await guest.enter();
  return guest;
}

/** A physician, a patient and a guest for ten minutes, all in one group of epoch 2. */
async function groupWithGuest() {
  const { group, physician, patients } = await cast.group(1);
  const [patient] = patients;
  if (!patient) throw new Error('nobody');
  const guest = await guestAtDoor(physician, minutes(10));
  await physician.ask('waiting:admit', { participantId: guest.person.participantId });
  await guest.hears('visit:admitted');
  await guest.enterPresent();
  await add(physician, guest, group, 1);
  await guest.ask('mls:application', messageOf(group));
  const removed = [{ participantId: guest.person.participantId, leaf: guest.person.leaf }];
  return { group, physician, patient, guest, removed };
}

describe('a guest', () => {
  test('waits like a patient, and is admitted by a host', async () => {
    const physician = await cast.physician();
    const guest = await guestAtDoor(physician, minutes(10));
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ role }) => role === 'guest'));
    expect(await guest.enter()).toMatchObject({ value: { standing: 'waiting' } });
    expect(await guest.ask('waiting:admit', { participantId: guest.person.participantId })).toMatchObject({
      code: 'forbidden',
    });
  });

  test('is cut off when the time is over; the others are asked to take the leaf out', async () => {
    const { physician, patient, guest, removed } = await groupWithGuest();
    server.passTime(minutes(9) * 1000);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(guest.heard('visit:ended')).toEqual([]);
    server.passTime(minutes(1) * 1000);
    expect(await guest.hears('visit:ended')).toEqual({ reason: 'stayOver' });
    await guest.isCutOff();
    for (const member of [physician, patient]) {
      expect(await member.hears('mls:remove')).toEqual(removed[0]);
      expect(member.heard('visit:ended')).toEqual([]);
    }
  });

  test('is cut off at the door too, and gets in no more by a ticket from before', async () => {
    const physician = await cast.physician();
    const guest = await guestAtDoor(physician, minutes(1));
    const ticket = await server.clinic.ticket(guest.person);
    server.passTime(minutes(1) * 1000);
    expect(await guest.hears('visit:ended')).toEqual({ reason: 'stayOver' });
    await guest.isCutOff();
    await expect(connect(server, guest.person, { ticket })).rejects.toMatchObject({ data: { code: 'wrongState' } });
  });

  test('is taken out by a patient only when the time is about over', async () => {
    const { group, patient, guest, removed } = await groupWithGuest();
    const commit = { ...commitOf(group, 2), removed };
    expect(await patient.ask('mls:commit', commit)).toEqual({ ok: false, code: 'forbidden' });
    server.passTime(minutes(9) * 1000 + 5_000);
    expect(await patient.ask('mls:commit', commit)).toMatchObject({ ok: true });
    expect(await guest.hears('visit:ended')).toEqual({ reason: 'stayOver' });
    await guest.isCutOff();
  });

  test('takes nobody out, and makes no group', async () => {
    const { group, physician, guest } = await groupWithGuest();
    const { participantId, leaf } = physician.person;
    const removed = [{ participantId, leaf }];
    const forbidden = { ok: false, code: 'forbidden' };
    expect(await guest.ask('mls:commit', { ...commitOf(group, 2), removed })).toEqual(forbidden);
    expect(await guest.ask('mls:create', { groupId: group, incarnation: 2 })).toEqual(forbidden);
    expect(await guest.ask('visit:end', {})).toEqual(forbidden);
  });

  test('stays on by a ticket for longer with a new leaf, without being admitted again', async () => {
    const { group, physician, guest } = await groupWithGuest();
    server.passTime(minutes(8) * 1000);
    const longer = await cast.join({ ...reloaded(guest.person), staySeconds: minutes(20) });
    await longer.enterPresent();
    await add(physician, longer, group, 2, guest.person);
    server.passTime(minutes(10) * 1000);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(longer.heard('visit:ended')).toEqual([]);
    expect(longer.socket.connected).toBe(true);
  });
});
