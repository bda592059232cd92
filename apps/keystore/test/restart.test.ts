import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LastSigned } from '@sotto/audit/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { AccessLog, type AccessLogPorts } from '../src/log/accessLog.ts';
import { writeOnceFolder } from '../src/log/writeOnce.ts';
import { RequestLedger } from '../src/requestLedger.ts';
import { Installation, random } from './installation.ts';
import type { Passkey } from './passkey.ts';
import { openRelease, People } from './people.ts';
import { permittedReleases } from './permittedReleases.ts';

let installation: Installation;
let people: People;
let physician: Passkey;
let file: string;
let first: LastSigned;
beforeAll(async () => {
  installation = await Installation.start();
  file = join(installation.folder, 'signed');
  first = memory();
  people = await People.with(installation, await installation.open({}, { memory: first }));
  physician = await people.physician();
});
beforeEach(() => {
  installation.isWitnessUp = true;
});
afterAll(() => installation.remove());

const memory = () => new LastSigned(file, installation.logSigner.key);
const releasesOf = (context: KeystoreContext) => {
  return permittedReleases(context, new RequestLedger(context));
};
/** A new process, which knows nothing but what is on disk. */
const restarted = async () => releasesOf(reopened({ memory: memory() }));
/** Over the connections that there are. */
const reopened = (outside: Pick<AccessLogPorts, 'memory' | 'writeOnce'>): KeystoreContext => {
  const { logSigner: signer, witnessClient } = installation;
  const { database } = people.context;
  return { ...people.context, log: new AccessLog({ database, signer, witness: witnessClient, random, ...outside }) };
};
const urgent = { request: { breakGlass: 'lifeThreat', purpose: 'emergency' } } as const;
const asking = async (changes: Parameters<People['viewer']>[2] = urgent) =>
  people.viewer(physician, [(await people.object()).object], changes);
const stopped = (code: string) => ({ name: 'LogStopped', code });

const tables = ['entry', 'commitments', 'subtree', 'sequencer', 'checkpoint'];
/** As somebody who may do everything in the database, triggers or not. */
const asOwner = (...statements: string[]) =>
  installation.asOwner(async (client) => {
    for (const table of tables) await client.query(`alter table audit.${table} disable trigger user`);
    for (const statement of statements) await client.query(statement);
  });
const backUp = () =>
  asOwner('create schema backup', ...tables.map((table) => `create table backup.${table} as table audit.${table}`));
const restore = () =>
  asOwner(
    ...tables.flatMap((table) => [`delete from audit.${table}`, `insert into audit.${table} table backup.${table}`]),
  );

describe('a keystore that starts while its witness is away', { timeout: 120_000 }, () => {
  it('goes on where it signed last, and says that nobody witnessed', async () => {
    const viewer = await asking();
    installation.isWitnessUp = false;
    const releases = await restarted();
    const outcome = await releases.release(viewer.call);
    expect(outcome).toMatchObject({ tag: 'released', isWitnessed: false });
    expect((await openRelease(viewer, outcome, installation)).size).toBe(1);
    installation.isWitnessUp = true;
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'released', isWitnessed: true });
  });

  it('signs nothing if it remembers nothing', async () => {
    const viewer = await asking();
    // It follows what the witness knows, in its own time.
    await first.flush();
    installation.isWitnessUp = false;
    rmSync(file);
    await expect((await restarted()).release(viewer.call)).rejects.toMatchObject({ code: 'witnessGone' });
    installation.isWitnessUp = true;
    expect(await (await restarted()).release(viewer.call)).toMatchObject({ tag: 'released', isWitnessed: true });
  });

  it('refuses a memory that somebody made up', async () => {
    const viewer = await asking();
    await first.flush();
    const text = readFileSync(file, 'utf8');
    installation.isWitnessUp = false;
    for (const planted of [text.replace(/\n\d+\n/, '\n1\n'), 'nothing']) {
      writeFileSync(file, planted);
      await expect((await restarted()).release(viewer.call)).rejects.toMatchObject(stopped('damaged'));
    }
    writeFileSync(file, text);
  });

  it('gives out nothing that it could not remember', async () => {
    const [before, viewer] = [await asking(), await asking()];
    await first.flush();
    installation.isWitnessUp = false;
    const releases = await restarted();
    expect(await releases.release(before.call)).toMatchObject({ tag: 'released' });
    rmSync(file);
    mkdirSync(file);
    await expect(releases.release(viewer.call)).rejects.toMatchObject({ name: 'ReleaseStopped', code: 'unavailable' });
    rmSync(file, { recursive: true });
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'released', isWitnessed: false });
  });
});

describe('write-once storage', { timeout: 120_000 }, () => {
  beforeEach(() => rmSync(root(), { recursive: true, force: true }));

  const root = () => join(installation.folder, 'once');
  const opened = () => releasesOf(reopened({ writeOnce: writeOnceFolder(root()) }));
  const files = () => readdirSync(join(root(), '0000000000'));

  it('has every checkpoint before the witness, once, for good', async () => {
    const viewer = await asking();
    const releases = opened();
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'released' });
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'released' });
    const [name = '', ...others] = files();
    expect(others).toEqual([]);
    const path = join(root(), '0000000000', name);
    expect(statSync(path).mode & 0o777).toBe(0o400);
    const [, size = ''] = readFileSync(path, 'utf8').split('\n');
    expect(Number(name.replace('.checkpoint', ''))).toBe(Number(size));
  });

  it('stops a release when it has another checkpoint of that size, and one that it can’t keep', async () => {
    const viewer = await asking();
    const size = await people.context.log.size();
    mkdirSync(join(root(), '0000000000'), { recursive: true });
    const path = join(root(), '0000000000', `${String(size + 1).padStart(16, '0')}.checkpoint`);
    writeFileSync(path, 'another');
    const releases = opened();
    await expect(releases.release(viewer.call)).rejects.toMatchObject(stopped('fork'));
    rmSync(root(), { recursive: true });
    writeFileSync(root(), 'a file where the folder was');
    await expect(releases.release(viewer.call)).rejects.toMatchObject({ name: 'ReleaseStopped', code: 'unavailable' });
    rmSync(root());
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'released', isWitnessed: true });
    expect(files()).toHaveLength(1);
  });
});

describe('a restored backup, while the witness is away', { timeout: 120_000 }, () => {
  it('refuses an older backup, also when that has grown past what was signed', async () => {
    await people.object();
    await backUp();
    const viewer = await asking();
    await people.object();
    await restore();
    installation.isWitnessUp = false;
    const releases = await restarted();
    await expect(releases.release(viewer.call)).rejects.toMatchObject(stopped('rollback'));
    const again = async () => (await people.viewer(physician, viewer.call.request.objects, urgent)).call;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await expect(releases.release(await again())).rejects.toMatchObject({ name: 'LogStopped' });
    }
    await expect((await restarted()).release(await again())).rejects.toMatchObject(stopped('fork'));
  });
});
