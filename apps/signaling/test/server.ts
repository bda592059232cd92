import { Writable } from 'node:stream';
import { createLog } from '@sotto/service/log';
import { defaultLimits, type Limits } from '../src/limits.ts';
import type { SignalingLog } from '../src/log.ts';
import { type RunningSignaling, startSignaling } from '../src/signaling.ts';
import { createTestAuthority, type TestAuthority } from './certificates.ts';
import { createTestClinic, newId, type TestClinic } from './clinic.ts';

export const origin = 'https://clinic.test:8443';

export const silentLog = (): SignalingLog =>
  createLog('signaling', [], new Writable({ write: (_chunk, _encoding, done) => done() }));

export interface TestServer {
  readonly running: RunningSignaling;
  readonly clinic: TestClinic;
  /** Of the listener for browsers. */
  readonly authority: TestAuthority;
  /** Of the control link. */
  readonly control: TestAuthority;
  readonly url: string;
  readonly controlUrl: string;
  /** Moves the server's clock ahead, ms. */
  passTime(ms: number): void;
  close(): Promise<void>;
}

/** The real server on loopback, on ports that the system chose, with certificates of its own. */
export async function startTestServer(limits: Partial<Limits> = {}): Promise<TestServer> {
  const authority = await createTestAuthority('test authority');
  const control = await createTestAuthority('test control authority');
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const clinic = await createTestClinic(now);
  const running = await startSignaling({
    settings: {
      clients: {
        host: '127.0.0.1',
        port: 0,
        origins: [origin],
        identity: await authority.issue([{ type: 'ip', value: '127.0.0.1' }]),
      },
      control: {
        host: '127.0.0.1',
        port: 0,
        ca: control.pem,
        identity: await control.issue([{ type: 'dns', value: 'signaling.sotto.internal' }]),
      },
      clinic: clinic.id,
      identityKeys: [clinic.key],
    },
    limits: { ...defaultLimits, ...limits },
    log: silentLog(),
    now,
    newId,
  });
  return {
    running,
    clinic,
    authority,
    control,
    url: `https://127.0.0.1:${running.port}`,
    controlUrl: `https://127.0.0.1:${running.controlPort}`,
    passTime: (ms) => {
      ahead += ms;
    },
    close: () => running.close(),
  };
}
