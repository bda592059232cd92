/** Loudness of one audio track, read from the samples themselves. */
export class TrackLevel {
  readonly #context = new AudioContext();
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(track: MediaStreamTrack) {
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
    // Not awaited: where nobody has touched the page yet, this may never settle.
    void this.#context.resume();
  }

  /** 0 (silence) to 1 (as loud as it gets), on a scale that follows the ear: speech is in the middle. */
  readonly read = (): number => {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.#samples.length + 1e-10);
    return Math.min(1, Math.max(0, (decibels + 60) / 50));
  };

  close(): void {
    void this.#context.close();
  }
}
