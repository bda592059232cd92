import { createLog, type Log } from '@sotto/service/log';

const events = [
  'started',
  'connectionRefused',
  'connectionCutOff',
  'eventFailed',
  'refusals',
  'visitOver',
  'sessionEnded',
  'nodeUp',
  'nodeDown',
  'nodeRefused',
  'nodeMisspoke',
  'roomLost',
  'roomNotOpened',
  'peerNotClosed',
  'crashed',
] as const;

export type SignalingLog = Log<(typeof events)[number]>;

/** The log of this process: these events, the allow-listed fields of packages/service. */
export const createSignalingLog = (): SignalingLog => createLog('signaling', events);
