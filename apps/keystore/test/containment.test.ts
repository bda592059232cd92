import type { Contained } from '@sotto/protocol/containment';
import { patientId, staffId } from '@sotto/protocol/ids';
import type { ReleaseRequest } from '@sotto/protocol/keystore';
import { Client } from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import { readAccesses } from '../src/log/accesses.ts';
import { readNotices } from '../src/notices.ts';
import { containForApi, readContainments } from '../src/release/containment.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import { type Passkey, party } from './passkey.ts';
import type { ViewerKey } from './people.ts';
import { releaseScene } from './releaseScene.ts';

const { installation, context, people, physician, clock, releases } = await releaseScene();
const nurse = await people.enrolled('nurse');
const [officer, other] = people.officers;
if (!officer || !other) throw new Error('there are officers');
afterAll(() => installation.remove());

const whomOf = ({ subject }: Passkey): Contained => staffId.parse(subject);
const lift = (whom: Contained, by: Passkey = officer) => people.perform([by], { action: 'liftContainment', whom });
const contain = (whom: Contained, by: Passkey = officer) => people.perform([by], { action: 'contain', whom });

afterEach(async () => {
  for (const { whom } of (await readContainments(context)).containments) await lift(whom);
});

const pseudonym = newId(patientId);
const [one, two] = [(await people.object(pseudonym)).object, (await people.object(pseudonym)).object];
const both = [one, two].sort();

async function open(key: ViewerKey, objects: readonly (typeof one)[], request: Partial<ReleaseRequest> = {}) {
  const outcome = await releases.release((await people.viewer(key, objects, { request })).call);
  return outcome.tag === 'released' ? 'released' : [outcome.code, ...outcome.reasons].join(':');
}

/** The pace of who is contained. */
const pause = () => {
  clock.offsetMs += 10_000;
};

const emergency = { breakGlass: 'covering', purpose: 'emergency' } as const;

describe('a contained account', () => {
  it('opens one thing with one signature, in an emergency too, and others aren’t held up', async () => {
    expect(await open(physician, both)).toBe('released');
    await containForApi(context, whomOf(physician));
    expect(await open(physician, both)).toBe('contained:oneAtATime');
    expect(await open(physician, [one])).toBe('released');
    expect(await open(physician, both, emergency)).toBe('contained:oneAtATime');
    expect(await open(physician, [one], emergency)).toBe('released');
    expect(await open(nurse, both)).toBe('released');
  });

  it('opens the next thing ten seconds later, in an emergency at once, however many ask together', async () => {
    await containForApi(context, whomOf(physician));
    const together = await Promise.all([open(physician, [one]), open(physician, [two]), open(nurse, [one])]);
    expect(together.toSorted()).toEqual(['contained:pace', 'released', 'released']);
    expect(together[2]).toBe('released');
    expect(await open(physician, [two])).toBe('contained:pace');
    expect(await open(physician, [two], emergency)).toBe('released');
    clock.offsetMs += 9_000;
    expect(await open(physician, [two])).toBe('contained:pace');
    pause();
    expect(await open(physician, [two])).toBe('released');
    const { call } = await people.viewer(nurse, [one], { approver: physician });
    expect(await releases.release(call)).toMatchObject({ code: 'contained', reasons: ['pace'] });
  });

  it('breaks the glass for twelve patients within an hour, and then for no other until an officer has signed', async () => {
    await containForApi(context, whomOf(physician));
    const of = async () => (await people.object(newId(patientId))).object;
    const twelve: (typeof one)[] = [];
    for (let place = 0; place < 12; place += 1) twelve.push(await of());
    const last = await of();
    for (const object of twelve.slice(0, 11)) expect(await open(physician, [object], emergency)).toBe('released');
    // Two at once for the place that is left.
    const both = await Promise.all([twelve[11] ?? last, last].map((object) => open(physician, [object], emergency)));
    expect(both.toSorted()).toEqual(['contained:emergencies', 'released']);
    // Those that it was broken for are still open to them for the hour; nobody else is, then neither.
    expect(await open(physician, twelve.slice(0, 1), emergency)).toBe('released');
    clock.offsetMs += 2 * 3_600_000;
    expect(await open(physician, [await of()], emergency)).toBe('contained:emergencies');
    pause();
    expect(await open(physician, [await of()])).toBe('released');
    await contain(whomOf(physician));
    expect(await open(physician, [await of()], emergency)).toBe('contained:emergencies');
    expect(await open(nurse, [await of()], emergency)).toBe('released');
    expect((await lift(whomOf(physician))).tag).toBe('done');
    await containForApi(context, whomOf(physician));
    expect(await open(physician, [await of()], emergency)).toBe('released');
  });

  it('is on record with each try, and officers are told', async () => {
    await containForApi(context, whomOf(physician));
    const { notices } = await readNotices(context.database, 0);
    const known = notices.at(-1)?.id ?? 0;
    const { through } = await readAccesses(context.database, { since: '2020-01-01T00:00:00Z' });
    expect(await open(physician, both, emergency)).toBe('contained:oneAtATime');
    expect(await open(physician, [one], emergency)).toBe('released');
    const told = (await readNotices(context.database, known)).notices;
    expect(told.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['breakGlassRefused', physician.subject],
      ['breakGlass', physician.subject],
    ]);
    const { accesses } = await readAccesses(context.database, { after: through });
    expect(accesses).toMatchObject([{ actor: physician.subject, outcome: 'allowed', isBreakGlass: true }]);
  });

  it('signs no more than one for somebody else either', async () => {
    await containForApi(context, whomOf(nurse));
    const { call } = await people.viewer(physician, both, { approver: nurse });
    expect(await releases.release(call)).toMatchObject({ code: 'contained', reasons: ['oneAtATime'] });
  });

  it('is on record once, however often it is asked for', async () => {
    const before = await context.log.size();
    await containForApi(context, whomOf(physician));
    await containForApi(context, whomOf(physician));
    expect(await context.log.size()).toBe(before + 1);
    expect((await readContainments(context)).containments).toMatchObject([{ whom: physician.subject, by: null }]);
    expect(await contain(whomOf(physician))).toMatchObject({ code: 'exists' });
  });

  it('goes on once an officer has signed, and not before', async () => {
    await containForApi(context, whomOf(physician));
    expect(await lift(whomOf(physician), nurse)).toMatchObject({ code: 'assertion' });
    expect(await lift(whomOf(physician), physician)).toMatchObject({ code: 'assertion' });
    expect(await open(physician, both)).toBe('contained:oneAtATime');
    expect((await lift(whomOf(physician))).tag).toBe('done');
    expect(await open(physician, both)).toBe('released');
    expect(await lift(whomOf(physician))).toMatchObject({ code: 'notContained' });
  });

  it('isn’t lifted by whose it is, an officer’s neither', async () => {
    await containForApi(context, whomOf(officer));
    expect(await lift(whomOf(officer), officer)).toMatchObject({ code: 'assertion' });
    expect((await lift(whomOf(officer), other)).tag).toBe('done');
  });

  it('is held up by an officer’s or an administrator’s own signature too, by no other', async () => {
    const admin = await people.enrolled('admin');
    expect(await contain(whomOf(physician), nurse)).toMatchObject({ code: 'assertion' });
    expect((await contain(whomOf(physician), admin)).tag).toBe('done');
    expect((await readContainments(context)).containments).toMatchObject([{ by: admin.subject }]);
    expect(await lift(whomOf(physician), admin)).toMatchObject({ code: 'assertion' });
  });
});

describe('everybody, and all openings', () => {
  it('holds up all of the staff, one at a time', async () => {
    await contain('everyone');
    expect(await open(nurse, both)).toBe('contained:oneAtATime');
    expect(await open(nurse, [one])).toBe('released');
    await lift('everyone');
    expect(await open(nurse, both)).toBe('released');
  });

  it('stops every opening but in an emergency, the patient’s too', async () => {
    const code = await people.patient(physician);
    const own = (await people.object(code.subject)).object;
    const asPatient = { purpose: 'patientRequest' } as const;
    expect(await open(code, [own], asPatient)).toBe('released');
    await contain('releases');
    expect(await open(code, [own], asPatient)).toBe('contained:releases');
    expect(await open(physician, [one])).toBe('contained:releases');
    expect(await open(physician, [one], emergency)).toBe('released');
  });
});

describe('what the log says', () => {
  it('is what counts: an entry that was erased stops openings', async () => {
    const owner = new Client({ connectionString: installation.postgres.ownerUrl });
    await owner.connect();
    await containForApi(context, whomOf(physician));
    try {
      await owner.query('begin');
      await owner.query('alter table audit.entry disable trigger user');
      await owner.query(`update audit.entry set canonical = 'none' where action = 'containment.place'`);
      await owner.query('alter table audit.entry enable trigger user');
      await owner.query('commit');
      await expect(open(physician, [one])).rejects.toMatchObject({ name: 'LogStopped', code: 'damaged' });
    } finally {
      await owner.query('begin');
      await owner.query('alter table audit.entry disable trigger user');
      await owner.query(`delete from audit.entry where action = 'containment.place' and canonical = 'none'`);
      await owner.query('alter table audit.entry enable trigger user');
      await owner.query('commit');
      await owner.end();
    }
  });

  it('tells of no try that only lacked the second signature', async () => {
    const { through } = await readAccesses(context.database, { since: '2020-01-01T00:00:00Z' });
    const ports = { party, policy: { decide: async () => ({ tag: 'permit' as const }) }, requests: people.requests };
    const byTwo = new Releases(productionPorts(context, { ...ports, twoApprovers: 'all' }));
    const { call } = await people.viewer(physician, [one]);
    expect(await byTwo.release(call)).toMatchObject({ code: 'denied', reasons: ['twoApprovers'] });
    expect((await readAccesses(context.database, { after: through })).accesses).toEqual([]);
  });

  it('tells of what staff opened and was refused, in order, and of no patient', async () => {
    const since = await readAccesses(context.database, { since: '2020-01-01T00:00:00Z' });
    const { through } = since;
    expect(since.isAll).toBe(true);
    await open(physician, both);
    await open(physician, both, { purpose: 'patientRequest', expiry: '2020-01-01T00:00:00Z' });
    await open(nurse, [one], emergency);
    const { accesses, isAll } = await readAccesses(context.database, { after: through });
    expect(isAll).toBe(true);
    expect(
      accesses.map(({ actor, pseudonym: of, outcome, isBreakGlass }) => [actor, of, outcome, isBreakGlass]),
    ).toEqual([
      [physician.subject, pseudonym, 'allowed', false],
      [physician.subject, pseudonym, 'allowed', false],
      [nurse.subject, pseudonym, 'allowed', true],
    ]);
    expect(new Set(accesses.map(({ request }) => request)).size).toBe(2);
    expect(await readAccesses(context.database, { since: '2999-01-01T00:00:00Z' })).toMatchObject({ accesses: [] });
  });
});
