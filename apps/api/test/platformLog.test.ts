import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, parseProvenEntry, parseVerifierKey, portableTreeHasher, verifyProvenEntry } from '@sotto/audit';
import { auditCommand } from '@sotto/audit/command';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { readingNonce } from '@sotto/protocol/keystore';
import { type PlatformLogView, platformLogKeys, platformLogView } from '@sotto/protocol/platformLog';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../src/migration.ts';
import { type Account, createVisit, logOrigin, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { localWitness } from './localWitness.ts';
import { readOperations } from './operations.ts';

let postgres: TemporaryServer;
const folder = mkdtempSync(join(tmpdir(), 'sotto-platform-log-'));
let clinic: TestClinic;
let officer: Account;
let reader: HttpClient;
let physician: Account;
let theirs: HttpClient;
beforeAll(async () => {
  postgres = await startTemporaryServer();
  await migrate(postgres.ownerUrl, postgres.appUrl);
  clinic = await startClinic({ witness: localWitness(), databaseUrl: postgres.appUrl });
  officer = await clinic.addStaff('privacyOfficer', 'Olga Officer');
  reader = await clinic.signIn(officer);
  physician = await clinic.addPhysician('Dr Paula');
  theirs = await clinic.signIn(physician);
}, 120_000);
afterAll(async () => {
  await clinic.close();
  await postgres.remove();
  rmSync(folder, { recursive: true });
});

const newNonce = () => readingNonce.parse(randomBytes(16).toString('base64url'));

async function read(query: Record<string, string | number> = {}, nonce = newNonce()): Promise<PlatformLogView> {
  const text = new URLSearchParams({
    nonce,
    ...Object.fromEntries(Object.entries(query).map(([k, v]) => [k, `${v}`])),
  });
  const answer = await reader.send('GET', `/api/log?${text.toString()}`);
  expect(answer.status).toBe(200);
  return platformLogView.parse(answer.json);
}

/** As an officer's browser does, by the keys that it was given. */
async function verified(lines: readonly string[]): Promise<Entry[]> {
  const keys = platformLogKeys.parse((await reader.send('GET', '/api/log/keys')).json);
  const { sha256 } = portableTreeHasher;
  const trust = {
    log: parseVerifierKey(keys.log, sha256),
    witnesses: [parseVerifierKey(keys.witness ?? '', sha256)],
    requireWitness: true,
  };
  return Promise.all(
    lines.map(async (line) => {
      const verdict = await verifyProvenEntry(parseProvenEntry(line), trust, portableTreeHasher);
      if (verdict.tag !== 'proven') throw new Error(verdict.tag);
      return verdict.entry;
    }),
  );
}

describe('reading the platform’s log', () => {
  it('shows the newest first, each proven under a cosigned checkpoint, with the reading itself before them', async () => {
    const visit = await createVisit(theirs, clinic, 'Planted Patient');
    const nonce = newNonce();
    const { reading, entries, people } = await read({ actor: physician.id }, nonce);
    const [own] = await verified([reading]);
    expect(own).toMatchObject({ action: 'log:platform', actor: officer.id, role: 'privacyOfficer' });
    // Of the officer's own session, as all else that they do in it.
    expect(own?.session).toMatch(/^[\w-]{22}$/);
    expect(own?.session).not.toBe(nonce);
    expect(own?.resource).toBe(`log:platform:actor:${physician.id}/reading:${nonce}`);
    const [made, began] = await verified(entries);
    expect(made).toMatchObject({ action: 'visit:schedule', resource: `visit:${visit.id}`, outcome: 'allowed' });
    expect(began).toMatchObject({ action: 'session:begin:password', actor: physician.id });
    expect(people.map(({ name }) => name).sort()).toEqual(['Dr Paula', 'Olga Officer']);
    expect(JSON.stringify(entries)).not.toContain('Planted');
  });

  it('follows a patient, an action with what is under it, a result and a time, page by page', async () => {
    const visit = await createVisit(theirs, clinic);
    const [made] = await verified((await read({ actor: physician.id, limit: 1 })).entries);
    const patient = made?.patient ?? '';
    expect((await theirs.send('POST', `/api/visits/${visit.id}/invitation`)).status).toBe(201);
    expect((await theirs.send('GET', `/api/visits/${visit.id}/invitation`)).status).toBe(200);
    expect((await theirs.send('GET', '/api/people')).status).toBe(403);
    const actions = async (query: Record<string, string | number>) =>
      (await verified((await read(query)).entries)).map(({ action, outcome }) => `${action} ${outcome}`);
    const [invited, scheduled] = [['visit:invite:read allowed', 'visit:invite allowed'], 'visit:schedule allowed'];
    expect(await actions({ patient })).toEqual([...invited, scheduled]);
    // Each reading about somebody is about them.
    expect(await actions({ patient })).toEqual(['log:platform allowed', ...invited, scheduled]);
    expect(await actions({ patient, action: 'visit:invite' })).toEqual(invited);
    expect(await actions({ actor: physician.id, outcome: 'refused' })).toEqual(['people:read refused']);
    expect(await actions({ patient, to: made?.time ?? '' })).toEqual([]);
    expect(await actions({ patient, from: made?.time ?? '', action: 'visit:schedule' })).toEqual([scheduled]);
    const first = await read({ patient, action: 'visit:invite', limit: 1 });
    expect(await verified(first.entries)).toMatchObject([{ action: 'visit:invite:read' }]);
    const page = { patient, action: 'visit:invite', limit: 1, before: first.next ?? 0 };
    expect(await actions(page)).toEqual(['visit:invite allowed']);
  });

  it('is refused to everybody else, and that is in it', async () => {
    expect((await theirs.send('GET', `/api/log?nonce=${newNonce()}`)).status).toBe(403);
    const [last] = await verified((await read({ actor: physician.id, limit: 1 })).entries);
    expect(last).toMatchObject({ action: 'log:platform', outcome: 'refused', resource: 'log', role: 'none' });
  });
});

describe('the log in the database', () => {
  it.each([
    `update audit.entry set actor = 'somebody'`,
    `delete from audit.entry`,
    `truncate audit.entry`,
    `insert into audit.entry select * from audit.entry`,
    `update audit.sequencer set size = 0`,
    `delete from audit.commitments`,
    `update audit.checkpoint set note = ''`,
    `select audit.erase(0)`,
    `drop schema audit cascade`,
  ])('can’t be changed by the api’s role: %s', async (statement) => {
    const client = new Client(postgres.appUrl);
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('is verified offline by the command, which names what the database’s owner changes', async () => {
    await createVisit(theirs, clinic);
    await clinic.platformLog.cover();
    const { log: logKey, witness } = clinic.platformLog.keys;
    const [database, exported] = [join(folder, 'url'), join(folder, 'export')];
    writeFileSync(database, postgres.appUrl, { mode: 0o600 });
    let said = '';
    const tell = (text: string) => {
      said += text;
    };
    const io = {
      out: tell,
      err: tell,
      stop: AbortSignal.any([]),
    };
    const verify = () => {
      said = '';
      const trust = ['--log-key', logKey, '--witness-key', witness ?? '', '--require-witness'];
      return auditCommand(['verify', '--export', exported, ...trust], io);
    };
    const exportLog = () => {
      rmSync(exported, { force: true });
      return auditCommand(['export', '--database', database, '--origin', logOrigin, '--out', exported], io);
    };
    expect([await exportLog(), await verify()]).toEqual([0, 0]);
    expect(said).toMatch(/^The log is whole: \d+ entries, 0 of them erased/);
    const owner = new Client(postgres.ownerUrl);
    await owner.connect();
    await owner.query('alter table audit.entry disable trigger all');
    const forged = `convert_to(replace(convert_from(canonical, 'UTF8'), '"allowed"', '"refused"'), 'UTF8')`;
    const { rows } = await owner.query<{ index: string }>(
      `update audit.entry set canonical = ${forged} where index = (
         select index from audit.entry where action = 'visit:schedule' limit 1) returning index`,
    );
    await owner.query(`delete from audit.entry where index = $1`, [Number(rows[0]?.index) + 1]);
    await owner.end();
    expect([await exportLog(), await verify()]).toEqual([0, 1]);
    expect(said).toContain(`Entry ${rows[0]?.index} was edited`);
    expect(said).toContain(`Entry ${Number(rows[0]?.index) + 1} was removed`);
  });
});

/** What leaves nothing where it is done, and why; refusals are recorded of all that a policy decides about. */
const unrecorded: Readonly<Record<string, string>> = {
  'GET /api/openapi.json': 'says what the api is',
  'GET /api/config': 'says what the clinic is',
  'GET /api/health': 'says whether it works',
  'GET /api/session': 'tells a session of itself',
  'POST /api/session/activity': 'is about the session that sends it',
  'POST /api/session/passkey/options': 'a challenge, of nobody yet',
  'GET /api/session/factors': 'tells a session’s owner of their own',
  'GET /api/sessions': 'tells a session’s owner of their own',
  'GET /api/sessions/devices': 'tells a session’s owner of their own',
  'POST /api/session/oidc/start': 'nobody yet; what comes back is recorded',
  'POST /api/session/factors/oidc': 'recorded when it comes back',
  'POST /api/account/oidc': 'recorded when it comes back',
  'DELETE /api/join': 'recorded where a session ends',
  'GET /api/portal/session': 'tells a session of itself',
  'POST /api/portal/session/activity': 'is about the session that sends it',
  'POST /api/portal/session/options': 'a challenge, of nobody yet',
  'DELETE /api/portal/session': 'recorded where a session ends',
  'GET /api/join/guests': 'names nobody',
  'PUT /api/parts/{ticket}': 'recorded when it was granted',
  'PUT /api/objects/{objectId}/parts/{leaf}': 'recorded when it was granted',
  'GET /api/objects/{objectId}/parts/{leaf}': 'ciphertext, which a release in the access log opens',
  'GET /api/keystore/identity': 'a public key',
  'POST /api/keystore/nonces': 'a number',
  'GET /api/keystore/directory': 'public keys',
  'POST /api/keystore/enrolments': 'in the access log',
  'POST /api/keystore/acts': 'in the access log',
  'POST /api/keystore/releases': 'in the access log',
  'POST /api/keystore/closings': 'in the access log',
  'GET /api/keystore/entries': 'in the access log',
  'GET /api/log/keys': 'public keys',
};

it('every route leaves an entry but those that are named here', async () => {
  const operations = await readOperations(clinic.visitor());
  const silent = operations.filter(({ recorded }) => recorded === 'nothing' || typeof recorded === 'object');
  expect(silent.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(unrecorded).sort());
});
