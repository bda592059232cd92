type Endpoint = RTCRtpSender | RTCRtpReceiver;

const pollMs = 200;
/** Polls in a row that must show frames outside of the transform: the numbers of the two come a little apart. */
const suspiciousPolls = 2;

/**
 * Watches an endpoint until its first frame has come to its transform. A browser that was given the transform too
 * late may leave it out without a word (Chromium does so unless the peer connection has `encodedInsertableStreams`):
 * then the endpoint is cut off.
 */
export class PathProof {
  readonly #endpoint: Endpoint;
  readonly #onBypassed: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #suspicions = 0;
  #ended = false;

  /** @param onBypassed called once, after the endpoint was cut off */
  constructor(endpoint: Endpoint, onBypassed: () => void) {
    this.#endpoint = endpoint;
    this.#onBypassed = onBypassed;
    this.#timer = setInterval(() => {
      void this.#poll();
    }, pollMs);
  }

  /** The first frame has come to the transform, or the endpoint doesn't matter any more. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
  }

  async #poll(): Promise<void> {
    if (this.#endpoint.transport?.state === 'closed') {
      this.end();
      return;
    }
    const report = await this.#endpoint.getStats().catch(() => null);
    // The first frame may have come while the numbers were fetched.
    if (this.#ended) return;
    this.#suspicions = report !== null && hasFlowed(report) ? this.#suspicions + 1 : 0;
    if (this.#suspicions !== suspiciousPolls) return;
    this.end();
    await cutOff(this.#endpoint);
    this.#onBypassed();
  }
}

/** Whether frames have come out at the far side of where the transform stands. */
function hasFlowed(report: RTCStatsReport): boolean {
  return [...(report.values() as Iterable<Record<string, unknown>>)].some(
    ({ type, kind, framesSent, packetsSent, framesReceived, totalSamplesReceived, packetsReceived }) => {
      if (type === 'outbound-rtp') return isPositive(kind === 'video' ? framesSent : packetsSent);
      if (type !== 'inbound-rtp') return false;
      return kind === 'video'
        ? isPositive(framesReceived)
        : isPositive(packetsReceived) && isPositive(totalSamplesReceived);
    },
  );
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

async function cutOff(endpoint: Endpoint): Promise<void> {
  if (endpoint instanceof RTCRtpSender) await endpoint.replaceTrack(null).catch(() => undefined);
  else endpoint.track.stop();
}
