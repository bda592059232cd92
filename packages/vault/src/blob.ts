import { type Bytes, concat } from './bytes.ts';
import { LimitError } from './errors.ts';
import { maxHeadLength } from './limits.ts';
import type { RunRecord } from './record.ts';
import type { RunOptions } from './run.ts';
import { createRun } from './runWriter.ts';

/**
 * Seals a small content in one go: a note, an answer, the head of a recording.
 *
 * @param plaintext at most 16 MiB
 * @returns the run's whole file, and what the manifest will say of it
 * @throws LimitError, ArgumentError
 */
export const sealBytes = async (
  options: RunOptions,
  plaintext: Uint8Array,
): Promise<{ file: Bytes; record: RunRecord }> => {
  if (plaintext.byteLength > maxHeadLength) throw new LimitError({ layer: 'run' });
  const pieces: Bytes[] = [];
  const run = await createRun(options, async ({ chunks }) => {
    pieces.push(...chunks);
  });
  const writer = run.writable.getWriter();
  await writer.write(plaintext);
  await writer.close();
  return { record: await run.record, file: concat(...pieces) };
};
