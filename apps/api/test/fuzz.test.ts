import { connect } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, FuzzScene, isLast, nobody, planted } from './fuzzScene.ts';
import type { Request } from './httpClient.ts';
import type { Operation } from './operations.ts';
import { hostile, spoiled, valid } from './schemaArbitrary.ts';

/** Ten thousand take minutes: only among the tests that take long. */
const cases = process.env['SOTTO_LONG'] === '1' ? 12_000 : 600;
const minutes = 60_000;

let scene: FuzzScene;

beforeAll(async () => {
  scene = await FuzzScene.start();
}, 5 * minutes);
afterAll(() => scene[Symbol.asyncDispose](), minutes);

const anyId = () =>
  fc.oneof(
    fc.constantFrom(...scene.ids),
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

const aCase = (): fc.Arbitrary<Case> =>
  fc.constantFrom(...scene.operations).chain((operation) =>
    fc.record({
      operation: fc.constant(operation),
      browser: isLast(operation) ? fc.constant(nobody) : fc.nat({ max: scene.browsers.length - 1 }),
      path: pathOf(operation),
      request: fc
        .tuple(
          bodyOf(operation),
          fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
        )
        .map(([body, chosen]) => ({ ...body, headers: chosen })),
    }),
  );

describe('whatever is sent', () => {
  it(
    `is answered without a fault and without anybody’s name, ${cases} times`,
    async () => {
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(aCase(), async (one) => {
          const answer = await scene.send(one);
          const kind = `${Math.floor(answer.status / 100)}xx`;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          const fault = scene.faultOf(one, answer);
          if (fault !== null) throw new Error(fault);
        }),
        { numRuns: cases, endOnFailure: true },
      );
      process.stderr.write(`${cases} requests: ${JSON.stringify(Object.fromEntries(seen))}\n`);
      // Not everything was stopped at the door.
      expect(seen.get('2xx') ?? 0).toBeGreaterThan(cases / 20);
      expect(seen.get('4xx') ?? 0).toBeGreaterThan(cases / 4);
      expect(scene.records.clinic.log.length).toBeGreaterThan(cases / 2);
      expect(await scene.faultAfterwards()).toBeNull();
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
    const { port, tls } = scene.records.clinic;
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
    expect((await scene.records.clinic.visitor().send('GET', '/api/health')).status).toBe(200);
  });
});
