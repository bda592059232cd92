import type { ReadingNonce } from '@sotto/protocol/keystore';
import { type PlatformLogKeys, platformLogKeys, platformLogView } from '@sotto/protocol/platformLog';
import { ask } from '../clinic/clinicRequest.ts';
import type { Followed } from '../keystore/keystoreApi.ts';

/** @param nonce made for this reading alone */
export function readPlatformLog(
  followed: Followed | null,
  nonce: ReadingNonce,
  before: number | null,
  signal: AbortSignal,
) {
  const query = new URLSearchParams({ nonce });
  if (followed?.of === 'patient') query.set('patient', followed.patient);
  if (followed?.of === 'person') query.set('actor', followed.person);
  if (before !== null) query.set('before', String(before));
  return ask(platformLogView, { method: 'GET', path: `/api/log?${query.toString()}`, signal });
}

/** By what the log is signed; its witness is the one that this browser knows. */
export const readPlatformLogKeys = (signal: AbortSignal): Promise<PlatformLogKeys> =>
  ask(platformLogKeys, { method: 'GET', path: '/api/log/keys', signal });
