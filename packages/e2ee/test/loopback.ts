import type { MediaKind } from '@sotto/protocol/signaling';
import { peerConnectionSettings } from '../src/index.ts';

/** What the two ends do with each track's endpoint before anything flows. */
export interface Ends {
  attachSender: (sender: RTCRtpSender, kind: MediaKind) => Promise<unknown>;
  attachReceiver: (receiver: RTCRtpReceiver, kind: MediaKind) => Promise<unknown>;
}

/** Two peer connections of one page, sending a picture of one colour and a steady tone one way. */
export class Loopback {
  readonly #caller: RTCPeerConnection;
  readonly #callee: RTCPeerConnection;
  readonly #video = document.createElement('video');
  readonly #drawing: ReturnType<typeof setInterval>;
  readonly #audio = new AudioContext();

  private constructor(colour: string, settings: object) {
    this.#caller = new RTCPeerConnection(settings);
    this.#callee = new RTCPeerConnection(settings);
    this.#canvas.width = 320;
    this.#canvas.height = 240;
    const context = this.#canvas.getContext('2d');
    let frame = 0;
    this.#drawing = setInterval(() => {
      if (context === null) return;
      context.fillStyle = colour;
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = 'gray';
      context.fillRect((frame * 7) % 300, 220, 20, 20);
      frame += 1;
    }, 33);
  }

  readonly #canvas = document.createElement('canvas');

  /** @param settings of both peer connections */
  static async connect(ends: Ends, settings: object = peerConnectionSettings): Promise<Loopback> {
    const loopback = new Loopback('#ff0000', settings);
    await loopback.#negotiate(ends);
    return loopback;
  }

  senders(): RTCRtpSender[] {
    return this.#caller.getSenders();
  }

  /** What the sending end has to send, sound first. */
  sending(): (MediaStreamTrack | null)[] {
    return this.senders().map(({ track }) => track);
  }

  /** Frames that the receiving end's decoder has put out. */
  async framesDecoded(): Promise<number> {
    return (await this.#inbound('video'))['framesDecoded'] as number;
  }

  /** Energy of what the receiving end plays; silence has none. */
  async audioEnergy(): Promise<number> {
    return (await this.#inbound('audio'))['totalAudioEnergy'] as number;
  }

  async bytesReceived(kind: MediaKind): Promise<number> {
    return (await this.#inbound(kind))['bytesReceived'] as number;
  }

  /** The middle of the picture: red, green and blue. */
  colour(): number[] {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    context?.drawImage(this.#video, 0, 0, 4, 4);
    return [...(context?.getImageData(1, 1, 1, 1).data.slice(0, 3) ?? [])];
  }

  async close(): Promise<void> {
    clearInterval(this.#drawing);
    this.#caller.close();
    this.#callee.close();
    await this.#audio.close();
  }

  async #negotiate(ends: Ends): Promise<void> {
    const [caller, callee] = [this.#caller, this.#callee];
    caller.onicecandidate = ({ candidate }) => void callee.addIceCandidate(candidate ?? undefined);
    callee.onicecandidate = ({ candidate }) => void caller.addIceCandidate(candidate ?? undefined);
    const [picture] = this.#canvas.captureStream(30).getVideoTracks();
    for (const [kind, track] of [
      ['audio', this.#tone()],
      ['video', picture],
    ] as const) {
      const transceiver = caller.addTransceiver(kind, { direction: 'sendonly' });
      if (kind === 'video') {
        const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
        transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /vp8|rtx/i.test(mimeType)));
      }
      await ends.attachSender(transceiver.sender, kind);
      await transceiver.sender.replaceTrack(track ?? null);
    }
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription as RTCSessionDescriptionInit);
    await Promise.all(
      callee.getTransceivers().map(({ receiver }) => ends.attachReceiver(receiver, receiver.track.kind as MediaKind)),
    );
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription as RTCSessionDescriptionInit);
    this.#video.srcObject = new MediaStream(callee.getReceivers().map(({ track }) => track));
    // It settles with the first picture, which may never come.
    void this.#video.play().catch(() => undefined);
  }

  #tone(): MediaStreamTrack | undefined {
    const oscillator = this.#audio.createOscillator();
    const destination = this.#audio.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    return destination.stream.getAudioTracks()[0];
  }

  async #inbound(kind: MediaKind): Promise<Record<string, unknown>> {
    const receiver = this.#callee.getReceivers().find(({ track }) => track.kind === kind);
    for (const entry of ((await receiver?.getStats()) ?? new Map()).values() as Iterable<Record<string, unknown>>) {
      if (entry['type'] === 'inbound-rtp') return entry;
    }
    return { framesDecoded: 0, totalAudioEnergy: 0, bytesReceived: 0 };
  }
}
