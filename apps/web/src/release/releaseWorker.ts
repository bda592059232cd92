import { createObjectKeyPair } from '@sotto/vault';
import { toBase64url } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { keptRelease } from './keptRelease.ts';
import { type FromWorker, failureCode, toWorker } from './messages.ts';
import { openNote } from './opening.ts';
import type { ViewerKeys } from './releasedObject.ts';

/**
 * One release: makes its key, opens once, and is thrown away. The key and the seed never leave this thread, but in the
 * file of a release that was asked for to be kept.
 */

let viewer: Promise<ViewerKeys> | null = null;

const answer = (message: FromWorker) => self.postMessage(message);

function codeOf(error: unknown) {
  const code = failureCode.safeParse(error instanceof EvidenceFault ? error.code : null);
  return code.data ?? 'content';
}

async function handle(data: unknown): Promise<void> {
  const message = toWorker.parse(data);
  if (message.type === 'begin') {
    viewer ??= createObjectKeyPair();
    answer({ type: 'viewerKey', viewerKey: toBase64url((await viewer).publicKey) });
    return;
  }
  const keys = viewer;
  viewer = null;
  if (keys === null) throw new EvidenceFault('request');
  const own = await keys;
  try {
    if (message.type === 'keep') answer({ type: 'kept', file: await keptRelease(message, own) });
    else answer({ type: 'opened', ...(await openNote(message, own, self.location.origin)) });
  } finally {
    own.privateKey.fill(0);
  }
}

self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  handle(data).catch((error: unknown) => answer({ type: 'failed', code: codeOf(error) }));
});
