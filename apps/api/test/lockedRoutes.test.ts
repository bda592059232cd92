import fc from 'fast-check';
import { ClientSecretBasic } from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOidcProvider, type OidcProvider } from '../src/oidcProvider.ts';
import { startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { nameOf, type Operation, readOperations } from './operations.ts';
import { valid } from './schemaArbitrary.ts';

const afterSeconds = 900;

/** Without a provider its routes say that there is none, locked or not. */
const unasked = (origin: string): OidcProvider =>
  createOidcProvider(
    {
      ...{ issuer: 'https://127.0.0.1:9', clientId: 'sotto', clientAuth: ClientSecretBasic('secret') },
      ...{ label: 'Example ID', prompt: 'login' },
    },
    `${origin}/oidc/`,
    () => undefined,
  );

let clinic: TestClinic;
let operations: Operation[];
let browser: HttpClient;
beforeAll(async () => {
  clinic = await startClinic({ idleLockSeconds: afterSeconds, provider: unasked });
  operations = await readOperations(clinic.visitor());
  browser = await clinic.physician();
  clinic.advance(afterSeconds / 3600);
});
afterAll(() => clinic.close());

/** What a session that is locked may, in a live visit of its holder's: written down once more and by hand. */
const inLiveVisit = [
  'GET /api/keystore/directory',
  'GET /api/objects/{objectId}/parts',
  'POST /api/objects/{objectId}/parts',
  'POST /api/visits/{visitId}/end',
  'POST /api/visits/{visitId}/objects',
  'POST /api/visits/{visitId}/ticket',
  'PUT /api/objects/{objectId}/parts/{leaf}',
  'PUT /api/phi/objects/{objectId}',
  'PUT /api/phi/objects/{objectId}/recording',
];
/** Says only that something was closed. */
const always = ['POST /api/keystore/closings'];
/** Public routes that go on in a locked session, or know nothing of one; every route that isn't public: idor.test.ts. */
const openToLocked = [
  // Signing in and out, unlocking, and what a session says of itself.
  ...['POST /api/session', 'GET /api/session', 'DELETE /api/session', 'POST /api/session/activity'],
  ...['POST /api/session/passkey', 'POST /api/session/passkey/options', 'POST /api/session/unlock'],
  ...['POST /api/session/oidc/start', 'POST /api/session/oidc', 'POST /api/account/oidc'],
  // For whoever comes with the secret of a link, a mail or an address.
  ...['POST /api/account', 'POST /api/account/invitation', 'POST /api/join', 'DELETE /api/join'],
  ...['POST /api/account/new-password', 'POST /api/account/new-password/offer'],
  ...['POST /api/notices/end', 'PUT /api/parts/{ticket}'],
  // A patient’s own way in and out.
  ...['POST /api/portal/session/options', 'POST /api/portal/session', 'POST /api/portal/session/activity'],
  'DELETE /api/portal/session',
  // The same for everybody.
  ...['GET /api/config', 'GET /api/health', 'GET /api/keystore/identity', 'GET /api/openapi.json'],
];

const sample = (schema: Parameters<typeof valid>[0]) => fc.sample(valid(schema), { numRuns: 1, seed: 7 })[0];

it('is answered by everything public but what is open to it, which is all there', async () => {
  const wrong: string[] = [];
  const isPublic = ({ access }: Operation) => 'public' in access;
  const names = operations.filter(isPublic).map(nameOf);
  expect(openToLocked.filter((name) => !names.includes(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(openToLocked.length);
  for (const operation of operations.filter((one) => isPublic(one) && !openToLocked.includes(nameOf(one)))) {
    const body = operation.body === null ? {} : { body: sample(operation.body) };
    const answer = await browser.send(operation.method, operation.path.replace(/\{\w+\}/, 'A'.repeat(22)), body);
    if (answer.status !== 423) wrong.push(`${nameOf(operation)}: ${answer.status}`);
  }
  expect(wrong).toEqual([]);
});

it('is declared by the routes that a live visit needs, and no other', () => {
  const declared = (kind: string) =>
    operations
      .filter(({ access }) => 'action' in access && access.whileLocked === kind)
      .map(nameOf)
      .sort();
  expect(declared('live')).toEqual(inLiveVisit);
  expect(declared('always')).toEqual(always);
});
