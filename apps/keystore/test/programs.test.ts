import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { formatVerifierKey } from '@sotto/audit';
import { createTemporaryToken } from '@sotto/infra/pkcs11';
import { StartedPrograms } from '@sotto/infra/program';
import { objectId, patientId, staffId } from '@sotto/protocol/ids';
import { type Act, nonce, type ReleaseRequest, requestId } from '@sotto/protocol/keystore';
import { readMigrations } from '@sotto/service/migrations';
import { mutualTlsClientOptions, type TlsIdentity } from '@sotto/service/tls';
import { createObjectKeyPair } from '@sotto/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../src/bytes.ts';
import { keyMigrations } from '../src/database/migration.ts';
import { hashAct } from '../src/directory/act.ts';
import { officerRole } from '../src/directory/clinician.ts';
import { checkCodeOf } from '../src/directory/newKey.ts';
import { keepEnrolment } from '../src/directory/pendingEnrolments.ts';
import { newId } from '../src/ids.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { hashRequest } from '../src/release/releaseRequest.ts';
import { Authority } from './authority.ts';
import { Closer } from './closer.ts';
import { freePort } from './freePort.ts';
import { Identity } from './identities.ts';
import { Installation, logName } from './installation.ts';
import { Passkey, party } from './passkey.ts';
import { inSeconds, openRelease, People } from './people.ts';

let installation: Installation;
let authority: Authority;
let api: TlsIdentity;
let witness: { url: string; close: () => void };
let environment: Record<string, string>;
const programs = new StartedPrograms();

function file(name: string, text: string, mode = 0o600): string {
  const path = join(installation.folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

beforeAll(async () => {
  installation = await Installation.start();
  authority = await Authority.create();
  api = await authority.certify('api.sotto.internal');
  witness = await installation.serveWitness();
  const own = await authority.certify('keystore.sotto.internal');
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  environment = {
    PATH: process.env['PATH'] ?? '',
    KEYSTORE_HOST: '127.0.0.1',
    KEYSTORE_PORT: String(await freePort()),
    KEYSTORE_TLS_CERT: file('tls.pem', own.cert),
    KEYSTORE_TLS_KEY: file('tls.key', own.key),
    KEYSTORE_TLS_CA: file('ca.pem', authority.pem),
    KEYSTORE_CLINIC_ID: installation.clinic,
    KEYSTORE_IDENTITY_KEYS_FILE: file('identities.json', JSON.stringify([new Identity().publicKey])),
    KEYSTORE_ORIGINS: party.origins.join(','),
    KEYSTORE_RP_ID: party.rpId,
    KEYSTORE_DATABASE_URL_FILE: file('app.url', installation.postgres.appUrl),
    KEYSTORE_OWNER_DATABASE_URL_FILE: file('owner.url', installation.postgres.ownerUrl),
    KEYSTORE_LOG_NAME: logName,
    KEYSTORE_LOG_KEY_FILE: file('log.pem', installation.logKey.export(pem).toString()),
    KEYSTORE_STATEMENT_KEY_FILE: file('statement.pem', installation.statementKey.export(pem).toString()),
    KEYSTORE_RECOVERY_KEY_FILE: file('recovery.pub', toBase64url(installation.ceremony.publicKey)),
    KEYSTORE_SHRED_JOURNAL_FILE: join(installation.folder, 'journal.jsonl'),
    KEYSTORE_WITNESS_URL: witness.url,
    KEYSTORE_WITNESS_KEY_FILE: file('witness.key', formatVerifierKey(installation.witnessSigner.key)),
    KEYSTORE_TIME_ZONE: 'Europe/Madrid',
    KEYSTORE_MASTER: 'software',
    KEYSTORE_MASTER_KEY_FILE: installation.masterKeyFile,
  };
});
afterAll(async () => {
  programs.kill();
  witness.close();
  await installation.remove();
});

const run = (program: string, args: string[] = [], changes: Record<string, string> = {}) =>
  programs.start(new URL(program, import.meta.url), args, { ...environment, ...changes });
const service = '../src/main.ts';
const command = '../src/command/main.ts';

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}
function ask(method: string, path: string, body?: unknown, identity: TlsIdentity | null = api): Promise<Answer> {
  const tls = identity ?? { cert: '', key: '' };
  const options = mutualTlsClientOptions(tls, authority.pem, 'keystore.sotto.internal');
  const agent = new Agent({ ...options, ...(identity === null ? { cert: undefined, key: undefined } : {}) });
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request(
      { host: '127.0.0.1', port: environment['KEYSTORE_PORT'], method, path, headers, agent },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          agent.destroy();
          const text = Buffer.concat(chunks).toString();
          const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
          resolve({ status: response.statusCode ?? 0, json });
        });
      },
    );
    asked.on('error', reject).end(payload);
  });
}

/** Enrols an officer as a person at the host does, by the code that the officer reads out. */
async function enrolOnHost(officer: Passkey): Promise<void> {
  const context = await installation.open();
  const people = new People(installation, context);
  const proven = people.proven(officer, { of: 'clinician', entry: people.entryOf(officer, officerRole) });
  expect(await keepEnrolment(context, party, proven)).toBeNull();
  const code = checkCodeOf(proven.enrolment);
  const listed = run(command, ['officers']);
  expect(await listed.ended).toBe(0);
  expect(listed.stdout()).toContain(`${code}  ${officer.subject}`);
  expect(await run(command, ['officer-enrol', code.replace(/^\d{4}/, '0000')]).ended).toBe(1);
  const enrolled = run(command, ['officer-enrol', code]);
  expect(await enrolled.ended).toBe(0);
  expect(enrolled.stdout()).toContain(officer.credential);
}

describe('the programs', { timeout: 240_000 }, () => {
  it('enrol officers on the host, serve the api by mutual TLS, and end in order', async () => {
    expect(await run('../src/migrate.ts').ended).toBe(0);
    const officer = new Passkey();
    await enrolOnHost(officer);
    const running = run(service);
    expect(await running.told).toEqual({ ready: true });

    const physician = new Passkey();
    const people = new People(installation, await installation.open());
    const given = async (subject: string) => {
      const { status, json } = await ask('POST', '/v1/nonces', { subject });
      expect(status).toBe(201);
      return nonce.parse(json['nonce']);
    };
    const act: Act = {
      ...{
        type: 'sotto/act/v1',
        id: newId(requestId),
        nonce: await given(officer.subject),
        clinic: installation.clinic,
      },
      ...{ by: [officer.subject], expiry: inSeconds(new Date(), 60) },
      ...{ action: 'enrol', entry: people.entryOf(physician, 'physician') },
    };
    const newcomer = people.proven(physician, { of: 'clinician', entry: people.entryOf(physician, 'physician') });
    expect(await ask('POST', '/v1/enrolments', newcomer)).toMatchObject({ status: 204 });
    expect((await ask('GET', '/v1/enrolments')).json).toEqual({ enrolments: [newcomer] });
    const call = { act, assertions: [officer.assert(hashAct(act))], newcomer };
    expect(await ask('POST', '/v1/acts', call)).toMatchObject({ status: 200 });
    expect((await ask('GET', '/v1/enrolments')).json).toEqual({ enrolments: [] });
    expect((await ask('GET', '/v1/identity')).json).toMatchObject({ rpId: party.rpId, master: 'software' });
    const directory = await ask('GET', '/v1/directory');
    expect(directory.json['entries']).toHaveLength(2);

    const pseudonym = newId(patientId);
    const minted = await ask('POST', '/v1/objects', { pseudonym, visit: null });
    expect(minted.status).toBe(201);
    const object = objectId.parse((minted.json['statement'] as { payload: { object: string } }).payload.object);
    const asked = { pseudonyms: [pseudonym], make: true };
    expect((await ask('POST', '/v1/field-keys', asked)).json).toMatchObject({ keys: [{ pseudonym }] });
    const pair = await createObjectKeyPair();
    const closer = new Closer();
    const asking: ReleaseRequest = {
      ...{ type: 'sotto/release/v1', id: newId(requestId), nonce: await given(physician.subject) },
      ...{ clinic: installation.clinic, user: physician.subject, objects: [object], purpose: 'treatment' },
      ...{ use: 'open', breakGlass: null, approver: null, viewerKey: toBase64url(pair.publicKey) },
      ...{ closingKey: closer.publicKey, expiry: inSeconds(new Date(), 60) },
    };
    const relayed = { address: '2001:db8::7', userAgent: null, related: [pseudonym] };
    const release = { request: asking, assertion: physician.assert(hashRequest(asking)), approval: null, relayed };
    const answered = await ask('POST', '/v1/releases', release);
    expect(answered).toMatchObject({ status: 200, json: { isWitnessed: true } });
    const outcome = { tag: 'released', ...answered.json } as unknown as Parameters<typeof openRelease>[1];
    expect(
      (await openRelease({ call: release, privateKey: pair.privateKey, closer }, outcome, installation)).size,
    ).toBe(1);
    expect(await ask('POST', '/v1/releases', release)).toEqual(answered);
    expect(await ask('POST', '/v1/closings', closer.tell(asking, 0, true))).toMatchObject({ status: 204 });

    expect(await ask('POST', '/v1/releases', { ...release, more: 1 })).toMatchObject({
      status: 400,
      json: { code: 'invalid' },
    });
    expect(await ask('POST', '/v1/objects', { pseudonym: 'planted', visit: null })).toMatchObject({ status: 400 });
    const subject = newId(staffId);
    for (let taken = 0; taken < 120; taken += 1) await given(subject);
    expect(await ask('POST', '/v1/nonces', { subject })).toMatchObject({ status: 429, json: { code: 'rateLimited' } });
    expect(await ask('POST', '/v1/nonces', { subject: newId(staffId) })).toMatchObject({ status: 201 });
    for (let taken = 1; taken < 60; taken += 1) await ask('POST', '/v1/acts', call);
    for (let taken = 0; taken < 20; taken += 1)
      await ask('POST', '/v1/registrations', { object, manifest: 'AAAA', evidence: null });
    expect(await ask('POST', '/v1/acts', call)).toMatchObject({ status: 429 });
    expect(await ask('POST', '/v1/registrations', { object, manifest: 'AAAA', evidence: null })).toMatchObject({
      status: 429,
    });
    expect(await ask('POST', '/v1/nonces', { subject: 'A'.repeat(40_000) })).toMatchObject({ status: 400 });
    expect(await ask('GET', '/planted')).toMatchObject({ status: 404, json: { code: 'notFound' } });
    expect(await ask('GET', '/v1/health')).toMatchObject({ status: 204 });
    expect((await ask('GET', '/v1/status')).json).toMatchObject({ isHardware: false, objects: 1, leftToRewrap: 0 });

    const outsider = await (await Authority.create()).certify('api.sotto.internal');
    for (const identity of [await authority.certify('sfu.sotto.internal'), outsider, null]) {
      await expect(ask('GET', '/v1/status', undefined, identity)).rejects.toThrow();
    }

    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    for (const word of [object, physician.subject, 'planted', toBase64url(physician.publicKey)]) {
      expect(running.stderr()).not.toContain(word);
    }
    expect(running.stderr()).toContain('callerRefused');

    const report = await verifyWholeLog(
      await installation.open(),
      installation.logSigner.key,
      installation.witnessSigner.key,
    );
    expect(report).toMatchObject({ findings: [], size: report.witnessed });
  });

  it('release by the clinic’s policies: to who cares for the patient, and to nobody else', async () => {
    const running = run(service);
    expect(await running.told).toEqual({ ready: true });
    const people = new People(installation, await installation.open());
    const officer = new Passkey();
    await enrolOnHost(officer);
    people.officers = [officer];
    const physician = await people.physician();
    const { object, pseudonym } = await people.object();
    const asking = async (related: string[]) => {
      const { call } = await people.viewer(physician, [object]);
      return ask('POST', '/v1/releases', { ...call, relayed: { ...call.relayed, related } });
    };
    expect(await asking([])).toMatchObject({ status: 403, json: { code: 'denied', reasons: ['notGranted'] } });
    expect(await asking([newId(patientId)])).toMatchObject({ status: 403 });
    expect(await asking([pseudonym])).toMatchObject({ status: 200 });
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  it('hold the ceremony, tell the status, rotate, and recover, from the command line', async () => {
    const out = join(installation.folder, 'ceremony');
    const held = run(command, ['ceremony', '--out', out]);
    expect(await held.ended).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['recovery-key.pub', ...[1, 2, 3, 4, 5].map((n) => `share-${n}-of-5`)]);
    expect(held.stdout()).not.toContain(readFileSync(join(out, 'share-1-of-5'), 'utf8').slice(0, 20));
    expect(await run(command, ['ceremony', '--out', out]).ended).toBe(1);
    const told = run(command, ['status']);
    expect(await told.ended).toBe(0);
    expect(JSON.parse(told.stdout())).toMatchObject({ provider: 'software key file (not an HSM)' });
    const rotated = run(command, ['rotate-master']);
    expect(await rotated.ended).toBe(0);
    expect(rotated.stdout()).toMatch(/Version 2 .* \d+ keys were wrapped anew/);
    const shares = installation.ceremony.shares.slice(0, 3).map((share, index) => file(`given-${index}`, share));
    const two = run(command, ['recover', ...shares.slice(0, 2).flatMap((share) => ['--share', share])]);
    expect(await two.ended).toBe(1);
    expect(two.stderr()).toContain('Three different shares');
    const fresh = join(installation.folder, 'fresh.key');
    const replaced = { KEYSTORE_MASTER_KEY_FILE: fresh };
    expect(await run(command, ['create-master-key'], replaced).ended).toBe(0);
    expect(await run(command, ['create-master-key'], replaced).ended).toBe(1);
    const recovered = run(command, ['recover', ...shares.flatMap((share) => ['--share', share])], replaced);
    expect(await recovered.ended).toBe(0);
    expect(recovered.stdout()).toMatch(/^[1-9]\d* keys were recovered/);
    environment['KEYSTORE_MASTER_KEY_FILE'] = fresh;
    expect(await run(command, ['planted']).ended).toBe(2);
  });

  it('work with a token as they do with a key file', async () => {
    const token = await createTemporaryToken();
    const byToken = {
      SOFTHSM2_CONF: token.configuration,
      KEYSTORE_MASTER: 'pkcs11',
      KEYSTORE_PKCS11_MODULE: token.module,
      KEYSTORE_PKCS11_TOKEN: token.token,
      KEYSTORE_PKCS11_PIN_FILE: file('pin', token.pin),
    };
    const early = run(service, [], byToken);
    expect(await early.told).toEqual({ failed: expect.stringMatching(/no master key of ours/) as string });
    expect(await run(command, ['create-master-key'], byToken).ended).toBe(0);
    const running = run(service, [], byToken);
    expect(await running.told).toEqual({ ready: true });
    expect(await ask('POST', '/v1/objects', { pseudonym: newId(patientId), visit: null })).toMatchObject({
      status: 201,
    });
    // SoftHSM says itself that it is none.
    const provider = expect.stringMatching(/not an HSM/) as string;
    expect((await ask('GET', '/v1/status')).json).toMatchObject({ isHardware: false, provider });
    expect((await ask('GET', '/v1/identity')).json).toMatchObject({ master: 'software' });
    const wrongPin = run(service, [], { ...byToken, KEYSTORE_PKCS11_PIN_FILE: file('wrong', '000000') });
    expect(await wrongPin.told).toEqual({ failed: expect.stringMatching(/PIN .* is wrong/) as string });
    token.unplug();
    expect(await ask('POST', '/v1/objects', { pseudonym: newId(patientId), visit: null })).toMatchObject({
      status: 503,
      json: { code: 'masterKey' },
    });
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    token.remove();
  });

  const refusals: [string, () => Record<string, string> | Promise<Record<string, string>>, RegExp][] = [
    ['a setting that is missing', () => ({ KEYSTORE_PORT: '' }), /Set KEYSTORE_PORT/],
    ['a setting of another service', () => ({ API_PORT: '8443' }), /settings of another service/],
    ['an address of Redis', () => ({ REDIS_URL: 'redis://planted' }), /settings of another service/],
    ['another clinic', () => ({ KEYSTORE_CLINIC_ID: newId(staffId) }), /another clinic/],
    [
      'recordings deleted sooner than they may be',
      () => ({ KEYSTORE_RECORDING_DELETE_DAYS: '29', KEYSTORE_RECORDING_RETENTION_DAYS: '30' }),
      /KEYSTORE_RECORDING_DELETE_DAYS would delete recordings that must be kept for 30 days/,
    ],
    ['an rpId that isn’t its origins’', () => ({ KEYSTORE_RP_ID: 'planted.example' }), /KEYSTORE_RP_ID/],
    [
      'a master key that others can read',
      () => ({ KEYSTORE_MASTER_KEY_FILE: file('open.key', '{}', 0o644) }),
      /chmod 600/,
    ],
    [
      'a master key that isn’t one',
      () => ({ KEYSTORE_MASTER_KEY_FILE: file('bad.key', 'planted') }),
      /KEYSTORE_MASTER_KEY_FILE/,
    ],
    [
      'another recovery key',
      () => ({ KEYSTORE_RECOVERY_KEY_FILE: join(installation.folder, 'ceremony/recovery-key.pub') }),
      /recovery key/,
    ],
    [
      'an owner’s credentials',
      () => ({ KEYSTORE_DATABASE_URL_FILE: file('o.url', installation.postgres.ownerUrl) }),
      /rights over the server/,
    ],
    [
      'a token that isn’t there',
      () => ({
        KEYSTORE_MASTER: 'pkcs11',
        KEYSTORE_PKCS11_MODULE: '/planted.so',
        KEYSTORE_PKCS11_TOKEN: 'x',
        KEYSTORE_PKCS11_PIN_FILE: file('pin', '1'),
      }),
      /PKCS #11/,
    ],
    [
      'an expired certificate',
      async () => {
        const expired = await authority.certify('keystore.sotto.internal', -1000);
        return { KEYSTORE_TLS_CERT: file('old.pem', expired.cert), KEYSTORE_TLS_KEY: file('old.key', expired.key) };
      },
      /expired/,
    ],
  ];
  it.each(refusals)('refuse to start with %s', async (_what, changes, sentence) => {
    const { told, ended, stderr } = run(service, [], await changes());
    expect(await told).toEqual({ failed: expect.stringMatching(sentence) as string });
    expect(await ended).toBe(1);
    expect(stderr()).not.toContain('planted');
  });

  it('refuse a database that is not theirs alone, or not of this version', async () => {
    const refuses = async (sentence: RegExp) => {
      const { told, ended } = run(service);
      expect(await told).toEqual({ failed: expect.stringMatching(sentence) as string });
      expect(await ended).toBe(1);
    };
    await installation.asOwner((client) => client.query('create schema clinic'));
    await refuses(/holds something else/);
    await installation.asOwner((client) => client.query('drop schema clinic'));
    await installation.asOwner((client) => client.query('create table public.planted ()'));
    await refuses(/holds something else/);
    await installation.asOwner((client) => client.query('drop table public.planted'));
    await installation.asOwner((client) => client.query('delete from keystore.schema_migration'));
    await refuses(/has not been migrated/);
  });

  it('refuse a log in which an entry was edited', async () => {
    await installation.asOwner(async (client) => {
      for (const { name, sha256 } of readMigrations(keyMigrations)) {
        await client.query('insert into keystore.schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
      }
      await client.query('alter table audit.entry disable trigger user');
      await client.query(
        'update audit.entry set canonical = (select canonical from audit.entry where index = 1) where index = 0',
      );
    });
    const { told, ended } = run(service);
    expect(await told).toEqual({ failed: expect.stringMatching(/access log doesn’t verify/) as string });
    expect(await ended).toBe(1);
  });
});
