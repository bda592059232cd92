import { createLog, type Log } from '@sotto/service/log';

const events = [
  'started',
  'workerStarted',
  'workerDied',
  'workerNotStarted',
  'linkUp',
  'linkDown',
  'linkRefused',
  'commandFailed',
  'transportClosed',
  'crashed',
] as const;

export type SfuLog = Log<(typeof events)[number]>;

/** The log of this process: these events, the allow-listed fields of packages/service. */
export const createSfuLog = (): SfuLog => createLog('sfu', events);
