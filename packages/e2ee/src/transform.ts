import type { EncodedFrame } from './encodedFrame.ts';
import { type Mechanism, mechanisms } from './support.ts';
import type { Attachment } from './workerMessages.ts';

type Endpoint = RTCRtpSender | RTCRtpReceiver;

export interface EncodedStreams {
  readable: ReadableStream<EncodedFrame>;
  writable: WritableStream<EncodedFrame>;
}

/** Whether an endpoint now hands its frames to the worker, or why not. */
export type Installed = { tag: 'script' } | { tag: 'streams'; streams: EncodedStreams } | { tag: 'failed' };

/**
 * Puts the worker between an endpoint's encoder or decoder and the network. Done when it returns: no frame gets past
 * it any more, whether or not the worker has taken up its end yet.
 */
export function installTransform(
  endpoint: Endpoint,
  mechanism: Mechanism,
  worker: Worker,
  attachment: Attachment,
): Installed {
  try {
    switch (mechanism) {
      case mechanisms.scriptTransform:
        endpoint.transform = new RTCRtpScriptTransform(worker, attachment);
        return { tag: 'script' };
      case mechanisms.encodedStreams:
        return hasEncodedStreams(endpoint)
          ? { tag: 'streams', streams: endpoint.createEncodedStreams() }
          : { tag: 'failed' };
    }
  } catch {
    // Chromium has been seen to throw InvalidStateError here; the caller falls back or gives the call up.
    return { tag: 'failed' };
  }
}

function hasEncodedStreams(endpoint: Endpoint): endpoint is Endpoint & { createEncodedStreams(): EncodedStreams } {
  return 'createEncodedStreams' in endpoint && typeof endpoint.createEncodedStreams === 'function';
}
