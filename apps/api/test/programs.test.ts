import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporaryKeystore, type TemporaryKeystore } from '@sotto/infra/keystore';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { StartedPrograms } from '@sotto/infra/program';
import { birthDate } from '@sotto/protocol/clinic';
import { clinicId, sessionId, visitId } from '@sotto/protocol/ids';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createIssuer } from '../src/issuer.ts';
import { hashToken, newId, newToken } from '../src/opaqueToken.ts';
import { newCertificate } from './certificate.ts';
import { writeExampleClient } from './exampleClient.ts';
import { HttpClient } from './httpClient.ts';
import { newFieldKey, newIdentityKey, newSigningKey, newWitnessVerifier } from './keys.ts';

let postgres: TemporaryServer;
let keystore: TemporaryKeystore;
let environment: Record<string, string>;
let ca: string;
const programs = new StartedPrograms();
const folder = mkdtempSync(join(tmpdir(), 'sotto-programs-'));
const web = writeExampleClient();

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
function secretFile(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

beforeAll(async () => {
  postgres = await startTemporaryServer();
  const clinic = newId(clinicId);
  const identity = await newIdentityKey();
  keystore = await startTemporaryKeystore(clinic, 9443, (await createIssuer(identity, clinic)).publicKeys);
  const { cert, key } = await newCertificate();
  ca = cert;
  const port = await freePort();
  environment = {
    PATH: process.env['PATH'] ?? '',
    API_HOST: '127.0.0.1',
    API_PORT: String(port),
    API_TLS_CERT: secretFile('cert.pem', cert),
    API_TLS_KEY: secretFile('key.pem', key),
    API_ORIGINS: `https://localhost:${port}`,
    API_SIGNALING_URL: 'https://localhost:9444',
    API_DATABASE_URL_FILE: secretFile('app.url', postgres.appUrl),
    API_OWNER_DATABASE_URL_FILE: secretFile('owner.url', postgres.ownerUrl),
    API_IDENTITY_KEY_FILE: secretFile('identity.jwk', identity),
    API_FIELD_KEY_FILE: secretFile('field.key', newFieldKey()),
    API_INDEX_KEY_FILE: secretFile('index.key', newFieldKey()),
    API_CLINIC_ID: clinic,
    API_TIME_ZONE: 'Europe/Madrid',
    API_WEB_ROOT: web,
    API_CONTROL_URL: 'https://127.0.0.1:9',
    API_CONTROL_CERT: secretFile('control.pem', cert),
    API_CONTROL_KEY: secretFile('control.key', key),
    API_CONTROL_CA: secretFile('control-ca.pem', cert),
    API_KEYSTORE_URL: keystore.url,
    API_KEYSTORE_CERT: secretFile('keystore.pem', keystore.tls.cert),
    API_KEYSTORE_KEY: secretFile('keystore.key', keystore.tls.key),
    API_KEYSTORE_CA: secretFile('keystore-ca.pem', keystore.ca),
    API_STORAGE_FOLDER: join(folder, 'recordings'),
    API_STORAGE_TICKET_KEY_FILE: secretFile('ticket.key', newFieldKey()),
    API_LOG_NAME: 'sotto.test/programs',
    API_LOG_KEY_FILE: secretFile('log.pem', newSigningKey()),
    API_LOG_SIGNED_FILE: join(folder, 'log.signed'),
    API_WITNESS_URL: 'http://127.0.0.1:9',
    API_WITNESS_KEY_FILE: secretFile('witness.verifier', newWitnessVerifier()),
    API_CLINIC_NAME: 'Demo Clinic',
    API_SEED_DEMO: '1',
  };
});
afterAll(async () => {
  programs.kill();
  await keystore.remove();
  await postgres.remove();
  rmSync(folder, { recursive: true });
  rmSync(web, { recursive: true });
});

/** A session that somebody began before. @returns its token */
async function sessionOf(email: string): Promise<string> {
  const token = newToken();
  const database = new Client(postgres.ownerUrl);
  await database.connect();
  await database.query(
    `insert into clinic.staff_session (token_hash, id, staff_id, created_at, expires_at, active_at, method)
     select $1, $2, id, now(), now() + interval '1 hour', now(), 'password' from clinic.staff where email = $3`,
    [Buffer.from(hashToken(token)), newId(sessionId), email],
  );
  await database.end();
  return token;
}

/** What the platform's log has of the command, oldest first. */
async function hostActs(): Promise<string[]> {
  const database = new Client(postgres.ownerUrl);
  await database.connect();
  const { rows } = await database.query<{ action: string; canonical: Buffer }>(
    `select action, canonical from audit.entry where actor = 'host' order by index`,
  );
  await database.end();
  return rows.map(({ action, canonical }) => {
    const { outcome } = JSON.parse(canonical.toString()) as { outcome: string };
    return `${action} ${outcome}`;
  });
}

/** The command that gives and ends roles, with what it needs and no more. */
function roles(...args: string[]) {
  const { PATH = '', API_DATABASE_URL_FILE = '', API_CLINIC_ID = '', API_ORIGINS = '' } = environment;
  const program = new URL('../src/roles.ts', import.meta.url);
  return programs.start(program, args, { PATH, API_DATABASE_URL_FILE, API_CLINIC_ID, API_ORIGINS });
}

const run = (program: 'main' | 'migrate' | 'prepareStorage' | 'seed', changes: Record<string, string> = {}) =>
  programs.start(new URL(`../src/${program}.ts`, import.meta.url), [], { ...environment, ...changes });

const demo = z.strictObject({
  physician: z.strictObject({ email: z.email(), password: z.string().min(15), name: z.string() }),
  colleague: z.strictObject({ email: z.email(), name: z.string() }),
  officers: z.array(z.strictObject({ email: z.email(), name: z.string() })).length(2),
  admin: z.strictObject({ email: z.email(), name: z.string() }),
  visitId,
  patientLink: z.url(),
  patientBirthDate: birthDate,
});

// Each starts processes, on a machine that may be busy with other tests.
describe('the programs', { timeout: 120_000 }, () => {
  it('say what to do when the storage has not been prepared, and prepare it as often as asked', async () => {
    const { told, ended } = run('main');
    expect(await told).toEqual({ failed: expect.stringMatching(/run src\/prepareStorage.ts/) as string });
    expect(await ended).toBe(1);
    expect(await run('prepareStorage').ended).toBe(0);
    expect(await run('prepareStorage').ended).toBe(0);
  });

  it('say what to do when the database has not been migrated', async () => {
    const { told, ended } = run('main');
    expect(await told).toEqual({ failed: expect.stringMatching(/run the migration first/) as string });
    expect(await ended).toBe(1);
  });

  // Some twenty processes, one after the other.
  it('migrate, seed the same demo each time, serve it, and close in order', { timeout: 300_000 }, async () => {
    expect(await run('migrate').ended).toBe(0);
    expect(await run('migrate').ended).toBe(0);
    const first = run('seed');
    expect(await first.ended).toBe(0);
    const again = run('seed');
    expect(await again.ended).toBe(0);
    expect(again.stdout()).toBe(first.stdout());
    expect(first.stdout().split('\n')).toHaveLength(2);
    const { physician, patientLink, patientBirthDate, visitId: seeded } = demo.parse(JSON.parse(first.stdout()));

    // The api is ready before the keystore is.
    await keystore.stop();
    const api = run('main');
    expect(await api.told).toEqual({ ready: true });
    const port = Number(environment['API_PORT']);
    const client = new HttpClient(port, ca, `https://localhost:${port}`);
    const { email, password } = physician;
    // No keystore is there to say who has a passkey, nor to give the patient's key: nobody is let in, and no name is read.
    expect((await client.send('POST', '/api/session', { body: { email, password } })).status).toBe(503);
    client.cookies.set('__Secure-sotto-staff', await sessionOf(email));
    expect((await client.send('GET', `/api/visits/${seeded}`)).status).toBe(503);
    await keystore.start();
    expect((await client.send('GET', `/api/visits/${seeded}`)).status).toBe(200);
    const secret = new URL(patientLink).hash.slice(1);
    expect((await client.send('POST', '/api/join', { body: { secret } })).status).toBe(400);
    const told = { secret, birthDate: patientBirthDate };
    expect((await client.send('POST', '/api/join', { body: told })).json).toMatchObject({ visitId: seeded });

    // Roles are given and ended beside it, and count from the next request on.
    const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const list = () => client.send('GET', `/api/visits?from=${soon(-1)}&to=${soon(1)}`);
    const changed = async (...args: string[]) => {
      const command = roles(...args);
      expect(await command.ended).toBe(0);
      for (const word of [email, 'Vidal']) expect(command.stderr()).not.toContain(word);
      return (await list()).status;
    };
    expect(await changed('end', email, 'physician')).toBe(403);
    expect(await changed('give', email, 'physician', '--network', '192.0.2.0/24')).toBe(403);
    expect(await changed('end', email, 'physician')).toBe(403);
    expect(await changed('give', email, 'physician', '--until', soon(1), '--network', '127.0.0.0/8')).toBe(200);
    expect(await changed('end', email, 'physician')).toBe(403);
    expect(await changed('give', email, 'physician', '--hours', '00:00-24:00')).toBe(200);
    for (const [args, sentence] of [
      [['end', email, 'admin'], /nothing was changed/],
      [['give', email, 'physician', '--network', '192.0.2.0/24'], /End it first/],
      [['disable', 'nobody@clinic.example'], /Nobody of the clinic/],
      [['give', 'nobody@clinic.example', 'nurse'], /Nobody of the clinic/],
    ] as const) {
      const refused = roles(...args);
      expect(await refused.told).toEqual({ failed: expect.stringMatching(sentence) as string });
      expect(await refused.ended).toBe(1);
    }
    expect((await list()).status).toBe(200);
    const reset = roles('reset', email);
    expect(await reset.ended).toBe(0);
    expect(reset.stdout()).toMatch(/recovery codes.*are forgotten.*signed out/u);
    expect(await hostActs()).toEqual([
      ...['people:endRole allowed', 'people:giveRole allowed', 'people:endRole allowed', 'people:giveRole allowed'],
      ...['people:endRole allowed', 'people:giveRole allowed', 'people:endRole refused', 'people:giveRole refused'],
      'people:resetSignIn allowed',
    ]);
    expect((await list()).status).toBe(401);
    client.cookies.set('__Secure-sotto-staff', await sessionOf(email));
    expect((await list()).status).toBe(200);
    const disable = roles('disable', email);
    expect(await disable.ended).toBe(0);
    expect(disable.stdout()).toMatch(/passkey in the keystore.*an officer ends it/u);
    expect((await list()).status).toBe(401);
    for (const [args, sentence] of [
      [['disable', email], /disabled already/],
      [['give', email, 'nurse'], /account is disabled/],
    ] as const) {
      expect(await roles(...args).told).toEqual({ failed: expect.stringMatching(sentence) as string });
    }
    expect(await roles('end', email, 'physician').told).toEqual({
      failed: expect.stringMatching(/nothing was changed/) as string,
    });
    expect(await roles('enable', email).ended).toBe(0);
    expect(await roles('enable', email).told).toEqual({ failed: expect.stringMatching(/isn’t disabled/) as string });

    // A clinic's first administrator, whom nobody could invite.
    const invited = roles('invite', 'first@clinic.example', 'admin', 'First Planted');
    expect(await invited.ended).toBe(0);
    const [, accountSecret = ''] = /\/en\/account\/#(\S+)/u.exec(invited.stdout()) ?? [];
    for (const word of [accountSecret, 'first@', 'Planted']) expect(invited.stderr()).not.toContain(word);
    const begun = { secret: accountSecret, password };
    expect((await client.send('POST', '/api/account', { body: begun })).status).toBe(204);
    client.cookies.set('__Secure-sotto-staff', await sessionOf('first@clinic.example'));
    expect((await client.send('GET', '/api/session')).json).toMatchObject({ staff: { roles: ['admin'] } });
    expect(await roles('invite', 'first@clinic.example', 'admin', 'First Planted').told).toEqual({
      failed: expect.stringMatching(/has an account with this address/) as string,
    });

    const busy = run('main');
    expect(await busy.told).toEqual({ failed: expect.stringMatching(/already in use/) as string });
    expect(await busy.ended).toBe(1);

    await keystore.stop();
    expect(await client.send('GET', '/api/keystore/identity')).toMatchObject({
      status: 503,
      json: { code: 'unavailable' },
    });

    await postgres.stop();
    expect(await client.send('GET', '/api/health')).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(await client.send('GET', '/api/session')).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect((await client.send('GET', '/en/')).status).toBe(200);

    client.close();
    api.child.kill('SIGTERM');
    expect(await api.ended).toBe(0);
    const lines = api
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(lines.at(-1)?.event).toBe('closed');
    expect(api.stdout()).toBe('');
    for (const word of [password, secret, accountSecret, email, 'Rosa']) expect(api.stderr()).not.toContain(word);
  });

  it.each([
    ['API_PORT', '', /Set API_PORT/],
    ['API_PORT', 'planted', /Correct the form of API_PORT/],
    ['API_ORIGINS', 'http://planted.example', /API_ORIGINS/],
    ['API_CLINIC_ID', 'planted', /API_CLINIC_ID/],
    ['API_WEB_ROOT', '/planted', /API_WEB_ROOT names holds no built client/],
    ['API_TLS_KEY', '/planted', /API_TLS_KEY/],
    ['API_PASSWORD_SESSIONS', 'planted', /API_PASSWORD_SESSIONS/],
    ['API_CONTROL_URL', 'http://planted.example', /API_CONTROL_URL/],
    ['API_CONTROL_KEY', '/planted', /API_CONTROL_KEY/],
    ['API_KEYSTORE_URL', 'http://planted.example', /API_KEYSTORE_URL/],
    ['API_KEYSTORE_KEY', '/planted', /API_KEYSTORE_KEY/],
    ['API_KEYSTORE_CA', '/planted', /API_KEYSTORE_CA/],
    ['API_FIELD_KEY_FILE', '/planted', /API_FIELD_KEY_FILE/],
    ['API_INDEX_KEY_FILE', '/planted', /API_INDEX_KEY_FILE/],
    ['API_STORAGE', 'planted', /API_STORAGE/],
    ['API_STORAGE', 's3', /Set API_STORAGE_S3_REGION/],
    ['API_STORAGE_FOLDER', '', /Set API_STORAGE_FOLDER/],
    ['API_STORAGE_FOLDER', '/planted', /storage of recordings can't be used/],
    ['API_STORAGE_TICKET_KEY_FILE', '/planted', /API_STORAGE_TICKET_KEY_FILE/],
    ['API_RECORDING_RETENTION_DAYS', '-1', /API_RECORDING_RETENTION_DAYS/],
  ])('say what is wrong with %s=%s, without its value', async (name, value, sentence) => {
    const { told, ended, stderr } = run('main', { [name]: value });
    expect(await told).toEqual({ failed: expect.stringMatching(sentence) as string });
    expect(await ended).toBe(1);
    expect(stderr()).not.toContain('planted');
  });
});
