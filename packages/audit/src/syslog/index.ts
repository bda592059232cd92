export type { SyslogCollector } from './delivery.ts';
export { type ForwardedLog, SyslogForwarder, type SyslogForwarderPorts } from './forwarder.ts';
export type { SyslogOrigin } from './message.ts';
