/** Real VP8 and Opus, made by the browser itself: each picture says when it is, each second has a tone of its own. */
export interface MadeFrame {
  readonly kind: 'audio' | 'video';
  /** Milliseconds. */
  readonly time: number;
  readonly isKey: boolean;
  readonly data: ArrayBuffer;
}

export const size = { width: 320, height: 180 } as const;
const framesPerSecond = 25;
const bits = 12;
const barWidth = 26;
const keyEveryFrames = 75;
const sampleRate = 48_000;

/** Hz of the tone in a second. */
const toneOf = (second: number): number => 400 + 150 * (second % 30);

/** @param seconds how long; everything begins at 0 */
export async function makeFrames(seconds: number): Promise<MadeFrame[]> {
  const frames: MadeFrame[] = [];
  const take = (kind: MadeFrame['kind']) => (chunk: EncodedVideoChunk | EncodedAudioChunk) => {
    const data = new ArrayBuffer(chunk.byteLength);
    chunk.copyTo(data);
    frames.push({ kind, time: chunk.timestamp / 1000, isKey: chunk.type === 'key', data });
  };
  const error = (fault: DOMException): never => {
    throw fault;
  };
  const video = new VideoEncoder({ output: take('video'), error });
  video.configure({ codec: 'vp8', ...size, bitrate: 400_000, framerate: framesPerSecond });
  const audio = new AudioEncoder({ output: take('audio'), error });
  audio.configure({ codec: 'opus', sampleRate, numberOfChannels: 2, bitrate: 32_000 });
  const canvas = new OffscreenCanvas(size.width, size.height);
  const brush = canvas.getContext('2d');
  if (!brush) throw new Error('no canvas');
  for (let index = 0; index < seconds * framesPerSecond; index += 1) {
    drawCode(brush, index);
    const frame = new VideoFrame(canvas, { timestamp: Math.round((index * 1e6) / framesPerSecond) });
    video.encode(frame, { keyFrame: index % keyEveryFrames === 0 });
    frame.close();
    while (video.encodeQueueSize > 20) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (let packet = 0; packet < seconds * 50; packet += 1) audio.encode(toneFrom(packet));
  await Promise.all([video.flush(), audio.flush()]);
  return frames.sort((a, b) => a.time - b.time);
}

function drawCode(brush: OffscreenCanvasRenderingContext2D, index: number): void {
  brush.fillStyle = '#333';
  brush.fillRect(0, 0, size.width, size.height);
  for (let bit = 0; bit < bits; bit += 1) {
    brush.fillStyle = (index >> bit) & 1 ? '#fff' : '#000';
    brush.fillRect(bit * barWidth, 30, barWidth - 4, 120);
  }
}

function toneFrom(packet: number): AudioData {
  const samples = sampleRate / 50;
  const data = new Float32Array(samples * 2);
  for (let at = 0; at < samples; at += 1) {
    const value =
      0.3 * Math.sin((2 * Math.PI * toneOf(Math.floor(packet / 50)) * (packet * samples + at)) / sampleRate);
    data[at] = value;
    data[samples + at] = value;
  }
  const format = { format: 'f32-planar', sampleRate, numberOfFrames: samples, numberOfChannels: 2 } as const;
  return new AudioData({ ...format, timestamp: packet * 20_000, data });
}

const reading = { canvas: null as HTMLCanvasElement | null };

/** When the picture that is shown was made, in seconds. */
export function readCode(video: HTMLVideoElement): number {
  reading.canvas ??= Object.assign(document.createElement('canvas'), size);
  const brush = reading.canvas.getContext('2d', { willReadFrequently: true });
  if (!brush) throw new Error('no canvas');
  brush.drawImage(video, 0, 0, size.width, size.height);
  const row = brush.getImageData(0, 90, size.width, 1).data;
  let index = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    if ((row[(bit * barWidth + 10) * 4] ?? 0) > 128) index |= 1 << bit;
  }
  return index / framesPerSecond;
}
