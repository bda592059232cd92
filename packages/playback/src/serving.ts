import * as z from 'zod';
import { parseRange } from './byteRange.ts';
import { type PlaybackFault, playbackFaultOf } from './errors.ts';
import type { PlayableFile } from './playableFile.ts';

/**
 * Between what asks for a file (the Service Worker, or a page that exports) and the worker that has it, over a port of
 * its own for each request: the worker says `opened` once, then one `piece` for each `pull`, and `done` or `failed`.
 */
const toServing = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pull') }),
  z.strictObject({ type: z.literal('cancel') }),
]);

export type FromServing =
  | {
      readonly type: 'opened';
      readonly status: 206;
      readonly from: number;
      readonly to: number;
      readonly length: number;
    }
  | { readonly type: 'opened'; readonly status: 404 | 416; readonly length: number }
  | { readonly type: 'piece'; readonly octets: Uint8Array }
  | { readonly type: 'done' }
  | { readonly type: 'failed' };

/**
 * Answers one request, until all was handed out, nobody wants it any more, or something doesn't open.
 *
 * @param file null for one that isn't there
 * @param onFault told of what doesn't open before anybody is told that it failed
 */
export function serveFile(
  file: PlayableFile | null,
  range: string | null,
  port: MessagePort,
  onFault: (fault: PlaybackFault) => void,
): void {
  const say = (message: FromServing, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  const asked = file === null ? null : parseRange(range, file.length);
  if (file === null || asked === null) {
    say({ type: 'opened', status: file === null ? 404 : 416, length: file?.length ?? 0 });
    port.close();
    return;
  }
  const abort = new AbortController();
  const pieces = file.pieces(asked, abort.signal);
  let answering: Promise<void> = Promise.resolve();
  const isGone = (): boolean => abort.signal.aborted;
  const handOut = async (): Promise<void> => {
    if (isGone()) return;
    try {
      const next = await pieces.next();
      if (isGone()) return;
      if (next.done === true) {
        say({ type: 'done' });
        port.close();
        return;
      }
      say({ type: 'piece', octets: next.value }, [next.value.buffer]);
    } catch (error) {
      if (isGone()) return;
      onFault(playbackFaultOf(error));
      say({ type: 'failed' });
      port.close();
    }
  };
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = toServing.safeParse(data);
    if (!message.success || message.data.type === 'cancel') {
      abort.abort();
      port.close();
      return;
    }
    answering = answering.then(handOut);
  };
  say({ type: 'opened', status: 206, ...asked, length: file.length });
}
