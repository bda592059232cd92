import { maxNoteBytes, type VerifierKey } from '../note.ts';
import type { WitnessClient } from '../postgres/witnessClient.ts';
import { checkpointPath } from './checkpointPath.ts';

/**
 * Reaches a witness over HTTP(S). An answer that is longer than a signed note may be is none.
 *
 * @param base address of the witness, without a slash at its end
 * @param timeoutMs after which it counts as unreachable
 */
export const createHttpWitnessClient = (base: string, key: VerifierKey, timeoutMs = 2000): WitnessClient => ({
  key,
  async addCheckpoint(body) {
    const response = await ask(`${base}/add-checkpoint`, timeoutMs, { method: 'POST', body: new Uint8Array(body) });
    return { status: response.status, body: new TextDecoder().decode(await readCapped(response)) };
  },
  async latestCheckpoint(origin) {
    const response = await ask(`${base}${checkpointPath(origin)}`, timeoutMs, {});
    const note = await readCapped(response);
    return response.status === 200 ? note : null;
  },
});

const ask = (url: string, timeoutMs: number, init: RequestInit): Promise<Response> =>
  fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });

async function readCapped(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early ends the connection.
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxNoteBytes) throw new Error('the answer is too long for a witness');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
