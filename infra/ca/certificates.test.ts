import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorityPaths, type Certificates, controlNames, ensureCertificates } from './certificates.ts';
import { ensureLeaf, type LeafFiles } from './leaf.ts';
import { subjectName } from './subjectName.ts';

const names = ['localhost', '127.0.0.1', '::1'].map(subjectName);
const now = new Date();
const inDays = (days: number) => new Date(now.getTime() + days * 24 * 3600 * 1000);
const fingerprint = (path: string) => new X509Certificate(readFileSync(path)).fingerprint256;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-ca-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function verify(authority: string, leaf: LeafFiles, ...check: string[]): string {
  try {
    const args = ['verify', '-x509_strict', '-CAfile', authority, ...check, leaf.certificate];
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (fault) {
    return String((fault as { stderr?: unknown }).stderr);
  }
}

/** What both ends of a TLS connection make of each other; undefined for an end that is content. */
async function handshake(
  server: LeafFiles,
  options: { ca: string; servername: string; client?: LeafFiles; clientCa?: string },
): Promise<{ client: string | undefined; server: string | undefined }> {
  const pem = (files: LeafFiles) => ({ cert: readFileSync(files.certificate), key: readFileSync(files.key) });
  const seen = Promise.withResolvers<string | undefined>();
  const listener = createServer(
    {
      ...pem(server),
      minVersion: 'TLSv1.3',
      ...(options.clientCa ? { requestCert: true, ca: readFileSync(options.clientCa) } : {}),
    },
    (socket: TLSSocket) => socket.end('done'),
  );
  listener.on('tlsClientError', (fault: NodeJS.ErrnoException) => seen.resolve(fault.code ?? fault.message));
  listener.on('secureConnection', () => seen.resolve(undefined));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const client = await new Promise<string | undefined>((resolve) => {
    const socket = connect({
      socket: connectTcp(port, '127.0.0.1'),
      servername: options.servername,
      ca: readFileSync(options.ca),
      ...(options.client ? pem(options.client) : {}),
    });
    socket.on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? fault.message));
    socket.on('end', () => resolve(undefined)).resume();
  });
  const result = { client, server: client === undefined || options.client ? await seen.promise : undefined };
  await new Promise((resolve) => listener.close(resolve));
  return result;
}

describe('the certificates of a data folder', () => {
  it('satisfies a strict reader for every name, and for no other', async () => {
    const { authority, web } = await ensureCertificates(folder, names, now);
    expect(verify(authority.path, web, '-verify_hostname', 'localhost')).toContain(': OK');
    expect(verify(authority.path, web, '-verify_ip', '127.0.0.1')).toContain(': OK');
    expect(verify(authority.path, web, '-verify_ip', '::1')).toContain(': OK');
    expect(verify(authority.path, web, '-verify_hostname', 'example.org')).toContain('hostname mismatch');
    expect(verify(authority.path, web, '-purpose', 'sslserver')).toContain(': OK');
    expect(verify(authority.path, web, '-purpose', 'sslclient')).toContain('unsuitable certificate purpose');
  });

  it('keeps its keys to the owner', async () => {
    const { web, signaling, control } = await ensureCertificates(folder, names, now);
    const keys = [
      web.key,
      signaling.key,
      control.signaling.key,
      control.sfu.key,
      control.api.key,
      join(folder, 'ca.key'),
      join(folder, 'control-ca.key'),
    ];
    expect(keys.map((path) => statSync(path).mode & 0o777)).toEqual(keys.map(() => 0o600));
  });

  it('gives every part a key of its own', async () => {
    const { web, signaling, control } = await ensureCertificates(folder, names, now);
    const leaves = [web, signaling, control.signaling, control.sfu, control.api];
    const certificates = leaves.map((leaf) => new X509Certificate(readFileSync(leaf.certificate)));
    // The certificates' own keys, and that each stands in the part's file.
    expect(leaves.map(({ key }, at) => certificates[at]?.checkPrivateKey(createPrivateKey(readFileSync(key))))).toEqual(
      leaves.map(() => true),
    );
    const keys = certificates.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }));
    expect(new Set(keys).size).toBe(leaves.length);
    expect(verify(join(folder, 'ca.pem'), signaling, '-verify_hostname', 'localhost')).toContain(': OK');
  });

  it('lets browsers in over TLS 1.3, and by the trusted authority only', async () => {
    const { authority, web, control } = await ensureCertificates(folder, names, now);
    expect(await handshake(web, { ca: authority.path, servername: 'localhost' })).toEqual({});
    const stranger = await handshake(web, { ca: control.authority.path, servername: 'localhost' });
    expect(stranger.client).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('lets signaling and the SFU recognise each other, and refuses whoever has another certificate', async () => {
    const { web, control } = await ensureCertificates(folder, names, now);
    const ca = control.authority.path;
    const mutual = { ca, clientCa: ca, servername: controlNames.signaling };
    expect(await handshake(control.signaling, { ...mutual, client: control.sfu })).toEqual({});
    // Node cuts off a client whose certificate it can't verify.
    expect((await handshake(control.signaling, { ...mutual, client: web })).server).toBe('ECONNRESET');
    expect((await handshake(web, { ...mutual, client: control.sfu })).client).toMatch(/VERIFY|ALTNAME/);
  });

  it('is the same the next time', async () => {
    const first = await ensureCertificates(folder, names, now);
    const before = [first.web, first.control.sfu, first.control.signaling].map((leaf) => fingerprint(leaf.certificate));
    const second = await ensureCertificates(folder, [...names].reverse(), inDays(30));
    const after = [second.web, second.control.sfu, second.control.signaling].map((leaf) =>
      fingerprint(leaf.certificate),
    );
    expect(after).toEqual(before);
    expect([first.authority.isNew, second.authority.isNew]).toEqual([true, false]);
  });

  it('renews leaves before they end, under the same authority', async () => {
    const first = await ensureCertificates(folder, names, now);
    const [web, authority] = [fingerprint(first.web.certificate), fingerprint(first.authority.path)];
    await ensureCertificates(folder, names, inDays(335));
    expect(fingerprint(first.web.certificate)).not.toBe(web);
    expect(fingerprint(first.authority.path)).toBe(authority);
  });

  it('renews the authority before a leaf could outlive it, and then the leaves', async () => {
    const first = await ensureCertificates(folder, names, now);
    const before = fingerprint(first.web.certificate);
    const later = await ensureCertificates(folder, names, inDays(5 * 365 - 399));
    expect(later.authority.isNew).toBe(true);
    expect(fingerprint(later.web.certificate)).not.toBe(before);
  });

  it('follows the names, under the same authority while that permits them', async () => {
    const first = await ensureCertificates(folder, names, now);
    const lan: Certificates = await ensureCertificates(folder, [...names, subjectName('192.168.7.9')], now);
    expect(lan.authority.isNew).toBe(false);
    expect(verify(lan.authority.path, lan.web, '-verify_ip', '192.168.7.9')).toContain(': OK');
    const outside = await ensureCertificates(folder, [...names, subjectName('visits.example.org')], now);
    expect(outside.authority.isNew).toBe(true);
    expect(verify(outside.authority.path, outside.web, '-verify_hostname', 'visits.example.org')).toContain(': OK');
    expect(first.authority.certificate.subject).not.toBe(outside.authority.certificate.subject);
  });

  it('goes back and forth between names under one authority, and remembers those it replaced', async () => {
    const first = fingerprint((await ensureCertificates(folder, names, now)).authority.path);
    const reach = (name: string) => ensureCertificates(folder, [...names, subjectName(name)], now);
    expect(authorityPaths(folder).retired).toEqual([]);
    await reach('visits.example.org');
    await reach('203.0.113.9');
    const isNew = [];
    for (const name of ['visits.example.org', '203.0.113.9', 'localhost'])
      isNew.push((await reach(name)).authority.isNew);
    expect(isNew).toEqual([false, false, false]);
    const { current, retired } = authorityPaths(folder);
    expect(retired.map(fingerprint)).toContain(first);
    expect(retired).toHaveLength(2);
    expect(retired.map(fingerprint)).not.toContain(fingerprint(current));
  });

  it('has an authority that is worth nothing for other names', async () => {
    const { authority } = await ensureCertificates(folder, names, now);
    const forge = (name: string) =>
      ensureLeaf({ base: join(folder, 'forged'), purpose: 'server', names: [subjectName(name)], now }, authority);
    expect(verify(authority.path, await forge('bank.example.com'))).toContain('permitted subtree violation');
    expect(verify(authority.path, await forge('8.8.8.8'))).toContain('permitted subtree violation');
  });
});
