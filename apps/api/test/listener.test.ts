import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClinic, type TestClinic } from './clinic.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const handshake = (options: object) =>
  new Promise<string | null>((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      servername: 'localhost',
      port: clinic.port,
      ca: clinic.tls.cert,
      ...options,
    });
    socket.on('secureConnect', () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? 'error'));
  });

describe('the listener', () => {
  it('speaks TLS 1.3', async () => {
    expect(await handshake({})).toBe('TLSv1.3');
  });

  it('refuses TLS 1.2', async () => {
    expect(await handshake({ maxVersion: 'TLSv1.2' })).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it.each(['/api/config', '/api/nothing', '/en/', '/en/nothing/', '/_next/static/chunks/main-abc.js', '/'])(
    'sends its protecting headers with %s',
    async (path) => {
      const { headers } = await clinic.visitor().send('GET', path);
      expect(headers).toMatchObject({
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers['permissions-policy']).toMatch(/camera=\(self\), microphone=\(self\)/);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
      expect(headers['server'] ?? headers['x-powered-by']).toBeUndefined();
    },
  );

  it('keeps no answer of the api in a cache', async () => {
    for (const path of ['/api/config', '/api/session', '/api/nothing']) {
      expect((await clinic.visitor().send('GET', path)).headers['cache-control']).toBe('no-store');
    }
  });

  it('insists on TLS for a host name of the clinic’s own, not for localhost or an address', async () => {
    const headerFor = async (origin: string) => {
      const own = await startClinic({ origin });
      const { headers } = await own.visitor().send('GET', '/api/config');
      await own.close();
      return headers['strict-transport-security'];
    };
    expect(await headerFor('https://visits.clinic.example')).toBe('max-age=3600');
    for (const origin of ['https://localhost:8443', 'https://192.0.2.7:8443', 'https://[2001:db8::7]:8443']) {
      expect(await headerFor(origin)).toBeUndefined();
    }
  });
});
