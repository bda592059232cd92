import type { LineReading } from '../call/lineReading.ts';

/** From here on somebody would notice. */
const slowSeconds = 0.4;

/** Whether a part may be sent now. The call goes first: while its line is narrow or slow, recordings wait. */
export async function mayUpload(line: () => Promise<LineReading | null>): Promise<boolean> {
  const reading = await line();
  return reading === null || (!reading.isNarrow && (reading.roundTripSeconds ?? 0) < slowSeconds);
}
