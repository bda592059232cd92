import { visitId } from '@sotto/protocol/ids';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { AccessLog } from '../src/log/accessLog.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import type { Policy } from '../src/release/policy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { hashRequest } from '../src/release/releaseRequest.ts';
import { Releases } from '../src/release/releases.ts';
import { RequestLedger } from '../src/requestLedger.ts';
import { Installation, random } from './installation.ts';
import { Passkey, party } from './passkey.ts';
import { openRelease, People } from './people.ts';

const policy: Policy = { decide: async () => ({ tag: 'permit' }) };
let installation: Installation;
let context: KeystoreContext;
let people: People;
let physician: Passkey;
let releases: Releases;

beforeEach(async () => {
  installation = await Installation.start();
  context = await installation.open();
  people = await People.with(installation, context);
  physician = await people.physician();
  releases = new Releases(productionPorts(context, { party, policy, requests: people.requests }));
});
afterEach(() => installation.remove());

async function logTables(client: Client): Promise<string[]> {
  const query = "select relname from pg_class where relnamespace = 'audit'::regnamespace and relkind = 'r'";
  return (await client.query<{ relname: string }>(query)).rows.map(({ relname }) => `audit.${relname}`);
}

/** As somebody who may do everything in the database, triggers or not. */
const tamper = (...statements: string[]) =>
  installation.asOwner(async (client) => {
    for (const table of await logTables(client)) await client.query(`alter table ${table} disable trigger user`);
    for (const statement of statements) await client.query(statement);
  });

/** The log and what belongs to it, as it is now; the function puts it back. */
async function backup(): Promise<() => Promise<void>> {
  const tables = await installation.asOwner(async (client) => {
    const all = [...(await logTables(client)), 'keystore.request', 'keystore.nonce'];
    await client.query('create schema backup');
    for (const table of all) await client.query(`create table ${copyOf(table)} as table ${table}`);
    return all;
  });
  return () =>
    tamper(...tables.flatMap((table) => [`delete from ${table}`, `insert into ${table} table ${copyOf(table)}`]));
}
const copyOf = (table: string) => `backup.${table.replace('.', '_')}`;

async function release() {
  const viewer = await people.viewer(physician, [(await people.object()).object]);
  return { viewer, outcome: await releases.release(viewer.call) };
}
const verdict = () => verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);

describe('a keystore whose database is in other hands', { timeout: 120_000 }, () => {
  it('signs nothing and releases nothing over a restored older backup', async () => {
    await release();
    const restore = await backup();
    const { viewer } = await release();
    await restore();
    await expect(releases.release(viewer.call)).rejects.toMatchObject({ name: 'LogStopped' });
    await expect(people.object()).rejects.toMatchObject({ name: 'LogStopped' });
    // Growing past what the witness saw doesn't help: it is another log now.
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(releases.release(viewer.call)).rejects.toMatchObject({ name: 'LogStopped' });
      await people.object().catch(() => undefined);
    }
    expect((await verdict()).findings).toEqual([]);
  });

  it('stops when an edited entry was made consistent everywhere that the database reaches', async () => {
    const { viewer } = await release();
    // The last leaf, its commitment and the root of the tree over it.
    await tamper(
      "update audit.commitments set hashes = overlay(hashes placing '\\x00' from 1 for 1) where start = (select max(start) from audit.commitments)",
      "update audit.sequencer set root = decode(repeat('ab', 32), 'hex')",
      'delete from audit.checkpoint where size = (select size from audit.sequencer)',
    );
    await expect(releases.release(viewer.call)).rejects.toMatchObject({ name: 'LogStopped', code: 'fork' });
    expect((await verdict()).findings).not.toEqual([]);
  });

  it('takes nobody’s word in the database for what was allowed', async () => {
    const { object } = await people.object();
    const stranger = await people.viewer(new Passkey(), [object]);
    const { viewer: honest } = await release();
    const hash = Buffer.from(hashRequest(stranger.call.request));
    await installation.asOwner((client) =>
      client.query(
        `insert into keystore.request select $1, $2, subject, outcome, reason, first_index, recorded_at, signature
           from keystore.request where id = $3`,
        [stranger.call.request.id, hash, honest.call.request.id],
      ),
    );
    await expect(releases.release(stranger.call)).rejects.toMatchObject({ name: 'LogStopped', code: 'damaged' });
    const denied = await people.viewer(physician, [object]);
    const strict: Policy = { decide: async () => ({ tag: 'deny', reasons: ['relationship'] }) };
    const denying = new Releases(productionPorts(context, { party, policy: strict, requests: people.requests }));
    expect(await denying.release(denied.call)).toMatchObject({ tag: 'refused', code: 'denied' });
    await installation.asOwner((client) =>
      client.query("update keystore.request set outcome = 'allowed', reason = null where id = $1", [
        denied.call.request.id,
      ]),
    );
    await expect(releases.release(denied.call)).rejects.toMatchObject({ name: 'LogStopped', code: 'damaged' });
  });

  it('notices at its start that a revoked passkey was brought back', async () => {
    const leaver = await people.physician();
    const { subject, credential } = leaver;
    await people.perform(people.officers.slice(0, 1), { action: 'revoke', subject, credential, reason: 'left' });
    const fresh = new Passkey(physician.subject);
    await people.perform(people.officers, { action: 'replace', entry: people.entryOf(fresh, 'physician') }, fresh);
    expect((await verdict()).findings).toEqual([]);
    for (const revived of [leaver, physician]) {
      await installation.asOwner(async (client) => {
        const change =
          'update keystore.credential set revoked_at = $1, revocation = $2 where credential = $3 returning *';
        const before = await client.query<Record<string, unknown>>(
          'select * from keystore.credential where credential = $1',
          [revived.credential],
        );
        await client.query(change, [null, null, revived.credential]);
        expect((await verdict()).findings).toEqual(['revocation']);
        const [row] = before.rows;
        await client.query(change, [row?.['revoked_at'], row?.['revocation'], revived.credential]);
      });
      expect((await verdict()).findings).toEqual([]);
    }
  });

  it('serves no key whose revocation was taken away, or moved to another of that person’s keys', async () => {
    const { object } = await people.object();
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const stopped = { name: 'LogStopped', code: 'damaged' };
    const unrevoke = 'update keystore.credential set revoked_at = null, revocation = null where credential = $1';
    const change = (text: string, values: unknown[]) => installation.asOwner((client) => client.query(text, values));
    const asks = async (key: Passkey) => releases.release((await people.viewer(key, [object])).call);

    const [leaver, second] = [await people.physician(), new Passkey()];
    const other = new Passkey(leaver.subject);
    const entry = people.entryOf(other, 'physician');
    expect(await people.perform(people.officers, { action: 'enrol', entry }, other)).toMatchObject({ tag: 'done' });
    const { subject, credential } = leaver;
    await people.perform([officer], { action: 'revoke', subject, credential, reason: 'left' });
    expect(await asks(leaver)).toMatchObject({ code: 'revoked' });
    expect(await asks(other)).toMatchObject({ tag: 'released' });
    await change(
      `update keystore.credential set (revoked_at, revocation) =
         (select revoked_at, revocation from keystore.credential where credential = $1) where credential = $2`,
      [credential, other.credential],
    );
    await change(unrevoke, [credential]);
    await expect(asks(leaver)).rejects.toMatchObject(stopped);
    expect(await asks(other)).toMatchObject({ code: 'revoked' });

    const lost = await people.physician(second);
    const fresh = new Passkey(lost.subject);
    const again = people.entryOf(fresh, 'physician');
    expect(await people.perform(people.officers, { action: 'replace', entry: again }, fresh)).toMatchObject({
      tag: 'done',
    });
    expect(await asks(fresh)).toMatchObject({ tag: 'released' });
    await change(unrevoke, [lost.credential]);
    await expect(asks(lost)).rejects.toMatchObject(stopped);
    const { pseudonym } = await people.object();
    await expect(people.perform([lost], { action: 'hold', pseudonym })).rejects.toMatchObject(stopped);
  });

  it('knows no object that was moved to another visit or patient', async () => {
    const { object } = await people.object();
    await installation.asOwner((client) =>
      client.query('update keystore.object_key set visit = $1 where object = $2', [newId(visitId), object]),
    );
    const viewer = await people.viewer(physician, [object]);
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'unknownObject' });
  });

  it('finds entries that were edited or removed when it starts', async () => {
    await release();
    expect((await verdict()).findings).toEqual([]);
    await tamper(
      "update audit.entry set canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'allowed', 'refused'), 'UTF8') where index = 0",
    );
    expect((await verdict()).findings).not.toEqual([]);
  });

  it('releases nothing when the database dies between entry and checkpoint, and goes on after', async () => {
    const { object } = await people.object();
    const viewer = await people.viewer(physician, [object]);
    const dying = new AccessLog({
      database: context.database,
      // The first thing after the commit that needs the database.
      signer: { ...installation.logSigner, sign: () => Promise.reject(new Error('connection lost')) },
      witness: installation.witnessClient,
      random,
    });
    const broken = { ...context, log: dying };
    const requests = new RequestLedger(broken);
    await expect(
      new Releases(productionPorts(broken, { party, policy, requests })).release(viewer.call),
    ).rejects.toThrow('connection lost');
    const outcome = await releases.release(viewer.call);
    expect((await openRelease(viewer, outcome, installation)).size).toBe(1);
  });

  it('releases nothing while nothing can be written', async () => {
    const { object } = await people.object();
    const viewer = await people.viewer(physician, [object]);
    // What a full disk does to an insert.
    await tamper(
      `create function keystore.disk_full() returns trigger language plpgsql as
         $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`,
      'create trigger disk_full before insert on audit.entry for each statement execute function keystore.disk_full()',
    );
    await expect(releases.release(viewer.call)).rejects.toMatchObject({ cause: { code: '53100' } });
    await tamper('drop trigger disk_full on audit.entry', 'drop function keystore.disk_full()');
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'released' });
  });
});
