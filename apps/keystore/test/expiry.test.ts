import { join } from 'node:path';
import { decodeEntry, type Entry } from '@sotto/audit';
import { patientId, visitId } from '@sotto/protocol/ids';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import { shredExpired } from '../src/keys/expiry.ts';
import { findObjects, mintObject } from '../src/keys/objectKeys.ts';
import { readRestrictions } from '../src/keys/restriction.ts';
import { readShreddings } from '../src/keys/shredding.ts';
import { openShredJournal } from '../src/keys/shredJournal.ts';
import { readNotices } from '../src/notices.ts';
import { isSigned } from '../src/statement.ts';
import { ConsentedVisit } from './consented.ts';
import { permittedReleases } from './permittedReleases.ts';
import { type HandedInObject, Registering } from './registering.ts';

const dayMs = 24 * 60 * 60_000;
let registering: Registering;
beforeAll(async () => {
  registering = await Registering.start();
});
afterAll(() => registering.remove());

const journal = () =>
  openShredJournal(
    join(registering.installation.folder, 'shredded.jsonl'),
    registering.context.statements.publicKey,
    'KEYSTORE_SHRED_JOURNAL_FILE',
  );
/** One look so many days from now, where recordings are kept for ten. @param witness how many days off its clock is */
const look = (inDays: number, { witness = inDays, most = 500 } = {}) => {
  const now = () => new Date(Date.now() + inDays * dayMs);
  registering.installation.witnessOffsetMs = witness * dayMs;
  return shredExpired({ ...registering.context, now }, journal(), { days: 10, most, batch: 2 });
};
/** The second look of two that agree, whatever was before. */
const expire = async (inDays: number, most = 500) => {
  await look(-1000);
  expect(await look(inDays - 1.01)).toEqual({ tag: 'waits', reason: 'gap' });
  return look(inDays, { most });
};
const counts = (changes: object = {}) => ({
  ...{ tag: 'looked', shredded: 0, held: 0, damaged: 0, isCapped: false },
  ...changes,
});
const asOwner = (statement: string, ...values: unknown[]) =>
  registering.installation.asOwner((owner) => owner.query(statement, values));

async function entries(): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const { content } of registering.context.log.leaves()) if (content) all.push(decodeEntry(content.encoded));
  return all;
}

const isThere = async ({ object }: HandedInObject) => (await findObjects(registering.context, [object])).length === 1;

describe('a recording whose time is over', () => {
  it('is shredded, with an entry and a receipt, and opens no more; what else there is stays', async () => {
    const { context, people, physician } = registering;
    const [recording, note] = [await registering.handedIn('recording'), await registering.handedIn('note')];
    expect(await expire(9.9)).toEqual(counts());
    expect(await isThere(recording)).toBe(true);
    expect(await expire(10.1)).toEqual(counts({ shredded: 1 }));
    expect([await isThere(recording), await isThere(note)]).toEqual([false, true]);
    expect(await expire(11)).toEqual(counts());

    const { shreddings } = await readShreddings(context.database, {});
    const receipt = shreddings.find(({ payload }) => payload.object === recording.object);
    expect(receipt?.payload).toMatchObject({ pseudonym: recording.pseudonym, shreddedBy: [] });
    expect(receipt && isSigned(context.statements.publicKey, receipt)).toBe(true);
    expect((await journal().read()).map(({ payload }) => payload.object)).toContain(recording.object);
    expect(await entries()).toContainEqual(
      expect.objectContaining({
        ...{ action: 'key.shred', actor: 'keystore', patient: recording.pseudonym },
        resource: `object:${recording.object}`,
      }),
    );
    const viewer = await people.viewer(physician, [recording.object]);
    const outcome = await permittedReleases(context, people.requests).release(viewer.call);
    expect(outcome).toMatchObject({ tag: 'refused', code: 'unknownObject' });
  });

  it('is kept under legal hold, and shredded once that is lifted', async () => {
    const { people } = registering;
    const recording = await registering.handedIn('recording');
    const { pseudonym } = recording;
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    expect((await people.perform([officer], { action: 'hold', pseudonym })).tag).toBe('done');
    expect(await expire(20)).toEqual(counts({ held: 1 }));
    expect(await isThere(recording)).toBe(true);
    expect((await people.perform(people.officers, { action: 'liftHold', pseudonym })).tag).toBe('done');
    expect(await expire(20)).toEqual(counts({ shredded: 1 }));
    expect(await isThere(recording)).toBe(false);
  });

  it('is shredded though nobody may open it, since the time that the law kept it for is over', async () => {
    const { context, people } = registering;
    const recording = await registering.handedIn('recording');
    const { pseudonym, object } = recording;
    expect((await people.perform(people.officers, { action: 'restrict', pseudonym, object })).tag).toBe('done');
    expect((await people.perform(people.officers, { action: 'restrict', pseudonym, object: null })).tag).toBe('done');
    expect(await expire(9.9)).toEqual(counts());
    expect(await isThere(recording)).toBe(true);
    expect(await expire(10.1)).toEqual(counts({ shredded: 1 }));
    expect(await isThere(recording)).toBe(false);
    const { shreddings } = await readShreddings(context.database, {});
    expect(shreddings.map(({ payload }) => payload.object)).toContain(object);
    // What is restricted besides stays so; a look is no lifting.
    const { restrictions } = await readRestrictions(context, { pseudonym });
    expect(restrictions.map(({ payload }) => payload.object)).toEqual([null]);
  });

  it('is told to officers: once a look, by the place of its entry', async () => {
    const { context } = registering;
    for (let left = 2; left > 0; left -= 1) await registering.handedIn('recording');
    const before = (await readNotices(context.database, 0)).notices.at(-1)?.id ?? 0;
    expect(await expire(11)).toEqual(counts({ shredded: 2 }));
    const { notices } = await readNotices(context.database, before);
    expect(notices).toEqual([expect.objectContaining({ kind: 'shred', subject: null, pseudonym: null })]);
    const told = await entries();
    expect(told[notices[0]?.index ?? -1]).toMatchObject({ action: 'recordings.look', actor: 'keystore' });
  });

  it('waits for the next look where one would shred too many', async () => {
    const all = [await registering.handedIn('recording'), await registering.handedIn('recording')];
    expect(await expire(11, 1)).toEqual(counts({ shredded: 1, isCapped: true }));
    expect((await Promise.all(all.map(isThere))).filter(Boolean)).toHaveLength(1);
    expect(await look(12.1, { most: 1 })).toEqual(counts({ shredded: 1 }));
  });

  it('isn’t over, nor goes on for ever, because somebody with the database says so', async () => {
    const move = (object: string, to: string) =>
      asOwner('update keystore.registration set registered_at = $2 where object = $1', object, to);
    const recording = await registering.handedIn('recording');
    await move(recording.object, '2020-01-01');
    expect(await expire(0)).toEqual(counts());
    expect(await isThere(recording)).toBe(true);
    await move(recording.object, '2999-01-01');
    expect(await expire(11)).toEqual(counts({ shredded: 1 }));
    expect(await isThere(recording)).toBe(false);
  });

  it('goes by itself where another’s registration isn’t what was signed, which is counted', async () => {
    // Whichever of them comes first.
    const all = [];
    for (let left = 3; left > 0; left -= 1) all.push(await registering.handedIn('recording'));
    const [edited, ...others] = all.sort((one, other) => (one.object < other.object ? -1 : 1));
    const put = (from: string, to: string) =>
      asOwner(
        'update keystore.registration set statement = replace(statement, $2, $3) where object = $1',
        edited?.object,
        from,
        to,
      );
    await put('"registeredAt":"2', '"registeredAt":"9');
    expect(await expire(11)).toEqual(counts({ shredded: 2, damaged: 1 }));
    expect(await Promise.all(others.map(isThere))).toEqual([false, false]);
    await put('"registeredAt":"9', '"registeredAt":"2');
    expect(await expire(11)).toEqual(counts({ shredded: 1 }));
  });
});

describe('a keystore whose clock jumps ahead by a year', () => {
  it('shreds nothing while its witness tells another time, however often it looks', async () => {
    const recording = await registering.handedIn('recording');
    await look(-1000);
    for (const day of [365, 366.1, 367.2]) {
      expect(await look(day, { witness: 0 })).toEqual({ tag: 'waits', reason: 'witnessClock' });
    }
    expect(await isThere(recording)).toBe(true);
    expect(await expire(11)).toEqual(counts({ shredded: 1 }));
  });

  it('shreds nothing for a day where the witness’s clock jumps with it, started anew or not', async () => {
    const recording = await registering.handedIn('recording');
    await expire(1);
    expect(await look(365)).toEqual({ tag: 'waits', reason: 'gap' });
    for (const day of [365, 365.5, 365.99]) expect(await look(day)).toEqual({ tag: 'tooSoon' });
    // Somebody has looked after it: from here on all is as it was.
    expect(await look(2)).toEqual({ tag: 'waits', reason: 'gap' });
    expect(await look(3.1)).toEqual(counts());
    expect(await isThere(recording)).toBe(true);
    expect(await expire(11)).toEqual(counts({ shredded: 1 }));
  });

  it('goes by the earlier of two clocks that tell nearly the same', async () => {
    const recording = await registering.handedIn('recording');
    await look(-1000);
    await look(10);
    expect(await look(11.1, { witness: 9.9 })).toEqual(counts());
    expect(await isThere(recording)).toBe(true);
    expect(await look(12.2)).toEqual(counts({ shredded: 1 }));
  });

  it('shreds nothing while the witness isn’t heard', async () => {
    const { installation } = registering;
    const recording = await registering.handedIn('recording');
    await look(-1000);
    await look(10);
    installation.isWitnessUp = false;
    expect(await look(11.1)).toEqual({ tag: 'waits', reason: 'unwitnessed' });
    installation.isWitnessUp = true;
    expect(await isThere(recording)).toBe(true);
    expect(await look(12.2)).toEqual(counts({ shredded: 1 }));
  });
});

describe('a clinic that was closed', () => {
  it('over a long weekend: the first look waits, the next day’s doesn’t', async () => {
    await registering.handedIn('recording');
    await expire(7);
    expect(await look(11)).toEqual({ tag: 'waits', reason: 'gap' });
    expect(await look(12.1)).toEqual(counts({ shredded: 1 }));
  });
});

describe('a keystore whose clock is a day off', () => {
  it.each([-24, 24])('takes recordings, and opens them: by %d hours', async (hours) => {
    const { identity, installation, people, physician } = registering;
    const skewed = await installation.open({ offsetMs: () => hours * 3_600_000 });
    const visit = newId(visitId);
    const { statement } = await mintObject(skewed, { pseudonym: newId(patientId), visit });
    const { object } = statement.payload;
    // Everybody in the visit goes by the right one.
    const recorded = new ConsentedVisit(registering.context, identity, visit);
    const evidence = await recorded.evidence(physician);
    const manifest = await recorded.manifest(statement, evidence);
    expect((await registering.register(object, manifest, evidence, skewed)).tag).toBe('registered');
    // Who asks goes by the keystore's, as its nonce's expiry tells it.
    const own = people.at(skewed);
    const viewer = await own.viewer(physician, [object]);
    expect((await permittedReleases(skewed, own.requests).release(viewer.call)).tag).toBe('released');
  });
});

describe('a witness whose clock is a day off', () => {
  afterEach(() => {
    registering.installation.witnessOffsetMs = 0;
  });

  it.each([-24, 24])('witnesses releases all the same: by %d hours', async (hours) => {
    const { context, installation, people, physician } = registering;
    const { object } = await registering.handedIn('recording');
    installation.witnessOffsetMs = hours * 3_600_000;
    const viewer = await people.viewer(physician, [object]);
    const outcome = await permittedReleases(context, people.requests).release(viewer.call);
    expect(outcome).toMatchObject({ tag: 'released', isWitnessed: true });
  });
});
