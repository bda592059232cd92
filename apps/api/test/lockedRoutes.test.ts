import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { nameOf, type Operation, readOperations } from './operations.ts';
import { valid } from './schemaArbitrary.ts';

const afterSeconds = 900;

let clinic: TestClinic;
let operations: Operation[];
let browser: HttpClient;
beforeAll(async () => {
  clinic = await startClinic({ idleLockSeconds: afterSeconds });
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
  'PUT /api/objects/{objectId}',
  'PUT /api/objects/{objectId}/parts/{leaf}',
  'PUT /api/objects/{objectId}/recording',
];
/** Says only that something was closed. */
const always = ['POST /api/keystore/closings'];
/** Public routes about the account whose session it is; every other route: idor.test.ts. */
const ofAccount = [
  ...['GET /api/sessions', 'DELETE /api/sessions', 'DELETE /api/sessions/{sessionId}'],
  ...['GET /api/sessions/devices', 'POST /api/sessions/devices/known', 'GET /api/session/factors'],
  ...['POST /api/session/factors/totp', 'POST /api/session/factors/totp/confirmation'],
  ...['POST /api/session/factors/totp/removal', 'POST /api/session/factors/recovery-codes'],
];

const sample = (schema: Parameters<typeof valid>[0]) => fc.sample(valid(schema), { numRuns: 1, seed: 7 })[0];

it('is answered by everything about one’s account', async () => {
  const wrong: string[] = [];
  for (const operation of operations.filter((one) => ofAccount.includes(nameOf(one)))) {
    const body = operation.body === null ? {} : { body: sample(operation.body) };
    const answer = await browser.send(operation.method, operation.path.replace(/\{\w+\}/, 'A'.repeat(22)), body);
    if (answer.status !== 423) wrong.push(`${nameOf(operation)}: ${answer.status}`);
  }
  expect(wrong).toEqual([]);
});

it('is declared by the routes that a live visit needs, and no other', () => {
  const declared = (kind: string) =>
    operations
      .filter(({ access }) => !('public' in access) && access.whileLocked === kind)
      .map(nameOf)
      .sort();
  expect(declared('live')).toEqual(inLiveVisit);
  expect(declared('always')).toEqual(always);
});
