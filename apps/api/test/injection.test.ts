import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { staffTable } from '../src/schema.ts';
import { type Case, FuzzScene, isLast, nobody } from './fuzzScene.ts';
import type { Request } from './httpClient.ts';
import { nameOf } from './operations.ts';
import { type Place, pathWith, placesOf, type Usual, usualOf } from './stringPlaces.ts';

const minutes = 60_000;
/** One in so many of what is sent to a place; each place gets others. In a long run all of it is sent. */
const share = process.env['SOTTO_LONG'] === '1' ? 1 : 12;
const isSent = (place: number, at: number): boolean => (place + at) % share === 0;
/** Seconds that a database would sleep if it took text for a statement, and how long an answer may take. */
const [asleep, patient] = [60, 30];

const texts = [
  ...["' or '1'='1", `'; select pg_sleep(${asleep}); --`, `') or (select pg_sleep(${asleep})) is null --`],
  ...[
    "' union select password_hash from clinic.staff --",
    "'; drop table clinic.staff; --",
    "\\'; drop table staff --",
  ],
  ...['$$; select 1; $$', '%', '_', '/*', "'||(select version())||'", '\\x27', '\u0000', '\u02bc or 1=1', '＇ or 1=1'],
  ...['x\r\nset-cookie: planted-header=1', '\r\n\r\nHTTP/1.1 200 OK\r\n', '%0d%0aset-cookie:%20planted-header=1'],
  ...['../../../../etc/passwd', '..', '.', '', '__proto__', 'constructor', 'toString', '{{7*7}}', '\ud800'],
  ...['\u202eabc', 'A'.repeat(5_000), '-1', '1e309', 'NaN', '٣', 'null', 'undefined', '[object Object]'],
] as const;
const numbers = [
  ...[-1, 0, 0.1, -0, 1e21, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, -(2 ** 63), '1', '1; drop table x', null, true],
] as const;

const json = { 'content-type': 'application/json' };
const nested = (depth: number): string => '{"a":'.repeat(depth) + '1'.padEnd(depth + 1, '}');

/** Bodies that are wrong whatever a route wants. */
const bodies: Readonly<Record<string, Request>> = {
  'a prototype': { raw: '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}' },
  'a prototype below': { raw: '{"limits":{"__proto__":{"hours":null}}}' },
  'the same name twice': { raw: '{"name":"a","name":"b","email":"a@b.example","email":"c@d.example"}' },
  'two thousand levels of objects': { raw: nested(2_000) },
  'a hundred thousand levels of lists': { raw: '['.repeat(100_000) },
  'text of half a megabyte': { raw: JSON.stringify({ name: 'x'.repeat(500_000) }) },
  'a list of a hundred thousand': { raw: JSON.stringify(Array.from({ length: 100_000 }, () => 0)) },
  'ten thousand names': {
    raw: JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`n${at}`, at]))),
  },
  'a number without end': { raw: `{"minutes":${'9'.repeat(5_000)}}` },
  'octets that are no UTF-8': { octets: Buffer.from('{"name":"\xff\xfe\xc0\xaf"}', 'latin1'), headers: json },
  'half a surrogate': { raw: '{"name":"\\ud800"}' },
  'UTF-16': { octets: Buffer.from('{"name":"a"}', 'utf16le'), headers: json },
  'a mark before it': { raw: '\ufeff{}' },
  'nothing as JSON': { raw: '', headers: json },
  null: { raw: 'null' },
  'chunks without a length': { raw: '{"name":"a"}', headers: { 'content-length': '', 'transfer-encoding': 'chunked' } },
  'compressed and said so': { octets: gzipSync('{}'), headers: { ...json, 'content-encoding': 'gzip' } },
  'an encoding that nobody knows': { raw: '{}', headers: { 'content-encoding': 'br, gzip, compress' } },
  'a form': { raw: 'a=1&b[$ne]=', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  'parts without an end': { raw: '--x\r\n\r\n{}', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
  XML: {
    raw: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    headers: { 'content-type': 'text/xml' },
  },
  'a type with another inside': { raw: '{}', headers: { 'content-type': 'text/plain; application/json' } },
  'a type in capitals with junk': { raw: '{}', headers: { 'content-type': 'APPLICATION/JSON;;charset=\u00fftf' } },
};

let scene: FuzzScene;
let usual: readonly Usual[];

beforeAll(async () => {
  scene = await FuzzScene.start();
  const found: Usual[] = [];
  for (const operation of scene.operations) found.push(await usualOf(scene, operation));
  usual = found;
}, 5 * minutes);
afterAll(() => scene[Symbol.asyncDispose](), minutes);

/** Asks them all, some at a time. @returns how many there were, and what was wrong */
async function ask(cases: readonly (Case & { readonly what: string })[]) {
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const waiting = [...cases];
  const worker = async () => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const began = performance.now();
      const answer = await scene.send(one);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const fault = scene.faultOf(one, answer);
      if (fault !== null) faults.push(`${fault}, ${one.what}`);
      if (performance.now() - began > patient * 1_000) faults.push(`slow: ${nameOf(one.operation)}, ${one.what}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  process.stderr.write(`${cases.length} requests: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
  return { faults, statuses };
}

const staffRows = (): Promise<number> => scene.records.clinic.context.database.$count(staffTable);

describe('every place where a route takes something', () => {
  it(
    'takes statements, line ends, paths and odd numbers for text or refuses them',
    async () => {
      const places: Place[] = usual.flatMap((one) => placesOf(scene, one));
      expect(places.length).toBeGreaterThan(100);
      // Each route that says it takes something is among them.
      const takes = scene.operations.filter(
        ({ body, path, parameters }) => body ?? (path.includes('{') || parameters.length > 0),
      );
      const reached = new Set(places.map(({ operation }) => operation));
      expect(takes.filter((one) => !reached.has(one)).map(nameOf)).toEqual([]);
      const before = await staffRows();
      const { faults, statuses } = await ask(
        places.flatMap(({ caseWith, kind, name }, place) =>
          (kind === 'text' ? texts : [...numbers, ...texts.slice(0, 2)])
            .map((value, at) => ({ ...caseWith(value), what: `${name}, ${kind} ${at}` }))
            .filter((_, at) => isSent(place, at)),
        ),
      );
      expect(faults).toEqual([]);
      // Those who were invited are more.
      expect(await staffRows()).toBeGreaterThanOrEqual(before);
      // Not everything was stopped at the door.
      const done = (statuses.get(200) ?? 0) + (statuses.get(201) ?? 0) + (statuses.get(204) ?? 0);
      expect(done).toBeGreaterThan(20);
      expect(await scene.faultAfterwards()).toBeNull();
    },
    10 * minutes,
  );

  it(
    'refuses bodies that are none',
    async () => {
      const { faults } = await ask(
        usual
          .filter(({ operation: { method } }) => method !== 'GET')
          .flatMap(({ operation, browser }, place) =>
            Object.entries(bodies)
              .filter((_, at) => isSent(place, at))
              .map(([what, request]) => ({
                ...{ operation, what, request, path: pathWith(operation, scene.known) },
                browser: isLast(operation) ? nobody : browser,
              })),
          ),
      );
      expect(faults).toEqual([]);
      expect(Object.hasOwn(Object.prototype, 'role')).toBe(false);
      expect(await scene.faultAfterwards()).toBeNull();
    },
    10 * minutes,
  );
});
