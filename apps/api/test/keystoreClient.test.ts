import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { patientId, staffId } from '@sotto/protocol/ids';
import { keystoreStatusOf } from '@sotto/protocol/keystoreRoutes';
import { mutualTlsServerOptions, type TlsIdentity } from '@sotto/service/tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKeystoreClient, type KeystoreClient } from '../src/keystoreClient.ts';
import { newId } from '../src/opaqueToken.ts';
import { newCertificate } from './certificate.ts';

/** What the real keystore never does, or does too seldom to be tested with it. */
type Behaviour = (reply: ServerResponse, body: string) => void;

let api: TlsIdentity;
let own: TlsIdentity;
const servers: Server[] = [];
const clients: KeystoreClient[] = [];
beforeAll(async () => {
  api = await newCertificate('api.sotto.internal');
  own = await newCertificate('keystore.sotto.internal');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that speaks in the keystore's place, and a client of it. */
async function link(
  behaviour: Behaviour,
  { identity = own, ca = own.cert, tls = {}, timeoutMs = 2000 }: Choices = {},
): Promise<{ client: KeystoreClient; faults: unknown[]; server: Server; asked: () => number }> {
  let asked = 0;
  const server = createServer({ ...mutualTlsServerOptions(identity, api.cert), ...tls }, (request, reply) => {
    asked += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => behaviour(reply, Buffer.concat(chunks).toString()));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const client = createKeystoreClient({ url: `https://127.0.0.1:${port}`, tls: api, ca, timeoutMs, onFault });
  clients.push(client);
  return { client, faults, server, asked: () => asked };
}
interface Choices {
  readonly identity?: TlsIdentity;
  readonly ca?: string;
  readonly tls?: ServerOptions;
  readonly timeoutMs?: number;
}

const json =
  (status: number, content: unknown): Behaviour =>
  (reply) =>
    void reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
const grant = { nonce: 'n'.repeat(22), expiresAt: '2026-01-01T00:00:00Z' };
const subject = newId(staffId);

describe('the client of the keystore', () => {
  it('asks with its certificate, and gives the parsed answer', async () => {
    let asked: unknown;
    const { client } = await link((reply, body) => {
      asked = JSON.parse(body);
      json(201, grant)(reply, body);
    });
    expect(await client.issueNonce(subject)).toEqual({ tag: 'answered', value: grant });
    expect(asked).toEqual({ subject });
  });

  it.each(Object.entries(keystoreStatusOf))('passes the refusal %s on as it came', async (code, status) => {
    const refusal = { code, reasons: ['relationship'], correlationId: 'c' };
    const { client, faults } = await link(json(status, refusal));
    expect(await client.issueNonce(subject)).toEqual({ tag: 'refused', refusal });
    expect(faults).toEqual([]);
  });

  it.each<[string, Behaviour]>([
    ['another shape', json(201, { ...grant, more: 1 })],
    ['nothing', json(201, undefined)],
    ['a page', (reply) => void reply.writeHead(201).end('<html>')],
    ['half of it', (reply) => void reply.writeHead(201, { 'content-length': '100' }).end('{"nonce":')],
    ['a refusal that it calls a success', json(200, { code: 'denied', reasons: [], correlationId: 'c' })],
    ['a refusal of another status', json(500, { code: 'denied', reasons: [], correlationId: 'c' })],
    ['a refusal that nobody knows', json(418, { code: 'teapot', reasons: [], correlationId: 'c' })],
    ['a way to somewhere else', (reply) => void reply.writeHead(307, { location: '/v1/nonces' }).end()],
    ['a broken connection', (reply) => void reply.destroy()],
    ['silence', () => undefined],
    ['a drop now and then', (reply) => void reply.writeHead(201).write('{')],
    ['more than it may', (reply) => void reply.writeHead(201).end(`"${'x'.repeat(9 * 1024 * 1024)}"`)],
  ])('takes %s for no keystore at all', async (_, behaviour) => {
    const { client, faults } = await link(behaviour, { timeoutMs: 700 });
    expect(await client.issueNonce(subject)).toEqual({ tag: 'unavailable' });
    expect(faults).toHaveLength(1);
  });

  it.each<[string, () => Promise<Choices>]>([
    ['of another authority', async () => ({ ca: (await newCertificate('keystore.sotto.internal')).cert })],
    [
      'with another name of ours',
      async () => {
        const identity = await newCertificate('sfu.sotto.internal');
        return { identity, ca: identity.cert };
      },
    ],
    [
      'with a name that all would fit',
      async () => {
        const identity = await newCertificate('*.sotto.internal');
        return { identity, ca: identity.cert };
      },
    ],
    ['that speaks TLS 1.2', async () => ({ tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } })],
  ])('tells nothing to a server %s', async (_, choices) => {
    const { client, asked } = await link(json(201, grant), await choices());
    expect(await client.issueNonce(subject)).toEqual({ tag: 'unavailable' });
    expect(asked()).toBe(0);
  });

  it('keeps its connections, and asks again on one that was closed in between', async () => {
    const sockets = new Set<unknown>();
    const { client, server, asked } = await link((reply, body) => {
      sockets.add(reply.socket);
      json(201, grant)(reply, body);
    });
    await client.issueNonce(subject);
    await client.issueNonce(subject);
    expect(sockets.size).toBe(1);
    server.closeIdleConnections();
    expect(await client.issueNonce(newId(patientId))).toMatchObject({ tag: 'answered' });
    expect([sockets.size, asked()]).toEqual([2, 3]);
  });

  it('reaches a keystore that starts later', async () => {
    const { client, server } = await link(json(201, grant));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await client.issueNonce(subject)).toEqual({ tag: 'unavailable' });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await client.issueNonce(subject)).toMatchObject({ tag: 'answered' });
  });

  it('sends a manifest of the largest size', async () => {
    let length = 0;
    const { client } = await link((reply, body) => {
      length = body.length;
      json(404, { code: 'unknownObject', reasons: [], correlationId: 'c' })(reply, body);
    });
    const manifest = randomBytes(786_432).toString('base64url');
    expect(await client.register(grant.nonce as never, manifest, null)).toMatchObject({ tag: 'refused' });
    expect(length).toBeGreaterThan(manifest.length);
  });
});
