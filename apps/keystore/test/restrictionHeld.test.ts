import { decodeEntry } from '@sotto/audit';
import { objectId, patientId } from '@sotto/protocol/ids';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '../src/ids.ts';
import { findObjects } from '../src/keys/objectKeys.ts';
import { readRestrictions } from '../src/keys/restriction.ts';
import { keyStatus } from '../src/keys/status.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { readNotices } from '../src/notices.ts';
import type { ReleasePorts } from '../src/release/releasePorts.ts';
import type { ReleaseOutcome } from '../src/release/releases.ts';
import { payloadHash } from '../src/statement.ts';
import type { Viewer } from './people.ts';
import {
  asked,
  damaged,
  entriesOf,
  lift,
  officers,
  reasonHash,
  receiptOf,
  registering,
  released,
  releasing,
  restrict,
  restricted,
  restrictionsOf,
  useRestrictionScene,
} from './restrictionScene.ts';

useRestrictionScene();

const logPort = (): ReleasePorts['log'] => {
  const { log } = registering.context;
  return {
    cover: () => log.cover(),
    prove: (index) => log.prove(index),
    unwitnessedSince: () => log.unwitnessedSince(),
  };
};

describe('a release that was under way when it was restricted', () => {
  /** Releases over ports that restrict the object at some moment of the release. */
  async function during(moment: 'policy' | 'cover' | 'prove'): Promise<{ viewer: Viewer; outcome: ReleaseOutcome }> {
    const { physician } = registering;
    const note = await registering.handedIn('note');
    const once = async <T>(go: () => Promise<T>): Promise<T> => {
      await restrict(note.pseudonym, note.object);
      return go();
    };
    const log = logPort();
    const slow = releasing(
      {
        policy: { policy: { decide: () => once(async () => ({ tag: 'permit' as const })) } },
        cover: { log: { ...log, cover: () => once(() => log.cover()) } },
        prove: { log: { ...log, prove: (index: number) => once(() => log.prove(index)) } },
      }[moment],
    );
    const viewer = await asked(physician, note, [note.object]);
    return { viewer, outcome: await slow.release(viewer.call) };
  }

  it('isn’t recorded as allowed after the restriction', async () => {
    const { viewer, outcome } = await during('policy');
    expect(outcome).toEqual(restricted);
    expect((await entriesOf(viewer)).map(({ outcome: came }) => came)).toEqual(['refused']);
  });

  it.each(['cover', 'prove'] as const)(
    'gives nothing where it was recorded before, and says so in the log (%s)',
    async (moment) => {
      const { viewer, outcome } = await during(moment);
      expect(outcome).toEqual(restricted);
      expect(await entriesOf(viewer)).toMatchObject([
        { outcome: 'allowed' },
        { outcome: 'refused', before: reasonHash },
      ]);
    },
  );

  it('gives nothing when it is asked again later, on record once, and not after lifting either', async () => {
    const { physician } = registering;
    const note = await registering.handedIn('note');
    const viewer = await asked(physician, note, [note.object]);
    const untried = await asked(physician, note, [note.object]);
    for (const each of [viewer, untried]) expect(await releasing().release(each.call)).toMatchObject(released);
    const receipt = await receiptOf(note.pseudonym, note.object);
    const again = () => releasing().release(viewer.call);
    expect(await Promise.all([again(), again()])).toEqual([restricted, restricted]);
    expect(await again()).toEqual(restricted);
    const [allowed, since, ...more] = await entriesOf(viewer);
    expect(since).toMatchObject({
      ...{ actor: physician.subject, role: 'physician', action: 'object.release', resource: `object:${note.object}` },
      ...{ patient: note.pseudonym, outcome: 'refused', before: reasonHash, after: allowed?.after },
    });
    expect(more).toEqual([]);
    await lift(receipt);
    expect(await again()).toEqual(restricted);
    expect(await entriesOf(viewer)).toHaveLength(2);
    // Nobody had refused this one.
    expect(await releasing().release(untried.call)).toMatchObject(released);
  });

  it('tells officers of an emergency that it refused after it had been allowed, once', async () => {
    const { context, physician } = registering;
    const note = await registering.handedIn('note');
    const beside = await registering.handedIn('note', note.pseudonym);
    const urgent = { purpose: 'emergency', breakGlass: 'lifeThreat' } as const;
    const viewer = await asked(physician, note, [note.object, beside.object], urgent);
    await releasing().release(viewer.call);
    const before = (await readNotices(context.database, 0)).notices.at(-1);
    expect(before).toMatchObject({ kind: 'breakGlass', pseudonym: note.pseudonym });
    await receiptOf(note.pseudonym, note.object);
    for (let left = 2; left > 0; left -= 1) expect(await releasing().release(viewer.call)).toEqual(restricted);
    const { notices } = await readNotices(context.database, before?.id ?? 0);
    expect(notices.map(({ kind }) => kind)).toEqual(['restriction', 'breakGlassRefused']);
    expect(notices[1]).toMatchObject({ subject: physician.subject, pseudonym: note.pseudonym });
    const { leaf } = await context.log.prove(notices[1]?.index ?? 0);
    const text = new TextDecoder().decode(leaf.content?.encoded);
    expect(text).toContain(`"session":"${viewer.call.request.id}"`);
    expect(text).toContain('"outcome":"refused"');
  });

  it.each(['restriction', 'release'] as const)(
    'is settled in the log’s order when both come at once, the %s first',
    async (first) => {
      const { physician, people, context } = registering;
      const note = await registering.handedIn('note');
      const other = await registering.handedIn('note');
      const call = await people.call(officers, { action: 'restrict', pseudonym: note.pseudonym, object: note.object });
      const before = await asked(physician, other, [other.object]);
      const viewer = await asked(physician, note, [note.object]);
      const pair = [call.act.id, viewer.call.request.id];
      // They wait behind another, so that they are recorded one after the other, in this order.
      const order = [before.call.request.id, ...(first === 'restriction' ? pair : pair.reverse())];
      const held = new Map<string, () => void>();
      const record = people.requests.record.bind(people.requests);
      const recording = vi.spyOn(people.requests, 'record').mockImplementation(
        (decision) =>
          new Promise((resolve, reject) => {
            held.set(decision.id, () => void record(decision).then(resolve, reject));
          }),
      );
      try {
        const performed = people.acts.perform(call);
        // A release that is recorded first is still under way when the restriction is recorded.
        const releases = releasing({ log: { ...logPort(), cover: () => performed.then(() => context.log.cover()) } });
        const both = Promise.all([performed, releases.release(viewer.call), releases.release(before.call)]);
        await vi.waitFor(() => expect(held.size).toBe(3), 10_000);
        for (const id of order) held.get(id)?.();
        const [done, outcome] = await both;
        if (done.tag === 'refused') throw new Error(done.code);
        const tried: [boolean, string][] = [];
        for await (const { index, content } of context.log.leaves()) {
          const entry = content && decodeEntry(content.encoded);
          if (entry?.session !== viewer.call.request.id) continue;
          tried.push([index > done.proof.leaf.index, entry.outcome]);
        }
        const behind = [true, 'refused'];
        expect(tried).toEqual(first === 'restriction' ? [behind] : [[false, 'allowed'], behind]);
        expect(outcome).toEqual(restricted);
      } finally {
        recording.mockRestore();
      }
    },
  );
});

describe('whoever has the database', () => {
  const asOwner = (statement: string, ...values: unknown[]) =>
    registering.installation.asOwner((owner) => owner.query(statement, values));
  const verdict = async () => {
    const { context, installation } = registering;
    const { findings } = await verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
    return findings;
  };

  it('lifts nothing: not by taking the row away, changing it, or giving it to another', async () => {
    const { physician, context } = registering;
    for (const scope of ['object', 'all'] as const) {
      const note = await registering.handedIn('note');
      const { payload } = await receiptOf(note.pseudonym, scope === 'all' ? null : note.object);
      const hash = Buffer.from(payloadHash(payload), 'base64url');
      const { rows } = await asOwner('select * from keystore.restriction where hash = $1', hash);
      const [row] = rows as { statement: string }[];
      const open = async () => releasing().release((await asked(physician, note, [note.object])).call);
      const tamperings: [string, unknown[]][] = [
        ['delete from keystore.restriction where hash = $1', []],
        ['update keystore.restriction set pseudonym = $2 where hash = $1', [newId(patientId)]],
        ['update keystore.restriction set object = $2 where hash = $1', [newId(objectId)]],
        ['update keystore.restriction set statement = $2 where hash = $1', [row?.statement.replace('"2', '"3')]],
        ["update keystore.restriction set hash = sha256('other') where hash = $1", []],
      ];
      for (const [statement, values] of tamperings) {
        await asOwner(statement, hash, ...values);
        await expect(open(), statement).rejects.toMatchObject(damaged);
        expect(await verdict(), statement).toContain('restriction');
        await asOwner('delete from keystore.restriction where restricted_at = $1', new Date(payload.restrictedAt));
        await asOwner(
          'insert into keystore.restriction select * from jsonb_populate_record(null::keystore.restriction, $1)',
          JSON.stringify({ ...row, hash: `\\x${hash.toString('hex')}` }),
        );
        expect(await open()).toEqual(restricted);
      }
      expect(await verdict()).toEqual([]);
      // A lifting that nobody signed, or that is another restriction's, hides it from nobody.
      const other = await registering.people.object(note.pseudonym);
      const another = await receiptOf(note.pseudonym, other.object);
      await lift(another);
      const { rows: lifted } = await asOwner(
        'select lifting from keystore.restriction where hash = $1',
        Buffer.from(payloadHash(another.payload), 'base64url'),
      );
      const ways: [string, () => Promise<unknown>][] = [
        ['open', open],
        ['list', () => readRestrictions(context, {})],
        ['a patient’s list', () => restrictionsOf(note.pseudonym)],
        ['count', () => keyStatus(context)],
        ['restrict', () => restrict(note.pseudonym, payload.object)],
        ['lift', () => lift({ ...another, payload })],
      ];
      for (const lifting of ['', '{}', (lifted as { lifting: string }[])[0]?.lifting]) {
        await asOwner('update keystore.restriction set lifting = $2 where hash = $1', hash, lifting);
        for (const [way, go] of ways) await expect(go(), way).rejects.toMatchObject(damaged);
        expect(await verdict(), lifting).toContain('restriction');
      }
      await asOwner('update keystore.restriction set lifting = null where hash = $1', hash);
      expect(await findObjects(context, [note.object])).toHaveLength(1);
    }
  });

  it('is refused by it what would take a restriction away, where it has the service’s rights', async () => {
    const { context } = registering;
    for (const statement of [
      'delete from keystore.restriction',
      'update keystore.restriction set object = null',
      "update keystore.restriction set statement = ''",
    ]) {
      await expect(context.database.execute(statement)).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });

  // The last: it leaves the log damaged.
  it('gets no entry that says nobody did it, by taking those of the release away', async () => {
    const { physician } = registering;
    const note = await registering.handedIn('note');
    const beside = await registering.handedIn('note', note.pseudonym);
    const viewer = await asked(physician, note, [note.object, beside.object]);
    expect(await releasing().release(viewer.call)).toMatchObject(released);
    await receiptOf(note.pseudonym, note.object);
    await asOwner('alter table audit.entry disable trigger user');
    for (const { object } of [beside, note]) {
      await asOwner("delete from audit.entry where action = 'object.release' and resource = $1", `object:${object}`);
      await expect(releasing().release(viewer.call)).rejects.toMatchObject(damaged);
    }
    expect(await entriesOf(viewer)).toEqual([]);
  });
});
