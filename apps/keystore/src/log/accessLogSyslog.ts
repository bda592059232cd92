import { hostname } from 'node:os';
import { SyslogForwarder } from '@sotto/audit/syslog';
import { keepForwarding } from '@sotto/service/keptForwarding';
import type { RegularLook } from '@sotto/service/lookRegularly';
import type { SyslogSettings } from '@sotto/service/syslogSettings';
import type { KeystoreLog } from '../events.ts';
import type { AccessLog } from './accessLog.ts';

/** Sends the access log on to a collector, if there is one: no release waits for it. */
export function forwardAccessLog(
  settings: SyslogSettings | null,
  log: AccessLog,
  name: string,
  events: Pick<KeystoreLog, 'info' | 'warn'>,
): RegularLook | null {
  if (settings === null) return null;
  const origin = { log: name, host: hostname(), app: 'sotto-keystore' };
  const forwarder = new SyslogForwarder({ log, origin, ...settings });
  return keepForwarding(() => forwarder.forward(), {
    onDown: (error, durationMs) => events.warn('syslogDown', { error, durationMs }),
    onUp: () => events.info('syslogUp'),
  });
}
