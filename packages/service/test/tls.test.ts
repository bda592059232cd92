import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  loadTlsIdentity,
  mutualTlsClientOptions,
  mutualTlsServerOptions,
  pinPeer,
  tlsServerOptions,
} from '../src/tls.ts';
import { createAuthority } from './authority.ts';

const authority = await createAuthority('Test authority');
const stranger = await createAuthority('Another authority');
const server = await authority.issue('server.internal');
const client = await authority.issue('client.internal');

const open: Server[] = [];
afterEach(() => {
  for (const listener of open.splice(0)) listener.close();
});

async function listen(listener: Server): Promise<number> {
  open.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return (listener.address() as AddressInfo).port;
}

/** What a request gets: the body, or the code of the fault. */
const ask = (port: number, options: ConnectionOptions) =>
  new Promise<string>((resolve) => {
    const asked = request({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => resolve(chunk));
    });
    asked.on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? fault.message)).end();
  });

describe('tlsServerOptions', () => {
  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)('refuses %s', async (maxVersion) => {
    const port = await listen(createServer(tlsServerOptions(server)));
    const code = await new Promise<string | undefined>((resolve) => {
      connect({ host: '127.0.0.1', port, minVersion: 'TLSv1', maxVersion, rejectUnauthorized: false })
        .on('secureConnect', () => resolve('connected'))
        .on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code));
    });
    // OpenSSL's own client may decline the two oldest before the server does.
    expect(code).toMatch(/ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|ERR_SSL_NO_PROTOCOLS_AVAILABLE/);
  });

  it('serves TLS 1.3', async () => {
    const port = await listen(createServer(tlsServerOptions(server), (_, response) => response.end('hello')));
    expect(await ask(port, { ca: authority.ca, servername: 'server.internal' })).toBe('hello');
  });
});

describe('mutual TLS', () => {
  async function control() {
    const refused: string[] = [];
    const listener = createServer(mutualTlsServerOptions(server, authority.ca), (_, response) => response.end('hello'));
    pinPeer(listener, 'client.internal', () => refused.push('refused'));
    return { port: await listen(listener), refused };
  }

  it('lets the named peer of the same authority in', async () => {
    const { port, refused } = await control();
    expect(await ask(port, mutualTlsClientOptions(client, authority.ca, 'server.internal'))).toBe('hello');
    expect(refused).toEqual([]);
  });

  it('drops a peer of the same authority with another name', async () => {
    const { port, refused } = await control();
    expect(await ask(port, mutualTlsClientOptions(server, authority.ca, 'server.internal'))).toBe('ECONNRESET');
    expect(refused).toEqual(['refused']);
  });

  it('drops a peer without a certificate, and one of another authority', async () => {
    const { port } = await control();
    expect(await ask(port, { ca: authority.ca, servername: 'server.internal' })).not.toBe('hello');
    const foreign = await stranger.issue('client.internal');
    expect(await ask(port, mutualTlsClientOptions(foreign, authority.ca, 'server.internal'))).not.toBe('hello');
  });

  it('does not talk to a server of another name or authority', async () => {
    const { port } = await control();
    expect(await ask(port, mutualTlsClientOptions(client, authority.ca, 'other.internal'))).toMatch(/another name/);
    expect(await ask(port, mutualTlsClientOptions(client, stranger.ca, 'server.internal'))).not.toBe('hello');
  });
});

describe('loadTlsIdentity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-tls-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    const where = join(folder, name);
    writeFileSync(where, text);
    chmodSync(where, 0o600);
    return where;
  };

  it('reads a pair, and says in a sentence what is wrong with another', async () => {
    const key = file('key', server.key);
    expect(loadTlsIdentity(file('cert', server.cert), key, 'X_TLS').cert).toContain('BEGIN CERTIFICATE');
    expect(() => loadTlsIdentity(file('none', 'x'), key, 'X_TLS')).toThrow(/X_TLS_CERT names is not a certificate/);
    const expired = await authority.issue('server.internal', new Date(Date.now() - 1000));
    expect(() => loadTlsIdentity(file('old', expired.cert), key, 'X_TLS')).toThrow(/has expired/);
    expect(() => loadTlsIdentity(file('cert', server.cert), file('other', client.key), 'X_TLS')).toThrow(/belong/);
  });
});
