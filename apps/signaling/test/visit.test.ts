import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from './client.ts';
import { newLeaf, newPerson, newSession, newVisit } from './clinic.ts';
import { startTestServer, type TestServer } from './server.ts';
import { Cast, commitOf, messageOf, newGroupId, reloaded, someBytes } from './story.ts';

let server: TestServer;
const cast = new Cast(() => server);

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => cast.leave());
afterAll(() => server.close());

describe('the waiting room', () => {
  test('a patient waits, is seen, is admitted, is in', async () => {
    const physician = await cast.physician();
    const patient = await cast.join(newPerson(physician.person.visit, 'patient'));
    const { participantId } = patient.person;
    expect(await patient.enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: true });
    await physician.hears('visit:roster', ({ roster }) =>
      roster.some((entry) => entry.participantId === participantId && entry.presence === 'waiting'),
    );
    expect(await physician.ask('waiting:admit', { participantId })).toEqual({ ok: true, value: {} });
    await patient.hears('visit:admitted');
    const state = await patient.enterPresent();
    expect(state.roster.map((entry) => entry.presence)).toEqual(['present', 'present']);
    await physician.hears('visit:roster', ({ roster }) => roster.every((entry) => entry.presence === 'present'));
  });

  test('a person who comes first waits without a host, and is told when one comes and goes', async () => {
    const visit = newVisit();
    const patient = await cast.join(newPerson(visit, 'patient'));
    await patient.enter();
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: false });
    const physician = await cast.join(newPerson(visit, 'physician'));
    const state = await physician.enterPresent();
    expect(state.roster).toContainEqual(expect.objectContaining({ presence: 'waiting' }));
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: true });
    physician.drop();
    expect(await patient.hears('waiting:status')).toMatchObject({ hostPresent: false });
  });

  test('a declined person is told so and cut off, and may knock again', async () => {
    const physician = await cast.physician();
    const patient = await cast.patientAtDoor(physician);
    await physician.ask('waiting:decline', { participantId: patient.person.participantId });
    await patient.hears('visit:declined');
    await patient.isCutOff();
    const again = await cast.join(patient.person);
    expect(await again.enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
  });

  test('a person who was let in but isn’t in the group can be declined, too', async () => {
    const { group, physician, patients } = await cast.group(1);
    const [member] = patients;
    const admitted = await cast.admitted(physician);
    const { participantId, leaf } = admitted.person;
    await physician.hears('mls:join', (join) => join.leaf === leaf);
    expect(await physician.ask('waiting:decline', { participantId })).toEqual({ ok: true, value: {} });
    await admitted.hears('visit:declined');
    await admitted.isCutOff();
    await member?.hears('visit:roster', ({ roster }) => roster.length === 2);
    const welcomes = [{ to: participantId, leaf, welcome: someBytes() }];
    const notFound = { ok: false, code: 'notFound' };
    expect(await physician.ask('mls:commit', { ...commitOf(group, 1), welcomes })).toEqual(notFound);
    const again = await cast.join(admitted.person);
    expect(await again.enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
  });

  test('of a declined person whose leaf is lost, members are asked to remove the leaf', async () => {
    const { physician, patients } = await cast.group(2);
    const [first, second] = patients;
    if (!first || !second) throw new Error('no patients');
    await second.ask('mls:rejoin', { keyPackage: someBytes() });
    const { participantId, leaf } = second.person;
    expect(await physician.ask('waiting:decline', { participantId })).toEqual({ ok: true, value: {} });
    expect(await first.hears('mls:remove')).toEqual({ participantId, leaf });
    await second.isCutOff();
  });

  test('neither members of the group nor hosts can be declined', async () => {
    const { physician, patients } = await cast.group(1);
    const other = await cast.join(newPerson(physician.person.visit, 'physician'));
    await other.enterPresent();
    const decline = (client: typeof other | undefined) =>
      physician.ask('waiting:decline', { participantId: (client ?? physician).person.participantId });
    expect(await decline(patients[0])).toEqual({ ok: false, code: 'wrongState' });
    expect(await decline(other)).toEqual({ ok: false, code: 'forbidden' });
    expect(patients[0]?.heard('visit:declined')).toEqual([]);
  });

  test('who waits is told nothing of the visit, whatever happens in it', async () => {
    const { group, physician, patients } = await cast.group(1);
    const waiting = await cast.patientAtDoor(physician);
    await waiting.hears('waiting:status');
    await physician.ask('mls:application', messageOf(group));
    await physician.ask('mls:commit', commitOf(group, 1));
    patients[0]?.close();
    const { participantId, leaf } = waiting.person;
    const welcomes = [{ to: participantId, leaf, welcome: someBytes() }];
    expect(await physician.ask('mls:commit', { ...commitOf(group, 2), welcomes })).toEqual({
      ok: false,
      code: 'forbidden',
    });
    await physician.ask('visit:end', {});
    await waiting.hears('visit:ended');
    expect(waiting.told).toEqual([]);
  });

  test('who waits may do nothing but enter and leave', async () => {
    const { group, physician } = await cast.group(0);
    const waiting = await cast.patientAtDoor(physician);
    const wrongState = { ok: false, code: 'wrongState' };
    expect(await waiting.ask('mls:application', messageOf(group))).toEqual(wrongState);
    expect(await waiting.ask('mls:resume', { groupId: group, epoch: 0 })).toEqual(wrongState);
    expect(await waiting.ask('mls:rejoin', { keyPackage: someBytes() })).toEqual(wrongState);
    expect(await waiting.ask('sfu:capabilities', {})).toEqual(wrongState);
    expect(await waiting.ask('sfu:createTransport', { direction: 'receive' })).toEqual(wrongState);
    expect(await waiting.ask('visit:leave', {})).toEqual({ ok: true, value: {} });
    await waiting.isCutOff();
    await physician.hears('visit:roster', ({ roster }) => roster.length === 1);
  });

  test('nothing can be asked before entering', async () => {
    const physician = await cast.join(newPerson(newVisit(), 'physician'));
    expect(await physician.ask('mls:create', { groupId: newGroupId(), incarnation: 1 })).toEqual({
      ok: false,
      code: 'wrongState',
    });
  });
});

describe('roles come from the ticket', () => {
  test('a patient is refused what only a host may', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const other = await cast.patientAtDoor(physician);
    const forbidden = { ok: false, code: 'forbidden' };
    const { participantId } = other.person;
    expect(await patient.ask('waiting:admit', { participantId })).toEqual(forbidden);
    expect(await patient.ask('waiting:decline', { participantId })).toEqual(forbidden);
    expect(await patient.ask('visit:end', {})).toEqual(forbidden);
    expect(await patient.ask('mls:create', { groupId: newGroupId(), incarnation: 1 })).toEqual(forbidden);
    expect(other.heard('visit:admitted')).toEqual([]);
  });

  test('patients are not told who waits', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const other = await cast.patientAtDoor(physician);
    await physician.hears('visit:roster', ({ roster }) => roster.length === 3);
    await patient.hears('visit:roster');
    const { participantId } = other.person;
    const known = patient.heard('visit:roster').flatMap(({ roster }) => roster.map((entry) => entry.participantId));
    expect(known).not.toContain(participantId);
  });

  test('a host of one visit has no power over another', async () => {
    const physician = await cast.physician();
    const elsewhere = await cast.physician();
    const patient = await cast.patientAtDoor(physician);
    const { participantId } = patient.person;
    expect(await elsewhere.ask('waiting:admit', { participantId })).toEqual({ ok: false, code: 'notFound' });
  });
});

describe('going and coming back', () => {
  test('a person whose connection breaks is away, and back with the same leaf', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    const back = await cast.join(patient.person);
    const state = await back.enterPresent();
    expect(state.roster.map(({ presence }) => presence)).toEqual(['present', 'present']);
  });

  test('who stays away for too long is out, and comes back without being admitted again', async () => {
    const { physician, patients } = await cast.group(1);
    const [patient] = patients;
    patient?.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    server.passTime(29_000);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(physician.heard('mls:remove')).toEqual([]);
    server.passTime(1_500);
    const { participantId, leaf } = patient?.person ?? newPerson(newVisit(), 'patient');
    expect(await physician.hears('mls:remove')).toEqual({ participantId, leaf });
    await physician.hears('visit:roster', ({ roster }) => roster.length === 1);
    const back = await cast.join(reloaded(patient?.person ?? newPerson(newVisit(), 'patient')));
    await back.enterPresent();
    expect(await physician.hears('mls:join')).toMatchObject({ participantId, leaf: back.person.leaf });
  });

  test('a reload comes back at once: new leaf, no new admission, the members are asked to add it', async () => {
    const { physician, patients } = await cast.group(1);
    const [patient] = patients;
    const after = await cast.join(reloaded(patient?.person ?? newPerson(newVisit(), 'patient')));
    const state = await after.enterPresent();
    expect(state.group).toMatchObject({ epoch: 1, incarnation: 1 });
    await patient?.hears('visit:replaced');
    await patient?.isCutOff();
    expect(await physician.hears('mls:join')).toMatchObject({
      participantId: after.person.participantId,
      leaf: after.person.leaf,
    });
  });

  test('the same leaf on a new connection takes over without a word', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const again = await cast.join(patient.person);
    await again.enterPresent();
    await patient.isCutOff();
    expect(patient.heard('visit:replaced')).toEqual([]);
    expect(await again.ask('mls:rejoin', { keyPackage: someBytes() })).toEqual({ ok: true, value: {} });
  });

  test('the same link opened elsewhere is refused while its session is in the visit, and waits once it is gone', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const { participantId } = patient.person;
    const elsewhere = { ...patient.person, leaf: newLeaf(), session: newSession() };
    const early = await cast.join(elsewhere);
    expect(await early.enter()).toMatchObject({ ok: false, code: 'conflict', retryAfterMs: 5_000 });
    expect(await patient.ask('mls:rejoin', { keyPackage: someBytes() })).toEqual({ ok: true, value: {} });
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.some(({ presence }) => presence === 'away'));
    expect(await early.enter()).toMatchObject({ ok: false, code: 'conflict' });
    const back = await cast.join(patient.person);
    await back.enterPresent();
    await back.ask('visit:leave', {});
    expect(await early.enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
    await physician.ask('waiting:admit', { participantId });
    await early.hears('visit:admitted');
    await early.enterPresent();
    expect(await (await cast.join(patient.person)).enter()).toMatchObject({ ok: false, code: 'conflict' });
  });

  test('an admission stands while another session of the link waits, and comes and goes', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    await patient.ask('visit:leave', {});
    const elsewhere = { ...patient.person, session: newSession() };
    const waiting = async () => {
      const other = await cast.join({ ...elsewhere, leaf: newLeaf() });
      expect(await other.enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
      return other;
    };
    (await waiting()).drop();
    await physician.hears('visit:roster', ({ roster }) => roster.length === 1);
    await (await waiting()).ask('visit:leave', {});
    await waiting();
    await physician.ask('waiting:decline', { participantId: patient.person.participantId });
    const last = await waiting();
    const back = await cast.join(reloaded(patient.person));
    await back.enterPresent();
    await last.hears('visit:replaced');
    await last.isCutOff();
    expect(await (await cast.join(elsewhere)).enter()).toMatchObject({ ok: false, code: 'conflict' });
  });

  test('an admission ends when another session of the link is admitted, and doesn’t come back with that one’s end', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const { participantId } = patient.person;
    await patient.ask('visit:leave', {});
    const other = await cast.join({ ...patient.person, leaf: newLeaf(), session: newSession() });
    await other.enter();
    await physician.ask('waiting:admit', { participantId });
    await other.enterPresent();
    await physician.ask('waiting:decline', { participantId });
    await other.isCutOff();
    expect(await (await cast.join(patient.person)).enter()).toEqual({ ok: true, value: { standing: 'waiting' } });
  });

  test('who was let in and lost the connection before entering comes in', async () => {
    const physician = await cast.physician();
    const patient = await cast.patientAtDoor(physician);
    await physician.ask('waiting:admit', { participantId: patient.person.participantId });
    await patient.hears('visit:admitted');
    patient.drop();
    await physician.hears('visit:roster', ({ roster }) => roster.length === 1);
    await (await cast.join(patient.person)).enterPresent();
  });

  test('an admission is not for whoever else has the link and comes after it', async () => {
    const physician = await cast.physician();
    const patient = await cast.patientAtDoor(physician);
    await physician.ask('waiting:admit', { participantId: patient.person.participantId });
    const other = await cast.join({ ...patient.person, leaf: newLeaf(), session: newSession() });
    expect(await other.enter()).toMatchObject({ ok: false, code: 'conflict' });
    await patient.enterPresent();
  });

  test('who leaves on purpose is out at once', async () => {
    const { physician, patients } = await cast.group(1);
    await patients[0]?.ask('visit:leave', {});
    expect(await physician.hears('mls:remove')).toEqual({
      participantId: patients[0]?.person.participantId,
      leaf: patients[0]?.person.leaf,
    });
    await physician.hears('visit:roster', ({ roster }) => roster.length === 1);
  });

  test('a replaced connection that says goodbye takes nobody along', async () => {
    const physician = await cast.physician();
    const patient = await cast.admitted(physician);
    const other = await cast.join({ ...patient.person, leaf: newLeaf() });
    void patient.socket.emitWithAck('visit:leave', {}).catch(() => undefined);
    const state = await other.enterPresent();
    expect(state.roster).toHaveLength(2);
    expect(await other.ask('mls:rejoin', { keyPackage: someBytes() })).toEqual({ ok: true, value: {} });
  });
});

describe('the end', () => {
  test('the visit ends for everyone and its tickets open nothing until they have expired', async () => {
    const { physician, patients } = await cast.group(2);
    const ticket = await server.clinic.ticket(physician.person);
    expect(await physician.ask('visit:end', {})).toEqual({ ok: true, value: {} });
    for (const client of [physician, ...patients]) {
      expect(await client.hears('visit:ended')).toEqual({ reason: 'endedByHost' });
      await client.isCutOff();
    }
    const refusal = { data: { code: 'wrongState' } };
    await expect(cast.join(physician.person)).rejects.toMatchObject(refusal);
    server.passTime(100_000);
    await expect(connect(server, physician.person, { ticket })).rejects.toMatchObject(refusal);
    server.passTime(200_000);
    await expect(connect(server, physician.person, { ticket })).rejects.toMatchObject({
      data: { code: 'unauthenticated' },
    });
  });

  test('a connection that had not entered is closed too', async () => {
    const physician = await cast.physician();
    const late = await cast.join(newPerson(physician.person.visit, 'patient'));
    await physician.ask('visit:end', {});
    await late.isCutOff();
  });

  test('a visit ends by itself when its credentials have expired', async () => {
    const physician = await cast.physician();
    server.passTime(12 * 3600_000);
    expect(await physician.hears('visit:ended')).toEqual({ reason: 'expired' });
    await physician.isCutOff();
  });
});
