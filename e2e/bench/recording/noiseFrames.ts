const octets = { audio: 80, key: 18_000, delta: 2_500 } as const;
const noise = crypto.getRandomValues(new Uint8Array(65_536));

export const audioMs = 20;
export const videoMs = 1000 / 30;
/** A recorder asks for a key frame every seven seconds. */
export const keyEvery = 210;

/** Noise that begins as Opus of 20 ms, or VP8 of 640 × 360, does: about 640 kbit/s of them. */
export function noiseFrame(kind: 'audio' | 'video', isKey: boolean): ArrayBuffer {
  const length = kind === 'audio' ? octets.audio : isKey ? octets.key : octets.delta;
  const from = Math.floor(Math.random() * (noise.length - length));
  const data = noise.slice(from, from + length);
  if (kind === 'audio') data[0] = 0x78;
  else if (isKey) data.set([0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
  else data[0] = 0x11;
  return data.buffer;
}
