/** Loudness (root mean square of samples of −1 to 1) from which on somebody is taken to speak. */
const speaking = 0.015;
/** Whoever is this much softer than the loudest is heard through another one's microphone. */
const share = 0.35;

/** Who speaks, by how loud each is at one moment. */
export function speakersOf(levels: readonly number[]): readonly boolean[] {
  const loudest = Math.max(0, ...levels);
  return levels.map((level) => level >= speaking && level >= loudest * share);
}

export function loudnessOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / Math.max(samples.length, 1));
}

/** Who spoke in each second of a recording, as far as it was played. */
export class SpokenSeconds {
  readonly #seconds: readonly Uint8Array[];

  /** @param duration seconds */
  constructor(tracks: number, duration: number) {
    this.#seconds = Array.from({ length: tracks }, () => new Uint8Array(Math.ceil(duration)));
  }

  note(position: number, speakers: readonly boolean[]): void {
    const second = Math.floor(position);
    for (const [track, isSpeaking] of speakers.entries()) {
      const own = this.#seconds[track];
      if (isSpeaking && own !== undefined && second < own.length) own[second] = 1;
    }
  }

  /** Stretches in which somebody spoke: first second, and the one behind the last. */
  stretches(track: number): readonly (readonly [number, number])[] {
    const found: [number, number][] = [];
    for (const [second, spoke] of (this.#seconds[track] ?? new Uint8Array()).entries()) {
      if (spoke === 0) continue;
      const last = found.at(-1);
      if (last?.[1] === second) last[1] = second + 1;
      else found.push([second, second + 1]);
    }
    return found;
  }
}
