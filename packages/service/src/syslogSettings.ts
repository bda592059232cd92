import { host, path, port, readEnvironment, readPublic } from './environment.ts';
import { StartError } from './errors.ts';
import { loadTlsIdentity, type TlsIdentity } from './tls.ts';

/** Who collects a service's log by syslog over TLS (RFC 5425), and where it is remembered how far. */
export interface SyslogSettings {
  readonly collector: {
    readonly host: string;
    readonly port: number;
    readonly ca: string | null;
    readonly identity: TlsIdentity | null;
  };
  readonly cursorFile: string;
}

/** RFC 5425 section 4.1. */
const usualPort = 6514;

/**
 * From `<prefix>_HOST`, `_PORT`, `_CA` (PEM), `_CERT`, `_KEY` and `_CURSOR_FILE`; null without a host.
 *
 * @param prefix such as `API_SYSLOG`
 * @throws StartError naming the variable at fault
 */
export function configureSyslog(prefix: string): SyslogSettings | null {
  const paths = ['CA', 'CERT', 'KEY', 'CURSOR_FILE'] as const;
  const files = readEnvironment(Object.fromEntries(paths.map((name) => [`${prefix}_${name}`, path.optional()])));
  const hosts = readEnvironment({ [`${prefix}_HOST`]: host.optional() });
  const ports = readEnvironment({ [`${prefix}_PORT`]: port.optional() });
  const collector = hosts[`${prefix}_HOST`];
  if (collector === undefined) return null;
  const [ca, cert, key, cursorFile] = paths.map((name) => files[`${prefix}_${name}`]);
  if (cursorFile === undefined) throw new StartError(`Set ${prefix}_CURSOR_FILE in the environment.`);
  if ((cert === undefined) !== (key === undefined)) {
    throw new StartError(`Set both ${prefix}_CERT and ${prefix}_KEY in the environment, or neither.`);
  }
  return {
    collector: {
      host: collector,
      port: ports[`${prefix}_PORT`] ?? usualPort,
      ca: ca === undefined ? null : readPublic(ca, `${prefix}_CA`),
      identity: cert === undefined || key === undefined ? null : loadTlsIdentity(cert, key, prefix),
    },
    cursorFile,
  };
}
