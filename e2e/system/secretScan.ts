import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What must not be on any disk. */
export interface Secrets {
  /** Words that were planted in what people see and write. */
  readonly words: readonly string[];
  /** A recording as it was decrypted: its frames are looked for piece by piece. */
  readonly recordings?: readonly Buffer[];
}

/** Something that a scan has found. */
export interface Find {
  readonly path: string;
  readonly what: 'word' | 'frame' | 'webm';
}

const windowOctets = 32;
/** From one piece of a recording to the next: shorter than most frames. */
const strideOctets = 384;
/** Every so many pieces one is looked for in base64, too: that has six spellings, and all text begins like some. */
const codedEvery = 8;
/** A piece of fewer different octets is padding, or silence. */
const leastDifferent = 16;

/** Looks through files for words, for pieces of encoded frames, and for anything that WebM begins with. */
export class SecretScan {
  /** By their first four octets. */
  readonly #pieces = new Map<number, { what: 'word' | 'frame'; octets: Buffer }[]>();
  /** By three octets: whether any piece or WebM element begins with them. */
  readonly #begins = new Uint8Array(2 ** 24);
  #octets = 0;

  constructor({ words, recordings = [] }: Secrets) {
    for (const word of words.flatMap(spellings)) this.#lookFor('word', word);
    for (const recording of recordings) {
      for (let at = 0; at + windowOctets <= recording.length; at += strideOctets) {
        const piece = recording.subarray(at, at + windowOctets);
        if (new Set(piece).size < leastDifferent) continue;
        this.#lookFor('frame', piece);
        if ((at / strideOctets) % codedEvery > 0) continue;
        for (const coded of codedIn64(piece)) this.#lookFor('frame', coded);
      }
    }
    for (const id of Object.values(elements)) this.#begins[id >>> 8] = 1;
  }

  #lookFor(what: 'word' | 'frame', octets: Buffer): void {
    const key = octets.readUInt32BE(0);
    this.#pieces.set(key, [...(this.#pieces.get(key) ?? []), { what, octets }]);
    this.#begins[key >>> 8] = 1;
  }

  /** How many octets were looked through so far. */
  get octets(): number {
    return this.#octets;
  }

  /** How many different words and pieces of recordings it looks for, in all their spellings. */
  get pieces(): number {
    return this.#pieces.size;
  }

  /** Every file below a folder. */
  folder(path: string): Find[] {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const file = join(entry.parentPath, entry.name);
        return this.octetsOf(file, contentOf(file));
      });
  }

  /** Rows of a database as text, where octets stand in hexadecimal. */
  rows(name: string, text: string): Find[] {
    const octets = [...text.matchAll(/\\x((?:[0-9a-f]{2})+)/gu)].map(([, hex = '']) => Buffer.from(hex, 'hex'));
    return [Buffer.from(text), ...octets].flatMap((one) => this.octetsOf(name, one));
  }

  /** @param path what they are called in what is found */
  octetsOf(path: string, octets: Buffer): Find[] {
    this.#octets += octets.length;
    const found = new Set<Find['what']>();
    const begins = this.#begins;
    let last = 0;
    for (let end = 0; end < octets.length; end += 1) {
      last = ((last << 8) | (octets[end] ?? 0)) & 0xffffff;
      const at = end - 2;
      if (begins[last] !== 1 || at < 0 || at + 4 > octets.length) continue;
      const key = octets.readUInt32BE(at);
      if (beginsWebm(octets, at, key)) found.add('webm');
      for (const piece of this.#pieces.get(key) ?? []) {
        if (octets.subarray(at, at + piece.octets.length).equals(piece.octets)) found.add(piece.what);
      }
    }
    return [...found].map((what) => ({ path, what }));
  }
}

/** A file that its owner removes meanwhile holds nothing any more. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return Buffer.alloc(0);
    throw fault;
  }
}

/**
 * A word as programs write it, in capitals or without: bare, in two octets a letter of either order, in hexadecimal of
 * either alphabet, and in base64 wherever it begins.
 */
function spellings(word: string): Buffer[] {
  return [...new Set([word, word.toLowerCase(), word.toUpperCase()])].flatMap((one) => {
    const bare = Buffer.from(one);
    const wide = Buffer.from(one, 'utf16le');
    const hex = bare.toString('hex');
    const coded = [hex, hex.toUpperCase()].map((text) => Buffer.from(text));
    return [bare, wide, Buffer.from(wide).swap16(), ...coded, ...codedIn64(bare), ...codedIn64(wide)];
  });
}

/** Octets in base64 of either alphabet (RFC 4648 sections 4 and 5), wherever in a text they begin. */
function codedIn64(octets: Buffer): Buffer[] {
  const texts = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), octets]).toString('base64');
    // What the octets before and behind have a part in says nothing.
    const text = whole.slice(Math.ceil((before * 4) / 3), -4);
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set(texts)].map((text) => Buffer.from(text));
}

/** RFC 9559 and RFC 8794. */
const elements = { ebml: 0x1a45dfa3, segment: 0x18538067, cluster: 0x1f43b675 } as const;
const docType = Buffer.from([0x42, 0x82, 0x84, ...Buffer.from('webm')]);
/** SeekHead, Info, Tracks, Cues, Cluster. */
const inSegment: ReadonlySet<number> = new Set([0x114d9b74, 0x1549a966, 0x1654ae6b, 0x1c53bb6b, elements.cluster]);
const voidId = 0xec;
const timestampId = 0xe7;

/** An element, and inside of it what has to come first: an id alone is in any large file by chance. */
function beginsWebm(octets: Buffer, at: number, id: number): boolean {
  if (id === elements.ebml) return octets.subarray(at, at + 64).includes(docType);
  if (id !== elements.segment && id !== elements.cluster) return false;
  const first = octets[at + 4] ?? 0;
  const inner = at + 4 + Math.clz32(first) - 23;
  if (first === 0 || inner + 4 > octets.length) return false;
  const next = octets[inner];
  if (id === elements.segment) return next === voidId || inSegment.has(octets.readUInt32BE(inner));
  // A time of one to eight octets.
  const length = octets[inner + 1] ?? 0;
  return next === timestampId && length > 0x80 && length <= 0x88;
}
