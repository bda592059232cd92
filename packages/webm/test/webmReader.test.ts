import * as fc from 'fast-check';
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import { describe, expect, it } from 'vitest';
import {
  type MediaFrame,
  type Origin,
  RecordingScan,
  readFinalHead,
  WebmFormatError,
  WebmReader,
  WebmWriter,
} from '../src/index.ts';
import { audioFrame, framesOf, joined, picture, record, takes, videoFrame } from './recorded.ts';

/** Reads a file in pieces of these lengths, again and again. */
function read(file: Uint8Array, lengths: readonly number[]): MediaFrame[] {
  const reader = new WebmReader();
  const frames: MediaFrame[] = [];
  for (let at = 0, piece = 0; at < file.length; piece += 1) {
    const length = lengths[piece % lengths.length] ?? 1;
    frames.push(...reader.push(file.subarray(at, at + length)));
    at += length;
  }
  return frames;
}

const said = (frames: readonly MediaFrame[]): string[] =>
  frames.map(
    ({ kind, time, isKey, data }) =>
      `${kind} ${String(Math.round(time))} ${String(isKey)} ${Buffer.from(data).toString('hex')}`,
  );

describe('a WebM file as it comes', () => {
  it('gives the frames that were put into it, however it’s cut', () => {
    fc.assert(
      fc.property(
        takes,
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
        (take, lengths) => {
          const given = framesOf({ ...take, lateness: 0, losesPicture: false });
          const { open, clusters } = record(given, [2, 300]);
          const found = read(joined([open, clusters]), lengths);
          expect(said(found).sort()).toEqual(said(given).sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('may be another one’s', async () => {
    const given = [0, 1, 2, 3].flatMap((part) => [
      videoFrame(part * 40, part % 2 === 0, part),
      audioFrame(part * 40, part + 90),
    ]);
    for (const appendOnly of [true, false]) {
      const target = new BufferTarget();
      const output = new Output({ format: new WebMOutputFormat({ appendOnly }), target });
      const [video, audio] = [new EncodedVideoPacketSource('vp8'), new EncodedAudioPacketSource('opus')];
      output.addVideoTrack(video);
      output.addAudioTrack(audio);
      await output.start();
      for (const { kind, time, isKey, data } of given) {
        const packet = new EncodedPacket(data, isKey ? 'key' : 'delta', time / 1000, 0.02);
        if (kind === 'video') {
          await video.add(packet, { decoderConfig: { codec: 'vp8', codedWidth: 1280, codedHeight: 720 } });
        } else {
          await audio.add(packet, { decoderConfig: { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000 } });
        }
      }
      await output.finalize();
      const found = read(new Uint8Array(target.buffer ?? new ArrayBuffer()), [100]);
      expect(said(found).sort()).toEqual(said(given).sort());
    }
  });

  it('isn’t read on where it has another codec, lacing, or no times', () => {
    const { open, clusters } = record([videoFrame(0, true, 1), audioFrame(0, 2)]);
    const codec = joined([open]);
    codec.set(new TextEncoder().encode('V_VP9'), Buffer.from(codec).indexOf('V_VP8'));
    const laced = joined([clusters]);
    const block = Buffer.from(laced).indexOf(Uint8Array.of(0xa3));
    laced[block + 5] = (laced[block + 5] ?? 0) | 0x02;
    const untimed = joined([clusters.subarray(0, 12), clusters.subarray(block)]);
    for (const file of [codec, joined([open, laced]), joined([open, untimed])]) {
      expect(() => read(file, [64])).toThrow(WebmFormatError);
    }
  });
});

describe('what isn’t such a file', () => {
  const octets = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
  const segment = '18538067 01ffffffffffffff';
  /** Sound alone, as track 2. */
  const tracks = '1654ae6b 8d ae8b d78102 8686 415f4f505553';
  const cluster = '1f43b675 01ffffffffffffff e78100';
  const good = 'a385 82 0000 80 fc';
  const before = `${segment} ${tracks} ${cluster} ${good}`;

  it('would be one without that', () => {
    expect(said(read(octets(before), [1]))).toEqual(['audio 0 true fc']);
  });

  it.each([
    ['a block without a size', `${before} a3 01ffffffffffffff`],
    ['something unknown without a size', `${before} ec 01ffffffffffffff`],
    ['a frame of over 8 MiB', `${before} a3 0100000000800001`],
    ['a block shorter than its front', `${before} a383 82 0000`],
    ['a track nobody has told of', `${before} a385 83 0000 80 fc`],
    ['a track number of two octets', `${before} a386 4002 0000 80 fc`],
    ['lacing as Xiph has it', `${before} a385 82 0000 82 fc`],
    ['lacing of one size', `${before} a385 82 0000 84 fc`],
    ['lacing as EBML has it', `${before} a385 82 0000 86 fc`],
    ['a block before any time', `${segment} ${tracks} 1f43b675 01ffffffffffffff ${good}`],
    ['a cluster that says no time, behind one that does', `${before} 1f43b675 01ffffffffffffff ${good}`],
    ['another codec', `${segment} 1654ae6b 8d ae8b d78102 8686 565f56503930`],
    ['a track without a codec', `${segment} 1654ae6b 85 ae83 d78102`],
    ['a track without a number', `${segment} 1654ae6b 8a ae88 8686 415f4f505553`],
    ['a track with a member that has no size', `${segment} 1654ae6b 8b ae89 d7 01ffffffffffffff`],
    ['a track with a member that ends behind it', `${segment} 1654ae6b 85 ae83 d78502`],
  ])('%s isn’t read on', (_, file) => {
    for (const lengths of [[1], [64]]) expect(() => read(octets(file), lengths)).toThrow(WebmFormatError);
  });

  it('is refused in so many words wherever a file was changed, or read as what it says', () => {
    const file = octets(`${before} ${good}`);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const changed = joined([file]);
        changed[place] = (changed[place] ?? 0) ^ change;
        try {
          const frames = read(changed, [7]);
          expect(frames.every(({ time }) => Number.isFinite(time))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WebmFormatError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('how frames came into a recording', () => {
  it.each(['frames', 'encodedAnew'] as const)('stands in its heads: %s', (origin) => {
    const writer = new WebmWriter(picture);
    const open = writer.open(origin);
    const clusters = joined([writer.add(videoFrame(0, true, 1)), writer.flush()]);
    expect(readFinalHead(writer.finalHead()).origin).toBe(origin);
    const scan = new RecordingScan();
    scan.push(joined([open, clusters]));
    expect(scan.finish()?.origin).toBe(origin);
  });

  it('is found in any run: one that was encoded anew is enough', () => {
    const runOf = (number: number, origin: Origin) => {
      const writer = new WebmWriter(picture);
      const front = number === 0 ? writer.open(origin) : writer.goOn(origin);
      return joined([front, writer.add(videoFrame(number * 1_000, true, 1)), writer.flush()]);
    };
    const foundIn = (origins: readonly Origin[]) => {
      const scan = new RecordingScan();
      for (const [number, origin] of origins.entries()) {
        scan.push(runOf(number, origin));
        scan.nextRun();
      }
      return scan.finish();
    };
    expect(foundIn(['frames', 'frames', 'frames'])?.origin).toBe('frames');
    for (const place of [0, 1, 2]) {
      const found = foundIn([0, 1, 2].map((run) => (run === place ? 'encodedAnew' : 'frames')));
      // What says so isn't played.
      expect([found?.origin, found?.pieces.length, found?.clusters.length]).toEqual(['encodedAnew', 3, 3]);
    }
  });
});
