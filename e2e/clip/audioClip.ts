import { writeFileSync } from 'node:fs';

/**
 * What the fake microphone plays: half a second of rising sound, half a second of silence. A steady tone would be
 * taken for noise and suppressed by the browser; the silence tells sound that was sent from noise that was made.
 */
export const audioFormat = { sampleRate: 48_000, seconds: 10, periodSeconds: 1, soundSeconds: 0.5 } as const;

const { sampleRate, seconds, periodSeconds, soundSeconds } = audioFormat;

/** Writes a mono 16-bit WAV file. */
export function writeAudioClip(path: string): void {
  const samples = new Int16Array(sampleRate * seconds);
  let phase = 0;
  for (let index = 0; index < samples.length; index++) {
    const at = (index / sampleRate) % periodSeconds;
    if (at >= soundSeconds) continue;
    const frequency = 300 + (900 * at) / soundSeconds;
    phase += (2 * Math.PI * frequency) / sampleRate;
    const edge = Math.min(1, at / 0.02, (soundSeconds - at) / 0.02);
    samples[index] = Math.round(0.5 * 32767 * edge * (0.7 * Math.sin(phase) + 0.3 * Math.sin(2 * phase)));
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
}
