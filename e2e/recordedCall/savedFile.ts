import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { percentile } from '../clip/latency.ts';
import { codeBits, decodeTimeCode, grid } from '../clip/timeCode.ts';
import { wallFormat } from './wallClip.ts';

const run = promisify(execFile);
const { framesPerSecond, sampleRate, toneSeconds, tones } = wallFormat;

/** A decoded picture. */
export interface SavedPicture {
  /** Seconds on the recording's timeline. */
  readonly time: number;
  readonly width: number;
  /** Seconds after the clip's frame 0 at which it was captured; null where no code could be read. */
  readonly captured: number | null;
}

/** A tone as it was heard. */
export interface SavedTone {
  /** Seconds on the recording's timeline. */
  readonly time: number;
  readonly hertz: number;
}

/** What FFmpeg makes of a file that somebody saved. */
export interface SavedFile {
  /** In which clip's pictures the codes are; more than one would be a mistake. */
  readonly clips: ReadonlySet<number>;
  readonly pictures: readonly SavedPicture[];
  readonly tones: readonly SavedTone[];
}

/** Everything that FFmpeg complains of while it decodes the whole file; empty if nothing. */
export async function complaintsOf(path: string): Promise<string> {
  // At the file's own times: rounded to a constant frame rate, two pictures that came close together would be one's.
  const asTheyAre = ['-fps_mode', 'passthrough', '-enc_time_base', '-1'];
  const { stderr } = await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', path, ...asTheyAre, '-f', 'null', '-']);
  return stderr;
}

async function probe(path: string, stream: 'a' | 'v', fields: string): Promise<string[][]> {
  const shown = ['-show_entries', `frame=${fields}`, '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', `${stream}:0`, ...shown, path], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','));
}

async function decode(path: string, args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', path, ...args, '-'], {
    encoding: 'buffer',
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

/** @throws if FFmpeg doesn't show as many pictures or samples as it tells of */
export async function readSavedFile(path: string): Promise<SavedFile> {
  const [frames, cells, packets, pcm] = await Promise.all([
    probe(path, 'v', 'pts_time,width'),
    // One point a cell of the code, whatever the picture's size.
    decode(path, [
      '-map',
      '0:v:0',
      '-vf',
      `scale=${grid.columns}:${grid.rows}:flags=area,format=gray`,
      ...raw('rawvideo'),
    ]),
    probe(path, 'a', 'pts_time,nb_samples'),
    decode(path, ['-map', '0:a:0', '-ac', '1', '-ar', String(sampleRate), ...raw('s16le')]),
  ]);
  const clips = new Set<number>();
  const size = grid.columns * grid.rows;
  if (cells.length !== frames.length * size)
    throw new Error(`${String(cells.length / size)} of ${String(frames.length)}`);
  const pictures = frames.map(([time, width], index) => {
    const points = [...cells.subarray(index * size, index * size + codeBits)];
    const code = decodeTimeCode(points.map((value) => (value >= 126 ? '1' : '0')).join(''));
    if (code) clips.add(code.clip);
    return { time: Number(time), width: Number(width), captured: code ? code.frame / framesPerSecond : null };
  });
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
  return {
    clips,
    pictures,
    tones: tonesIn(
      samples,
      packets.map(([time, count]) => [Number(time), Number(count)]),
    ),
  };
}

const raw = (format: string): string[] => ['-fps_mode', 'passthrough', '-f', format];

/** Loud against the noise that an encoder leaves in silence; of full scale. */
const audible = 0.05;
const windowSamples = sampleRate / 1000;
const leastSilenceMs = 150;

/** @param packets when each begins, in seconds, and how many samples it has; one behind the other in `samples` */
function tonesIn(samples: Int16Array, packets: readonly (readonly [number, number])[]): SavedTone[] {
  const total = packets.reduce((sum, [, count]) => sum + count, 0);
  if (total !== samples.length) throw new Error(`${String(samples.length)} samples of ${String(total)}`);
  const timeOf = timesOf(packets);
  const found: SavedTone[] = [];
  let silentMs = leastSilenceMs;
  for (let at = 0; at + windowSamples <= samples.length; at += windowSamples) {
    const isLoud = loudness(samples.subarray(at, at + windowSamples)) >= audible;
    if (isLoud && silentMs >= leastSilenceMs) found.push({ time: timeOf(at), hertz: hertzFrom(samples, at) });
    silentMs = isLoud ? 0 : silentMs + 1;
  }
  return found;
}

/** @returns the timeline's seconds of a sample's place; to be asked in order */
function timesOf(packets: readonly (readonly [number, number])[]): (at: number) => number {
  let [packet, begin] = [0, 0];
  return (at) => {
    for (let now = packets[packet]; now && at >= begin + now[1]; now = packets[packet]) {
      begin += now[1];
      packet += 1;
    }
    return (packets[packet]?.[0] ?? 0) + (at - begin) / sampleRate;
  };
}

const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) / 32_768;

/** By the crossings of zero in the middle of the tone. */
function hertzFrom(samples: Int16Array, at: number): number {
  const middle = samples.subarray(at + 0.05 * sampleRate, at + (toneSeconds - 0.05) * sampleRate);
  const crossings = middle.filter((value, index) => index > 0 && value >= 0 !== (middle[index - 1] ?? 0) >= 0).length;
  return crossings / 2 / (middle.length / sampleRate);
}

/** How much later a second's tone is heard than the picture of that second is shown. */
export interface SoundLag {
  /** Seconds on the recording's timeline. */
  readonly time: number;
  /** Milliseconds; negative where the sound comes first. */
  readonly ms: number;
}

/** Whose second can be told: the picture around it says which it is, and its pitch agrees. */
export function soundLags({ pictures, tones: heard }: SavedFile): SoundLag[] {
  return heard.flatMap(({ time, hertz }) => {
    const near = pictures.flatMap(({ time: shown, captured }) =>
      captured !== null && Math.abs(shown - time) < 1 ? [shown - captured] : [],
    );
    if (near.length < framesPerSecond / 2) return [];
    const offset = percentile(near, 0.5);
    const second = Math.round(time - offset);
    const due = tones.lowest + tones.step * (second % tones.count);
    return Math.abs(hertz - due) < tones.step / 2 ? [{ time, ms: (time - offset - second) * 1000 }] : [];
  });
}
