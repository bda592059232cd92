/** A tone of the chime: when it begins and how high it is. */
interface Tone {
  readonly at: number;
  readonly hertz: number;
}

const chimes = {
  /** For trying the speaker. */
  test: [
    { at: 0, hertz: 523.25 },
    { at: 0.22, hertz: 659.25 },
    { at: 0.44, hertz: 783.99 },
  ],
  /** Somebody is let in, or waits to be. */
  attention: [
    { at: 0, hertz: 659.25 },
    { at: 0.18, hertz: 880 },
  ],
} as const satisfies Record<string, readonly Tone[]>;

const toneSeconds = 0.5;

/**
 * Plays a short, soft chime on the chosen speaker (empty id: the system's). Resolves when it is over; false when the
 * browser didn't let it be heard.
 */
export async function playChime(name: keyof typeof chimes, speakerId: string): Promise<boolean> {
  const tones: readonly Tone[] = chimes[name];
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  const player = new Audio();
  player.srcObject = output.stream;
  try {
    if (speakerId !== '' && 'setSinkId' in player) await player.setSinkId(speakerId);
    await player.play();
    for (const { at, hertz } of tones) {
      const start = context.currentTime + 0.05 + at;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + toneSeconds);
      tone.connect(volume).connect(output);
      tone.start(start);
      tone.stop(start + toneSeconds);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, ((tones.at(-1)?.at ?? 0) + toneSeconds + 0.2) * 1000);
    });
    return context.state === 'running';
  } catch {
    return false;
  } finally {
    player.srcObject = null;
    void context.close();
  }
}
