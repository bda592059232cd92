import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestClient } from './client.ts';
import { startTestServer, type TestServer } from './server.ts';
import { add, Cast, commitOf, newGroupId, reloaded, someBytes } from './story.ts';

let server: TestServer;
const cast = new Cast(() => server);

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => cast.leave());
afterAll(() => server.close());

const ok = { ok: true, value: {} };
const refusal = (code: string) => ({ ok: false, code });
const seatOf = ({ person: { participantId, leaf } }: TestClient) => ({ participantId, leaf });

async function pair() {
  const { group, physician, patients } = await cast.group(1);
  const [patient] = patients;
  if (!patient) throw new Error('no patient');
  return { group, physician, patient };
}
async function three() {
  const { group, physician, patients } = await cast.group(2);
  const [first, second] = patients;
  if (!first || !second) throw new Error('no patients');
  return { group, physician, first, second };
}

describe('a group', () => {
  test('is opened by a host, and those already there are brought in', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const group = newGroupId();
    expect(await physician.ask('mls:create', { groupId: group, incarnation: 1 })).toEqual(ok);
    expect(await patient.hears('mls:group')).toEqual({ groupId: group, incarnation: 1, epoch: 0 });
    const welcome = someBytes();
    await physician.hears('mls:join', (join) => join.leaf === patient.person.leaf);
    const { participantId: to, leaf } = seatOf(patient);
    expect(await physician.ask('mls:commit', { ...commitOf(group, 0), welcomes: [{ to, leaf, welcome }] })).toEqual(ok);
    const welcomed = await patient.hears('mls:welcome');
    expect(welcomed).toMatchObject({ groupId: group, incarnation: 1, epoch: 1 });
    expect(Buffer.from(welcomed.welcome).equals(welcome)).toBe(true);
    expect(patient.heard('mls:commit')).toEqual([]);
  });

  test('is not opened twice, nor with a wrong number', async () => {
    const { group, physician } = await pair();
    const next = { groupId: newGroupId(), incarnation: 2 };
    expect(await physician.ask('mls:create', { ...next, incarnation: 1 })).toEqual(refusal('conflict'));
    expect(await physician.ask('mls:create', { ...next, incarnation: 3 })).toEqual(refusal('conflict'));
    expect(await physician.ask('mls:create', { ...next, groupId: group })).toEqual(refusal('conflict'));
    expect(await physician.ask('mls:create', next)).toEqual(refusal('wrongState'));
  });

  test('is followed by the next one when nobody of it is left', async () => {
    const { physician } = await cast.group(0);
    const again = await cast.join(reloaded(physician.person));
    const state = await again.enterPresent();
    expect(state.group).toMatchObject({ incarnation: 1 });
    expect(await again.ask('mls:create', { groupId: newGroupId(), incarnation: 2 })).toEqual(ok);
  });

  test('is followed by the next one when no member adds the host in time', async () => {
    const { physician, patient } = await pair();
    const again = await cast.join(reloaded(physician.person));
    await again.enterPresent();
    await patient.hears('mls:join');
    const next = { groupId: newGroupId(), incarnation: 2 };
    expect(await again.ask('mls:create', next)).toEqual(refusal('wrongState'));
    server.passTime(5_000);
    expect(await again.ask('mls:create', next)).toEqual(ok);
    expect(await patient.hears('mls:group')).toEqual({ ...next, epoch: 0 });
    // The old group is over, for everybody.
    expect(await patient.ask('mls:application', { groupId: next.groupId, message: someBytes() })).toEqual(
      refusal('wrongState'),
    );
    expect(await patient.ask('mls:rejoin', { keyPackage: someBytes() })).toEqual(ok);
    await add(again, patient, next.groupId, 0);
  });
});

describe('commits', () => {
  test('two in one epoch: one wins, the other is told to take it in first', async () => {
    const { group, physician, first, second } = await three();
    const [one, other] = await Promise.all([
      first.ask('mls:commit', commitOf(group, 2)),
      second.ask('mls:commit', commitOf(group, 2)),
    ]);
    const winner = one.ok ? first : second;
    expect(winner === first ? one : other).toEqual(ok);
    expect(winner === first ? other : one).toEqual(refusal('conflict'));
    const loser = winner === first ? second : first;
    const { participantId: from } = seatOf(winner);
    expect(await physician.hears('mls:commit', ({ epoch }) => epoch === 2)).toMatchObject({ from });
    expect(await loser.hears('mls:commit', ({ epoch }) => epoch === 2)).toMatchObject({ from });
    expect(winner.heard('mls:commit').filter(({ epoch }) => epoch === 2)).toEqual([]);
    expect(await loser.ask('mls:commit', commitOf(group, 3))).toEqual(ok);
  });

  test('of an old, a future or another group are conflicts', async () => {
    const { group, physician } = await pair();
    for (const request of [commitOf(group, 0), commitOf(group, 2), commitOf(newGroupId(), 1)]) {
      expect(await physician.ask('mls:commit', request)).toEqual(refusal('conflict'));
    }
    expect(await physician.ask('mls:commit', commitOf(group, 1))).toEqual(ok);
  });

  test('are for members only', async () => {
    const { group, physician } = await pair();
    const outsider = await cast.admitted(physician);
    expect(await outsider.ask('mls:commit', commitOf(group, 1))).toEqual(refusal('wrongState'));
    expect(await outsider.ask('mls:application', { groupId: group, message: someBytes() })).toEqual(
      refusal('wrongState'),
    );
    expect(await outsider.ask('mls:resume', { groupId: group, epoch: 0 })).toEqual(refusal('rejoin'));
  });

  test('welcome nobody who did not ask, who waits, or whom nobody knows', async () => {
    const { group, physician, patient } = await pair();
    const outsider = await cast.admitted(physician);
    const waiting = await cast.patientAtDoor(physician);
    const stranger = reloaded(outsider.person);
    const welcoming = (seat: Pick<typeof stranger, 'participantId' | 'leaf'>) => ({
      ...commitOf(group, 1),
      welcomes: [{ to: seat.participantId, leaf: seat.leaf, welcome: someBytes() }],
    });
    expect(await physician.ask('mls:commit', welcoming(seatOf(waiting)))).toEqual(refusal('forbidden'));
    expect(await physician.ask('mls:commit', welcoming(stranger))).toEqual(refusal('conflict'));
    expect(await physician.ask('mls:commit', welcoming(seatOf(patient)))).toEqual(refusal('conflict'));
    const nobody = { ...seatOf(outsider), participantId: 'N'.repeat(22) as never };
    expect(await physician.ask('mls:commit', welcoming(nobody))).toEqual(refusal('notFound'));
    expect(await physician.ask('mls:commit', welcoming(seatOf(outsider)))).toEqual(ok);
  });

  test('naming somebody twice, or oneself, are refused', async () => {
    const { group, physician, patient } = await pair();
    const seat = seatOf(patient);
    expect(await physician.ask('mls:commit', { ...commitOf(group, 1), removed: [seat, seat] })).toEqual(
      refusal('invalid'),
    );
    expect(await physician.ask('mls:commit', { ...commitOf(group, 1), removed: [seatOf(physician)] })).toEqual(
      refusal('invalid'),
    );
    expect(await patient.ask('mls:commit', commitOf(group, 1))).toEqual(ok);
  });
});

describe('removal', () => {
  test('of somebody present is a host’s right alone', async () => {
    const { group, physician, first, second } = await three();
    const removed = [seatOf(second)];
    expect(await first.ask('mls:commit', { ...commitOf(group, 2), removed })).toEqual(refusal('forbidden'));
    expect(await physician.ask('mls:commit', { ...commitOf(group, 2), removed })).toEqual(ok);
    await second.hears('visit:declined');
    await second.isCutOff();
    expect(second.heard('mls:commit').filter(({ epoch }) => epoch === 2)).toEqual([]);
    await first.hears('mls:commit', ({ epoch }) => epoch === 2);
    const again = await cast.join(reloaded(second.person));
    expect(await again.enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
  });

  test('of a leaf that is gone is any member’s', async () => {
    const { group, first, second } = await three();
    await second.ask('visit:leave', {});
    const removed = [await first.hears('mls:remove')];
    expect(await first.ask('mls:commit', { ...commitOf(group, 2), removed })).toEqual(ok);
    expect(await first.ask('mls:commit', { ...commitOf(group, 3), removed })).toEqual(refusal('conflict'));
  });

  test('of the old and adding of the new leaf bring a reloaded person back in', async () => {
    const { group, physician, patient } = await pair();
    const again = await cast.join(reloaded(patient.person));
    await again.enterPresent();
    await add(physician, again, group, 1, patient.person);
    expect(await again.ask('mls:application', { groupId: group, message: someBytes() })).toEqual(ok);
    await physician.hears('mls:application', ({ from }) => from === again.person.participantId);
  });

  test('that is still to be done is told to whoever comes in next', async () => {
    const { group, physician, first, second } = await three();
    await second.ask('visit:leave', {});
    const again = await cast.join(reloaded(first.person));
    await again.enterPresent();
    await add(physician, again, group, 2, first.person);
    expect(await again.hears('mls:remove')).toEqual(seatOf(second));
  });
});

describe('after a broken connection', () => {
  test('a member resumes: commits first, then messages, each once and in order', async () => {
    const { group, physician, patient } = await pair();
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    await physician.ask('mls:commit', commitOf(group, 1));
    const message = someBytes();
    await physician.ask('mls:application', { groupId: group, message });
    const back = await cast.join(patient.person);
    await back.enterPresent();
    await physician.ask('mls:commit', commitOf(group, 2));
    expect(await back.ask('mls:application', { groupId: group, message })).toEqual(refusal('wrongState'));
    const resumed = await back.ask('mls:resume', { groupId: group, epoch: 1 });
    expect(resumed.ok && resumed.value.commits.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const late = await back.hears('mls:application');
    expect(Buffer.from(late.message).equals(message)).toBe(true);
    await physician.ask('mls:commit', commitOf(group, 3));
    await back.hears('mls:commit', ({ epoch }) => epoch === 3);
    expect(back.heard('mls:commit')).toEqual([]);
    expect(physician.heard('mls:join')).toEqual([]);
  });

  test('who missed too much has to rejoin', async () => {
    const { group, physician, patient } = await pair();
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    for (let epoch = 1; epoch <= 11; epoch += 1) await physician.ask('mls:commit', commitOf(group, epoch));
    const back = await cast.join(patient.person);
    await back.enterPresent();
    expect(await back.ask('mls:resume', { groupId: group, epoch: 1 })).toEqual(refusal('rejoin'));
    expect(await back.ask('mls:rejoin', { keyPackage: someBytes() })).toEqual(ok);
    await add(physician, back, group, 12, patient.person);
  });

  test('who missed too many messages has to rejoin', async () => {
    const { group, physician, patient } = await pair();
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    for (let count = 0; count < 7; count += 1) {
      await physician.ask('mls:application', { groupId: group, message: someBytes(80 * 1024) });
    }
    const back = await cast.join(patient.person);
    await back.enterPresent();
    expect(await back.ask('mls:resume', { groupId: group, epoch: 1 })).toEqual(refusal('rejoin'));
  });

  test('whose welcome may not have arrived is added again', async () => {
    const { group, physician } = await cast.group(0);
    const patient = await cast.admitted(physician);
    await add(physician, patient, group, 0);
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    const back = await cast.join(patient.person);
    await back.enterPresent();
    await add(physician, back, group, 1, patient.person);
  });

  test('who is welcomed while away is added again when back', async () => {
    const { group, physician } = await cast.group(0);
    const patient = await cast.admitted(physician);
    await physician.hears('mls:join');
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    const { participantId: to, leaf } = seatOf(patient);
    const welcomes = [{ to, leaf, welcome: someBytes() }];
    expect(await physician.ask('mls:commit', { ...commitOf(group, 0), welcomes })).toEqual(ok);
    const back = await cast.join(patient.person);
    await back.enterPresent();
    await add(physician, back, group, 1, patient.person);
  });
});
