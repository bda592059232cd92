import type { VerifierKey } from '../note.ts';
import type { WitnessClient } from '../postgres/witnessClient.ts';

/**
 * Reaches a witness over HTTP(S).
 *
 * @param base address of the witness, without a slash at its end
 * @param timeoutMs after which it counts as unreachable
 */
export const createHttpWitnessClient = (base: string, key: VerifierKey, timeoutMs = 2000): WitnessClient => ({
  key,
  async addCheckpoint(body) {
    const response = await fetch(`${base}/add-checkpoint`, {
      method: 'POST',
      body: new Uint8Array(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: await response.text() };
  },
});
