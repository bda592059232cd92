import { afterEach, describe, expect, test } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { startTestServer, type TestServer } from './server.ts';
import { type SfuProcess, startSfuProcess } from './sfuProcess.ts';
import { Cast } from './story.ts';

const servers: TestServer[] = [];
const nodes: SfuProcess[] = [];
const cast = new Cast(() => {
  const [server] = servers;
  if (!server) throw new Error('no server');
  return server;
});

afterEach(async () => {
  cast.leave();
  await Promise.all(nodes.splice(0).map((node) => node.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(): Promise<TestServer> {
  const server = await startTestServer();
  servers.push(server);
  return server;
}
async function startNode(...args: Parameters<typeof startSfuProcess>): Promise<SfuProcess> {
  const node = await startSfuProcess(...args);
  nodes.push(node);
  return node;
}
const sfuName = [{ type: 'dns', value: 'sfu.sotto.internal' }] as const;

describe('an SFU node', () => {
  test('that appears takes the visits that waited for one', async () => {
    const server = await start();
    const physician = await cast.physician();
    expect(await physician.ask('sfu:capabilities', {})).toEqual({ ok: false, code: 'unavailable' });
    await physician.hears('sfu:unavailable');
    await startNode(server);
    await physician.hears('sfu:moved');
    expect(await physician.ask('sfu:capabilities', {})).toMatchObject({ ok: true });
  });

  test('that goes away leaves its visits to the other one', async () => {
    const server = await start();
    const first = await startNode(server);
    const physician = await cast.physician();
    expect(await physician.ask('sfu:capabilities', {})).toMatchObject({ ok: true });
    await startNode(server);
    await first.close();
    nodes.shift();
    await physician.hears('sfu:moved');
    expect(await physician.ask('sfu:createTransport', { direction: 'send' })).toMatchObject({ ok: true });
  });

  test('that is the last one leaves its visits without', async () => {
    const server = await start();
    const only = await startNode(server);
    const physician = await cast.physician();
    await physician.ask('sfu:capabilities', {});
    await only.close();
    nodes.shift();
    await physician.hears('sfu:unavailable');
    expect(await physician.ask('sfu:createTransport', { direction: 'send' })).toEqual({
      ok: false,
      code: 'unavailable',
    });
  });
});

describe('the control link refuses', () => {
  test('a certificate with another name', async () => {
    const server = await start();
    const identity = await server.control.issue([{ type: 'dns', value: 'signaling.sotto.internal' }]);
    const node = await startNode(server, { identity });
    await node.logged('linkRefused');
    const physician = await cast.physician();
    expect(await physician.ask('sfu:capabilities', {})).toEqual({ ok: false, code: 'unavailable' });
  });

  test('a certificate of another authority', async () => {
    const server = await start();
    const identity = await (await createTestAuthority('another authority')).issue(sfuName);
    const node = await startNode(server, { identity });
    await node.logged('linkRefused');
    const physician = await cast.physician();
    expect(await physician.ask('sfu:capabilities', {})).toEqual({ ok: false, code: 'unavailable' });
  });

  test('from the other side, a server that is not signaling', async () => {
    const server = await start();
    const { pem } = await createTestAuthority('another authority');
    const node = await startNode(server, { ca: pem });
    await node.logged('linkRefused');
  });
});
