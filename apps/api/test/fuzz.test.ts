import { connect } from 'node:tls';
import { errorBody } from '@sotto/protocol/errors';
import { guestInvitation } from '@sotto/protocol/guests';
import { keystoreRefusal } from '@sotto/protocol/keystoreRoutes';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { createVisit, joinAsPatient } from './clinic.ts';
import type { Answer, HttpClient, Request } from './httpClient.ts';
import { nameOf, type Operation, readOperations } from './operations.ts';
import { Records } from './records.ts';
import { hostile, spoiled, valid } from './schemaArbitrary.ts';

/** Ten thousand take minutes: only among the tests that take long. */
const cases = process.env['SOTTO_LONG'] === '1' ? 12_000 : 600;
const minutes = 60_000;
/** Stands in every name that somebody wrote. */
const planted = 'Zyxplanted';

let records: Records;
let operations: Operation[];
/** Who asks; the first two may see names, in what isn't refused. */
let browsers: readonly HttpClient[];
let ids: readonly string[];

beforeAll(async () => {
  records = await Records.start();
  const { clinic } = records;
  // What is meant to stop this is tested elsewhere. Signing in and opening links stay as they are: each costs Argon2id.
  const unlimited = Object.keys(clinic.context.limits)
    .filter((name) => !/^(?:signIn|join)/.test(name))
    .map((name) => [name, createAttemptLimit(1e9, 60)]);
  Object.assign(clinic.context.limits, Object.fromEntries(unlimited));

  const writer = await records.enrolled('physician', `Dr ${planted}`);
  const visit = await createVisit(writer.browser, clinic, `${planted} Patient`);
  const note = await records.write(writer, { visit });
  const endsAt = new Date(Date.now() + 3_600_000).toISOString();
  const invited = guestInvitation.parse(
    (
      await writer.browser.send('POST', `/api/visits/${visit.id}/guests`, {
        body: { kind: 'family', name: `${planted} Guest`, endsAt },
      })
    ).json,
  );
  const stranger = await records.stranger('physician', 'Dr Stranger');
  const strangersVisit = await createVisit(stranger.browser, clinic, 'Somebody Else');
  browsers = [
    ...[writer.browser, await joinAsPatient(writer.browser, clinic, visit.id)],
    ...[clinic.visitor(), stranger.browser, await joinAsPatient(stranger.browser, clinic, strangersVisit.id)],
    ...[await clinic.signIn(await clinic.addStaff('nurse')), await clinic.signIn(await clinic.addStaff('admin'))],
  ];
  ids = [visit.id, strangersVisit.id, note.object, note.pseudonym, invited.guest.participantId, stranger.id];
  operations = await readOperations(clinic.visitor());
}, 5 * minutes);
afterAll(() => records.close(), minutes);

interface Case {
  readonly operation: Operation;
  readonly browser: number;
  readonly path: string;
  readonly request: Request;
}

const anyId = () =>
  fc.oneof(
    fc.constantFrom(...ids),
    fc.string({ unit: fc.constantFrom('A', 'a', '0', '_', '-'), minLength: 22, maxLength: 22 }),
  );
const mostly = <T, U>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: rare });
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

function pathOf({ path, parameters }: Operation): fc.Arbitrary<string> {
  const arbitraries: Record<string, fc.Arbitrary<string>> = {};
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) arbitraries[name] = mostly(anyId(), hostile);
  const parts = fc.record(arbitraries);
  const declared = parameters.filter((one) => one.in === 'query');
  const query = fc.record(
    Object.fromEntries(declared.map(({ name, schema }) => [name, mostly(valid(schema), hostile)])),
    { requiredKeys: [] },
  );
  const more = fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(hostile, hostile), { maxLength: 3 }) },
  );
  return fc.tuple(parts, query, more).map(([named, asked, others]) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(named[name] ?? ''));
    const pairs = [...Object.entries(asked), ...others].map(
      ([name, text]) => `${encoded(name)}=${encoded(String(text))}`,
    );
    return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
  });
}

const headers: fc.Arbitrary<Record<string, string>> = fc
  .record(
    {
      'content-type': fc.constantFrom(
        ...['text/plain', 'application/xml', 'application/json; charset=utf-16', 'multipart/form-data; boundary=x'],
        ...['application/json', 'application/x-www-form-urlencoded', 'A'.repeat(300)],
      ),
      origin: fc.constantFrom('null', 'https://evil.example', '', 'https://localhost:9443'),
      range: fc.constantFrom(
        'bytes=0-',
        'bytes=-1',
        'bytes=0-0,1-1',
        'bytes=9-1',
        'lines=1',
        `bytes=${'9'.repeat(30)}-`,
      ),
      'x-forwarded-for': fc.constantFrom("' or 1=1", '10.0.0.1', '::1, ::2'),
      'x-request-id': fc.constant(planted),
      'x-http-method-override': fc.constantFrom('DELETE', 'PUT'),
      'user-agent': fc.constantFrom('', 'A'.repeat(5000), '#{jndi:ldap://x}', "'; select 1"),
      'accept-encoding': fc.constantFrom('gzip;q=x', '*'),
      'if-none-match': fc.constantFrom('*', 'W/"x"'),
    },
    { requiredKeys: [] },
  )
  .map((chosen) => ({ ...chosen }));

function bodyOf({ body, method }: Operation): fc.Arbitrary<Pick<Request, 'body' | 'raw' | 'octets'>> {
  const raw = fc
    .oneof(
      hostile,
      fc.json({ maxDepth: 4 }),
      fc.constantFrom(
        '{',
        '[',
        '{"a":',
        '{"__proto__":{"admin":true}}',
        '{"constructor":{"prototype":{"x":1}}}',
        '\ufeff{}',
      ),
      fc.integer({ min: 10, max: 3000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
      fc.integer({ min: 16_000, max: 200_000 }).map((length) => JSON.stringify({ password: 'x'.repeat(length) })),
    )
    .map((text) => ({ raw: text.toWellFormed() }));
  const octets = fc.uint8Array({ maxLength: 4000 }).map((bytes) => ({ octets: bytes }));
  if (body === null) return method === 'GET' ? fc.constant({}) : fc.oneof(fc.constant({}), raw, octets);
  const shaped = valid(body);
  return fc.oneof(
    { weight: 3, arbitrary: shaped.map((value) => ({ body: value })) },
    { weight: 4, arbitrary: shaped.chain(spoiled).map((value) => ({ body: value })) },
    { weight: 2, arbitrary: raw },
  );
}

/** Ends the session by which everything else is asked. */
const isLast = ({ method, path }: Operation): boolean =>
  (method === 'DELETE' && /\/(?:session|join|invitation)$/.test(path)) ||
  (method === 'POST' && /\/(?:end|invitation|disable)$/.test(path));

const aCase = (): fc.Arbitrary<Case> =>
  fc.constantFrom(...operations).chain((operation) =>
    fc.record({
      operation: fc.constant(operation),
      // Nobody is signed in as the third.
      browser: isLast(operation) ? fc.constant(2) : fc.nat({ max: browsers.length - 1 }),
      path: pathOf(operation),
      request: fc
        .tuple(
          bodyOf(operation),
          fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
        )
        .map(([body, chosen]) => ({ ...body, headers: chosen })),
    }),
  );

const shown = /planted-header|\bat .+\.(?:ts|js):\d+|node_modules|SELECT |select .+ from|clinic\.|Error:/;

/** What is wrong with an answer; null if nothing is. */
function faultOf({ browser, operation }: Case, answer: Answer): string | null {
  const text = answer.body.toString();
  if (answer.status >= 500) return 'a fault of the server’s own';
  const head = JSON.stringify(answer.headers);
  if (/planted/i.test(head)) return 'a header that was asked for';
  if (answer.status >= 400) {
    const isRefusal = errorBody.safeParse(answer.json).success || keystoreRefusal.safeParse(answer.json).success;
    if (answer.body.length > 0 && !isRefusal) return 'an error that isn’t one of ours';
    if (shown.test(text) || text.includes(planted)) return 'an error that tells too much';
    if (answer.headers['x-correlation-id'] === undefined) return 'an error without its id';
    return null;
  }
  const names = text.includes(`${planted} Patient`) || text.includes(`${planted} Guest`);
  return names && browser > 1 && operation.path !== '/api/openapi.json' ? 'somebody else’s name' : null;
}

describe('whatever is sent', () => {
  it(
    `is answered without a fault and without anybody’s name, ${cases} times`,
    async () => {
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(aCase(), async (one) => {
          const browser = browsers[one.browser];
          if (!browser) throw new Error('nobody asks');
          const answer = await browser.send(one.operation.method, one.path, one.request);
          const kind = `${Math.floor(answer.status / 100)}xx`;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          const fault = faultOf(one, answer);
          if (fault !== null) throw new Error(`${fault}: ${nameOf(one.operation)} ${answer.status}`);
        }),
        { numRuns: cases, endOnFailure: true },
      );
      process.stderr.write(`${cases} requests: ${JSON.stringify(Object.fromEntries(seen))}\n`);
      // Not everything was stopped at the door.
      expect(seen.get('2xx') ?? 0).toBeGreaterThan(cases / 20);
      expect(seen.get('4xx') ?? 0).toBeGreaterThan(cases / 4);
      expect(records.clinic.log.length).toBeGreaterThan(cases / 2);
      const lines = records.clinic.log.join('');
      expect(lines).not.toContain(planted);
      expect(lines).not.toMatch(/drop table|planted-header|etc\/passwd/);
      expect(lines).not.toContain('failedRequest');
      expect((await records.clinic.visitor().send('GET', '/api/health')).status).toBe(200);
    },
    30 * minutes,
  );

  it.each([
    ['a header within a header', 'GET /api/config HTTP/1.1\r\nHost: x\r\nX-A: b\rSet-Cookie: planted-header=1\r\n\r\n'],
    ['a folded header', 'GET /api/config HTTP/1.1\r\nHost: x\r\nX-A: b\r\n planted-header: 1\r\n\r\n'],
    ['two lengths', 'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'a length and chunks',
      'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a head without end', `GET /api/config HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['no host', 'GET /api/config HTTP/1.1\r\n\r\n'],
    ['a path that isn’t one', 'GET /api/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a nul', 'GET /api/config\u0000 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('as %s is refused, and the server goes on', async (_, text) => {
    const { port, tls } = records.clinic;
    const said = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: tls.cert, servername: 'localhost' }, () =>
        socket.write(text),
      );
      let answer = '';
      socket.setTimeout(3000, () => socket.destroy());
      socket.on('data', (bytes: Buffer) => {
        answer += bytes.toString();
        socket.end();
      });
      socket.on('error', (fault: NodeJS.ErrnoException) =>
        fault.code === 'ECONNRESET' ? resolve(answer) : reject(fault),
      );
      socket.on('close', () => resolve(answer));
    });
    expect(said).not.toMatch(/^HTTP\/1\.1 [25]/);
    expect(said).not.toMatch(/set-cookie|planted/i);
    expect((await records.clinic.visitor().send('GET', '/api/health')).status).toBe(200);
  });
});
