import { isIP } from 'node:net';
import { path, port, readEnvironment, readPublic } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { loadTlsIdentity, type TlsIdentity } from '@sotto/service/tls';
import * as z from 'zod';

/** An address that workers listen on, and the one that clients are told when the two differ (NAT). */
export interface ListenAddress {
  readonly ip: string;
  readonly announcedAddress?: string;
}

export interface SfuSettings {
  /** `https://host:port` of signaling's control listener. */
  readonly controlUrl: string;
  readonly identity: TlsIdentity;
  /** Authority of the control link, PEM. */
  readonly ca: string;
  readonly workers: number;
  /** Worker i listens on UDP and TCP port `rtcPort + i`. */
  readonly rtcPort: number;
  readonly listen: readonly [ListenAddress, ...ListenAddress[]];
  readonly workerBin: string;
}

const address = z.string().refine((value) => isIP(value) !== 0);
const listenEntry = z
  .string()
  .transform((value) => value.trim().split('='))
  .pipe(z.union([z.tuple([address]), z.tuple([address, z.string().regex(/^[\w.:-]{1,255}$/)])]))
  .transform(
    ([ip, announcedAddress]): ListenAddress => (announcedAddress === undefined ? { ip } : { ip, announcedAddress }),
  );

/** Comma-separated `ip` or `ip=announcedAddress`. */
export const listenAddresses = z
  .string()
  .max(1024)
  .transform((value) => value.split(','))
  .pipe(z.tuple([listenEntry], listenEntry));

const variables = {
  SFU_CONTROL_URL: z.string().refine((value) => {
    const url = URL.parse(value);
    return url?.protocol === 'https:' && url.origin === value;
  }),
  SFU_TLS_CERT: path,
  SFU_TLS_KEY: path,
  SFU_TLS_CA: path,
  SFU_WORKERS: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(256)),
  SFU_RTC_PORT: port,
  SFU_LISTEN: listenAddresses,
  MEDIASOUP_WORKER_BIN: path,
};

/**
 * Reads the environment and the files that it names.
 *
 * @throws StartError with one sentence on what to correct
 */
export function readSettings(source: Readonly<Record<string, string | undefined>> = process.env): SfuSettings {
  const environment = readEnvironment(variables, source);
  if (environment.SFU_RTC_PORT + environment.SFU_WORKERS > 65_536) {
    throw new StartError('SFU_RTC_PORT is too high for that many SFU_WORKERS; choose a lower port.');
  }
  return {
    controlUrl: environment.SFU_CONTROL_URL,
    identity: loadTlsIdentity(environment.SFU_TLS_CERT, environment.SFU_TLS_KEY, 'SFU_TLS'),
    ca: readPublic(environment.SFU_TLS_CA, 'SFU_TLS_CA'),
    workers: environment.SFU_WORKERS,
    rtcPort: environment.SFU_RTC_PORT,
    listen: environment.SFU_LISTEN,
    workerBin: environment.MEDIASOUP_WORKER_BIN,
  };
}
