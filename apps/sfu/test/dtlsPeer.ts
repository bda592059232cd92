import { execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { TransportOptions, VisitDtlsParameters } from '@sotto/protocol/rtp';

const program = 'openssl';

/** A DTLS client that is openssl itself, with a certificate of its own. */
export interface DtlsPeer {
  readonly dtlsParameters: VisitDtlsParameters;
  /**
   * Connects to a transport by ICE and DTLS.
   *
   * @param suites SRTP suites that it offers, in openssl's names, best first
   * @returns what openssl says was chosen; null if none was
   */
  negotiate(options: TransportOptions, suites: readonly string[]): Promise<string | null>;
  remove(): Promise<void>;
}

export async function createDtlsPeer(): Promise<DtlsPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-dtls-'));
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=test'];
  await promisify(execFile)(program, ['req', '-x509', ...curve, '-keyout', key, '-out', cert]);
  const { fingerprint256 } = new X509Certificate(await readFile(cert));
  return {
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint256 }] },
    async negotiate({ iceParameters, iceCandidates }, suites) {
      const port = iceCandidates.find(({ protocol }) => protocol === 'udp')?.port ?? 0;
      const relay = await openRelay(port, iceParameters);
      const relayed = ['-connect', `127.0.0.1:${relay.address().port}`, '-use_srtp', suites.join(':')];
      const openssl = spawn(program, ['s_client', '-dtls1_2', ...relayed, '-cert', cert, '-key', key]);
      try {
        return await new Promise((resolve) => {
          let said = '';
          openssl.stdout.on('data', (part: Buffer) => {
            said += part.toString();
            const chosen = /SRTP Extension negotiated, profile=(\w+)/.exec(said)?.[1];
            if (chosen !== undefined) resolve(chosen);
            else if (said.includes('Extended master secret')) resolve(null);
          });
          openssl.on('exit', () => resolve(null));
        });
      } finally {
        openssl.kill('SIGKILL');
        relay.close();
      }
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Passes openssl's datagrams on, from a socket that has shown to the worker by ICE that it may send. */
async function openRelay(port: number, ice: TransportOptions['iceParameters']): Promise<Socket> {
  const relay = createSocket('udp4');
  await new Promise<void>((resolve) => relay.bind(0, '127.0.0.1', resolve));
  const allowed = new Promise<void>((resolve) => relay.once('message', () => resolve()));
  relay.send(bindingRequest(ice.usernameFragment, ice.password), port, '127.0.0.1');
  await allowed;
  let opensslPort = 0;
  relay.on('message', (datagram, from) => {
    if (from.port !== port) opensslPort = from.port;
    relay.send(datagram, from.port === port ? opensslPort : port, '127.0.0.1');
  });
  return relay;
}

/** A STUN binding request as ICE wants it (RFC 8489, RFC 8445 section 7.1). */
function bindingRequest(fragment: string, password: string): Buffer {
  const attribute = (type: number, value: Buffer) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  };
  const attributes = Buffer.concat([
    attribute(0x0006, Buffer.from(`${fragment}:test`)),
    attribute(0x0024, Buffer.from([0x6e, 0x00, 0x1e, 0xff])),
    attribute(0x802a, randomBytes(8)),
    attribute(0x0025, Buffer.alloc(0)),
  ]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x0001, 0);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  let packet = Buffer.concat([header, attributes]);
  /** Adds an attribute over all before it; the header's length counts it already. */
  const seal = (type: number, size: number, over: (bytes: Buffer) => Buffer) => {
    packet.writeUInt16BE(packet.length - 20 + 4 + size, 2);
    packet = Buffer.concat([packet, attribute(type, over(packet))]);
  };
  seal(0x0008, 20, (bytes) => createHmac('sha1', password).update(bytes).digest());
  seal(0x8028, 4, (bytes) => {
    const fingerprint = Buffer.alloc(4);
    fingerprint.writeUInt32BE((crc32(bytes) ^ 0x5354554e) >>> 0);
    return fingerprint;
  });
  return packet;
}
