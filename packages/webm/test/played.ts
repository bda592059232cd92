import { BufferSource, EncodedPacketSink, Input, type InputTrack, WEBM } from 'mediabunny';
import type { TrackKind } from '../src/index.ts';

/** A frame as another program finds it in a file. Times in milliseconds. */
export interface PlayedFrame {
  readonly kind: TrackKind;
  readonly time: number;
  readonly isKey: boolean;
  readonly data: string;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function framesOf(kind: TrackKind, track: InputTrack | null): Promise<PlayedFrame[]> {
  const frames: PlayedFrame[] = [];
  if (!track) return frames;
  for await (const { timestamp, type, data } of new EncodedPacketSink(track).packets()) {
    frames.push({ kind, time: Math.round(timestamp * 1000), isKey: type === 'key', data: hex(data) });
  }
  return frames;
}

/** What mediabunny, which shares no code with the writer, reads from a file: picture, then sound. */
export async function played(file: Uint8Array<ArrayBuffer>): Promise<PlayedFrame[]> {
  using input = new Input({ source: new BufferSource(file), formats: [WEBM] });
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  return [...(await framesOf('video', video)), ...(await framesOf('audio', audio))];
}
