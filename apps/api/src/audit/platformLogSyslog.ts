import { hostname } from 'node:os';
import { SyslogForwarder } from '@sotto/audit/syslog';
import { keepForwarding } from '@sotto/service/keptForwarding';
import type { RegularLook } from '@sotto/service/lookRegularly';
import type { SyslogSettings } from '@sotto/service/syslogSettings';
import type { ApiLog } from '../events.ts';
import type { PlatformLog } from './platformLog.ts';

/** Sends the platform's log on to a collector, if there is one: no act waits for it. */
export function forwardPlatformLog(
  settings: SyslogSettings | null,
  log: PlatformLog,
  name: string,
  events: Pick<ApiLog, 'info' | 'warn'>,
): RegularLook | null {
  if (settings === null) return null;
  const origin = { log: name, host: hostname(), app: 'sotto-platform' };
  const forwarder = new SyslogForwarder({ log, origin, ...settings });
  return keepForwarding(() => forwarder.forward(), {
    onDown: (error, durationMs) => events.warn('syslogDown', { error, durationMs }),
    onUp: () => events.info('syslogUp'),
  });
}
