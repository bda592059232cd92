import { newDevices, ownSessions } from '@sotto/protocol/signIn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceOf } from '../src/deviceWords.ts';
import { type Account, password, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const firefoxOnLinux = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

async function signIn({ email }: Account, browser = clinic.visitor(), userAgent = firefoxOnLinux): Promise<HttpClient> {
  const headers = { 'user-agent': userAgent };
  await browser.send('POST', '/api/session', { body: { email, password }, headers });
  return browser;
}
const list = async (browser: HttpClient) =>
  ownSessions.parse((await browser.send('GET', '/api/sessions')).json).sessions;
const told = async (browser: HttpClient) =>
  newDevices.parse((await browser.send('GET', '/api/sessions/devices')).json).devices;

const know = (browser: HttpClient, at: readonly string[]) =>
  browser.send('POST', '/api/sessions/devices/known', { body: { at } });

describe('own sessions', () => {
  it('are told with device, address, method and time, and nobody else’s', async () => {
    const person = await clinic.addPhysician();
    const [first, second] = [await signIn(person), await signIn(person, clinic.visitor(), 'curl/8')];
    await clinic.physician('Dr Else');
    const sessions = await list(first);
    expect(sessions).toMatchObject([
      { device: { browser: 'other', system: 'other' }, isThis: false },
      {
        ...{ device: { browser: 'firefox', system: 'linux' }, address: '127.0.0.1', method: 'password' },
        ...{ hasPasskey: false, isThis: true },
      },
    ]);
    expect(JSON.stringify(sessions)).not.toContain('Mozilla');
    expect((await list(second)).map(({ isThis }) => isThis)).toEqual([true, false]);
  });

  it('are ended one by one, and another’s isn’t there to be ended', async () => {
    const person = await clinic.addPhysician();
    const [first, second] = [await signIn(person), await signIn(person)];
    const other = await signIn(await clinic.addPhysician());
    const foreign = (await list(other))[0]?.id ?? '';
    const own = (await list(first)).find(({ isThis }) => !isThis)?.id ?? '';
    const end = (browser: HttpClient, id: string) => browser.send('DELETE', `/api/sessions/${id}`);
    const [there, absent] = [await end(first, foreign), await end(first, 'A'.repeat(22))];
    expect([there.status, absent.status]).toEqual([404, 404]);
    expect((await other.send('GET', '/api/session')).status).toBe(200);
    expect((await end(first, own)).status).toBe(204);
    expect((await end(first, own)).status).toBe(404);
    expect((await second.send('GET', '/api/session')).status).toBe(401);
    expect((await first.send('GET', '/api/session')).status).toBe(200);
  });

  it('are ended all but the one that asks', async () => {
    const person = await clinic.addPhysician();
    const browsers = [await signIn(person), await signIn(person), await signIn(person)];
    const [asking] = browsers;
    expect((await asking?.send('DELETE', '/api/sessions'))?.status).toBe(204);
    const statuses = await Promise.all(browsers.map(async (one) => (await one.send('GET', '/api/session')).status));
    expect(statuses).toEqual([200, 401, 401]);
  });

  it('are nobody’s without one', async () => {
    const stranger = clinic.visitor();
    const asked = ['GET /sessions', 'DELETE /sessions', 'GET /sessions/devices'];
    expect((await know(stranger, [new Date().toISOString()])).status).toBe(401);
    for (const [method = '', path = ''] of asked.map((one) => one.split(' '))) {
      expect([method, path, (await stranger.send(method, `/api${path}`)).status]).toEqual([method, path, 401]);
    }
  });
});

describe('a new device', () => {
  it('is told on the one that is known, and no more once it is known too', async () => {
    const person = await clinic.addPhysician();
    const known = await signIn(person);
    expect(await told(known)).toEqual([]);
    const fresh = await signIn(person, clinic.visitor(), 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36');
    expect(await told(known)).toMatchObject([
      { device: { browser: 'chrome', system: 'windows' }, address: '127.0.0.1' },
    ]);
    // It doesn't speak for itself, and knows of no other.
    expect(await told(fresh)).toEqual([]);
    const third = await signIn(person);
    const all = (await told(known)).map(({ at }) => at);
    expect(all).toHaveLength(2);
    expect((await know(fresh, all)).status).toBe(204);
    expect(await told(known)).toHaveLength(2);
    // What comes after they were told isn't what they say to know.
    expect((await know(known, all.slice(1))).status).toBe(204);
    expect((await told(known)).map(({ at }) => at)).toEqual(all.slice(0, 1));
    expect((await know(known, all)).status).toBe(204);
    expect([await told(known), await told(fresh), await told(third)]).toEqual([[], [], []]);
  });

  it('isn’t one that comes back', async () => {
    const person = await clinic.addPhysician();
    const known = await signIn(person);
    await known.send('DELETE', '/api/session');
    await signIn(person, known);
    expect(await told(known)).toEqual([]);
    expect(await told(await signIn(person))).toEqual([]);
  });
});

it.each([
  [null, 'other', 'other'],
  ['', 'other', 'other'],
  [firefoxOnLinux, 'firefox', 'linux'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36', 'chrome', 'linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
    'edge',
    'windows',
  ],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'chrome', 'android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1', 'safari', 'ios'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15', 'safari', 'macos'],
])('%s is %s on %s', (userAgent, browser, system) => {
  expect(deviceOf(userAgent)).toEqual({ browser, system });
});
