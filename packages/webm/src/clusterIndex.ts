import type { TrackKind } from './frame.ts';

/** A stretch of a recording. */
export interface Cluster {
  /** Octets before it, from the first cluster on. */
  readonly place: number;
  /** Milliseconds. */
  readonly time: number;
  /** Whether playing can begin there: with a key frame, or where there is no picture. */
  readonly isSeekable: boolean;
}

/** How long the last frame of a track is taken to last, in milliseconds: nothing says it. */
const lastFrameMs = { audio: 20, video: 33 } as const satisfies Record<TrackKind, number>;

/** What is learnt of a recording frame by frame. */
export class ClusterIndex {
  readonly #clusters: { place: number; time: number; startsWith: TrackKind; isKey: boolean }[] = [];
  readonly #kinds = new Set<TrackKind>();
  #duration = 0;
  #isEmpty = true;

  begin(place: number, time: number): void {
    this.#isEmpty = true;
    this.#clusters.push({ place, time, startsWith: 'audio', isKey: false });
  }

  frame(kind: TrackKind, time: number, isKey: boolean): void {
    const last = this.#clusters.at(-1);
    if (last && this.#isEmpty) {
      last.startsWith = kind;
      last.isKey = isKey;
    }
    this.#isEmpty = false;
    this.#kinds.add(kind);
    this.#duration = Math.max(this.#duration, time + lastFrameMs[kind]);
  }

  get kinds(): ReadonlySet<TrackKind> {
    return this.#kinds;
  }

  /** Milliseconds; 0 without a frame. */
  get duration(): number {
    return this.#duration;
  }

  clusters(): Cluster[] {
    const hasPicture = this.#kinds.has('video');
    return this.#clusters.map(({ place, time, startsWith, isKey }) => ({
      place,
      time,
      isSeekable: hasPicture ? startsWith === 'video' && isKey : true,
    }));
  }
}
