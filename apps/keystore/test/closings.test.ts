import { generateKeyPairSync } from 'node:crypto';
import { objectId } from '@sotto/protocol/ids';
import { challengeLabels, requestId } from '@sotto/protocol/keystore';
import { challengeOf } from '@sotto/service/assertion';
import { sql } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, fromBase64url, toBase64url } from '../src/bytes.ts';
import { isEd25519Signature } from '../src/directory/newKey.ts';
import { newId } from '../src/ids.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { Closings } from '../src/release/closings.ts';
import { keptText } from '../src/release/heardClosing.ts';
import { statementSigner } from '../src/statement.ts';
import { Closer } from './closer.ts';
import { entriesAbout, type ViewerChanges } from './people.ts';
import { releaseScene } from './releaseScene.ts';

const { installation, context, people, physician, clock, releases } = await releaseScene();
const closings = new Closings(context, people.requests);
beforeEach(() => {
  clock.offsetMs = 0;
});
afterAll(() => installation.remove());

const minute = 60_000;

/** Something that was opened, with the browser that says when it closes. */
async function opened(count = 1, changes: ViewerChanges = {}) {
  const { object, pseudonym } = await people.object();
  const more = await Promise.all(Array.from({ length: count - 1 }, () => people.object(pseudonym)));
  const objects = [object, ...more.map((one) => one.object)];
  const { call, closer } = await people.viewer(physician, objects, changes);
  const outcome = await releases.release(call);
  const { request } = call;
  return { request, closer, outcome, pseudonym, objects };
}

/** What the log says of its having been closed. */
const closed = async (session: string) =>
  (await entriesAbout(context, session)).filter(({ action }) => action === 'object.close');

describe('for how long something was open', () => {
  it('is logged once it is over, an entry for each that was opened, about the same patient', async () => {
    const { request, closer, pseudonym, objects } = await opened(2);
    clock.offsetMs = 5 * minute;
    expect(await closings.tell(closer.tell(request, 192, true))).toBe('told');
    const entries = await closed(request.id);
    expect(entries.map(({ resource }) => resource).sort()).toEqual(objects.map((id) => `object:${id}`).sort());
    for (const entry of entries) {
      expect(entry).toMatchObject({
        actor: physician.subject,
        role: 'physician',
        patient: pseudonym,
        outcome: 'allowed',
      });
      expect(entry).toMatchObject({ purpose: 'open:192', session: request.id, address: null });
    }
    expect((await entriesAbout(context, request.id)).map(({ patientSequence }) => patientSequence)).toEqual([
      3, 4, 5, 6,
    ]);
    await context.log.cover();
    expect(await verifyWholeLog(context, installation.logSigner.key, null)).toMatchObject({ findings: [] });
  });

  it('is told once: nothing that is said again, later or at the same time adds an entry', async () => {
    const { request, closer } = await opened();
    clock.offsetMs = 2 * minute;
    const said = [closer.tell(request, 60, true), closer.tell(request, 61, true), closer.tell(request, 60, true)];
    expect(await Promise.all(said.map((one) => closings.tell(one)))).toEqual(['told', 'told', 'told']);
    for (let again = 0; again < 20; again += 1) await closings.tell(closer.tell(request, 61 + again, again % 2 === 0));
    expect(await closed(request.id)).toHaveLength(1);
  });

  it('is no longer than the keystore itself saw', async () => {
    const { request, closer } = await opened();
    clock.offsetMs = 30_000;
    await closings.tell(closer.tell(request, 86_400, true));
    const [entry] = await closed(request.id);
    expect(Number(/^open:(\d+)$/.exec(entry?.purpose ?? '')?.[1])).toBeLessThan(40);
  });

  it('is what was last heard, where nobody told the end', async () => {
    const { request, closer } = await opened();
    clock.offsetMs = minute;
    await closings.tell(closer.tell(request, 50, false));
    // What is overtaken on its way takes nothing back.
    await closings.tell(closer.tell(request, 20, false));
    expect(await closed(request.id)).toEqual([]);
    await closings.sweep();
    expect(await closed(request.id)).toEqual([]);
    clock.offsetMs = 22 * minute;
    await closings.sweep();
    await closings.sweep();
    expect(await closed(request.id)).toMatchObject([{ purpose: 'open:50:lost' }]);
    expect(await closings.tell(closer.tell(request, 1200, true))).toBe('told');
    expect(await closed(request.id)).toHaveLength(1);
  });

  it('is the longest that was said, and names the word that said it', async () => {
    const { request, closer } = await opened();
    clock.offsetMs = minute;
    const longest = closer.tell(request, 50, false);
    await closings.tell(longest);
    await closings.tell(closer.tell(request, 20, true));
    const after = toBase64url(challengeOf(challengeLabels.closing, canonicalJson(longest.closing)));
    expect(await closed(request.id)).toMatchObject([{ purpose: 'open:50', after }]);
  });

  it('is not logged from a row that an administrator wrote or changed', async () => {
    const [edited, moved, made] = [await opened(), await opened(), await opened()];
    clock.offsetMs = minute;
    for (const { closer, request } of [edited, moved]) await closings.tell(closer.tell(request, 20, false));
    await installation.asOwner(async (owner) => {
      const forge = (change: string, ...values: unknown[]) =>
        owner.query(`update keystore.closing set ${change} where request = $1`, values);
      await forge(`seconds = 40, heard_at = heard_at + interval '40 seconds'`, edited.request.id);
      await forge(
        `statement = (select statement from keystore.closing where request = $2)`,
        moved.request.id,
        edited.request.id,
      );
      await owner.query(
        `insert into keystore.closing (request, seconds, heard_at, statement)
         select $1::text, seconds, heard_at, replace(statement, $2::text, $1::text) from keystore.closing where request = $2::text`,
        [made.request.id, edited.request.id],
      );
    });
    clock.offsetMs = 30 * minute;
    await closings.sweep();
    // What it says itself is signed, and that counts.
    expect(await closed(edited.request.id)).toMatchObject([{ purpose: 'open:20:lost' }]);
    expect(await closed(moved.request.id)).toEqual([]);
    expect(await closed(made.request.id)).toEqual([]);
  });

  it('is not logged from a word of the browser that this keystore never heard', async () => {
    const { request, closer } = await opened();
    const forger = statementSigner(generateKeyPairSync('ed25519').privateKey, 'KEYSTORE_STATEMENT_KEY_FILE');
    clock.offsetMs = minute;
    const heardAt = new Date(Date.now() + clock.offsetMs);
    const heard = { told: closer.tell(request, 20, false), seconds: 20, heardAt };
    for (const signer of [forger, context.statements]) {
      await installation.asOwner((owner) =>
        owner.query(
          `insert into keystore.closing (request, seconds, heard_at, statement) values ($1, 20, $2, $3)
           on conflict (request) do update set statement = excluded.statement, is_unloggable = false`,
          [request.id, heardAt, keptText(heard, signer)],
        ),
      );
      clock.offsetMs += 30 * minute;
      await closings.sweep();
      expect(await closed(request.id)).toHaveLength(signer === forger ? 0 : 1);
    }
  });

  it('is not told of what nobody said anything about', async () => {
    const { request } = await opened();
    clock.offsetMs = 60 * minute;
    await closings.sweep();
    expect(await closed(request.id)).toEqual([]);
  });

  it('is said by nobody but the browser that opened it', async () => {
    const { request, closer } = await opened();
    const other = await opened();
    const stranger = new Closer();
    expect(await closings.tell(stranger.tell(request, 1, true))).toBe('assertion');
    const swapped = { ...request, closingKey: stranger.publicKey };
    expect(await closings.tell(stranger.tell(swapped, 1, true))).toBe('notFound');
    expect(await closings.tell({ ...closer.tell(request, 1, true), request: other.request })).toBe('assertion');
    const signed = closer.tell(request, 1, true);
    expect(await closings.tell({ ...signed, closing: { ...signed.closing, seconds: 2 } })).toBe('assertion');
    expect(await closings.tell({ ...signed, closing: { ...signed.closing, request: newId(requestId) } })).toBe(
      'assertion',
    );
    expect(await closed(request.id)).toEqual([]);
  });

  it('is told of nothing that was refused, was a copy, or never was', async () => {
    const refused = await people.viewer(physician, [newId(objectId)]);
    await releases.release(refused.call);
    expect(await closings.tell(refused.closer.tell(refused.call.request, 1, true))).toBe('notFound');
    const copy = await opened(1, { request: { use: 'copy' } });
    expect(copy.outcome.tag).toBe('released');
    expect(await closings.tell(copy.closer.tell(copy.request, 1, true))).toBe('notFound');
    const never = await people.viewer(physician, [newId(objectId)]);
    expect(await closings.tell(never.closer.tell(never.call.request, 1, true))).toBe('notFound');
  });

  it('isn’t believed more than a day after', async () => {
    const { request, closer } = await opened();
    clock.offsetMs = 26 * 60 * minute;
    expect(await closings.tell(closer.tell(request, 100, true))).toBe('expired');
    expect(await closed(request.id)).toEqual([]);
  });

  it('isn’t forgotten by the service’s own role', async () => {
    const { request, closer } = await opened();
    await closings.tell(closer.tell(request, 0, true));
    await expect(context.database.execute('delete from keystore.closing')).rejects.toThrow();
  });

  it('is logged though what was silent before can’t be', async () => {
    // As many as one sweep takes, all older than the one that can be told of.
    const gone: Awaited<ReturnType<typeof opened>>[] = [];
    while (gone.length < 100) gone.push(await opened());
    const [erased, spoilt] = [gone.slice(0, 60), gone.slice(60)];
    const { request, closer } = await opened();
    clock.offsetMs = minute;
    for (const one of gone) await closings.tell(one.closer.tell(one.request, 20, false));
    clock.offsetMs = 2 * minute;
    await closings.tell(closer.tell(request, 30, false));
    await installation.asOwner(async (owner) => {
      await owner.query('alter table audit.entry disable trigger user');
      const entriesOf = 'index in (select first_index from keystore.request where id = any($1))';
      await owner.query(`delete from audit.entry where ${entriesOf}`, [erased.map((one) => one.request.id)]);
      await owner.query(`update audit.entry set canonical = 'no entry' where ${entriesOf}`, [
        spoilt.map((one) => one.request.id),
      ]);
      await owner.query('alter table audit.entry enable trigger user');
    });
    clock.offsetMs = 30 * minute;
    expect(await closings.sweep()).toEqual({ logged: 0, unloggable: 100 });
    expect(await closings.sweep()).toEqual({ logged: 1, unloggable: 0 });
    // Where the log can't be read as a whole any more, the row says where it stands.
    const { rows } = await context.database.execute<{ purpose: string }>(sql`
      select convert_from(canonical, 'UTF8')::json ->> 'purpose' as purpose from audit.entry
       where index = (select entry_index from keystore.closing where request = ${request.id})`);
    expect(rows).toEqual([{ purpose: 'open:30:lost' }]);
    for (const one of [erased[0], spoilt[0]]) {
      if (one !== undefined) expect(await closings.tell(one.closer.tell(one.request, 21, true))).toBe('told');
    }
    expect(await closings.sweep()).toEqual({ logged: 0, unloggable: 0 });
  }, 120_000);

  it('is signed as SPEC.md section 5.1 has it', () => {
    const closing = {
      ...{ type: 'sotto/closing/v1', clinic: 'AAECAwQFBgcICQoLDA0ODw', request: 'EBESExQVFhcYGRobHB0eHw' },
      ...{ seconds: 192, isOver: true },
    };
    const hash = challengeOf(challengeLabels.closing, canonicalJson(closing));
    expect(toBase64url(hash)).toBe('-0v3ztk4tf4AFAx2D9vI7D5YkdZ4KJPVMervD1x_Fgg');
    const publicKey = fromBase64url('A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg');
    const signature = 'W05UQ_A537-kx-9i5rSmILZLhDTpETDSWpss5jSEEhGzoMsU0nC_K3iH-g0Wl9iHnh7d39aV2OEeoEg9PDG2Ag';
    expect(isEd25519Signature(publicKey, hash, signature)).toBe(true);
    const { seconds: _, ...less } = closing;
    const other = challengeOf(challengeLabels.closing, canonicalJson({ ...less, seconds: 193 }));
    expect(isEd25519Signature(publicKey, other, signature)).toBe(false);
  });
});
