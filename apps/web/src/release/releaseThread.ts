import { EvidenceFault } from '../keystore/errors.ts';
import {
  type FromWorker,
  fromWorker,
  type KeepOrder,
  type OpeningChecks,
  type OpenOrder,
  type ToWorker,
} from './messages.ts';

/** A note that was opened, and what was checked before. */
export interface OpenedText {
  readonly text: string;
  readonly checks: OpeningChecks;
}

/** The worker of one release, as the page sees it. */
export class ReleaseThread {
  readonly #worker = new Worker(new URL('./releaseWorker.ts', import.meta.url), { type: 'module' });

  /** Makes the viewer's key there. @returns its public half, base64url */
  async begin(): Promise<string> {
    const answer = await this.#ask({ type: 'begin' });
    if (answer.type !== 'viewerKey') throw new EvidenceFault('request');
    return answer.viewerKey;
  }

  /** @throws EvidenceFault */
  async open(order: Omit<OpenOrder, 'type'>): Promise<OpenedText> {
    const answer = await this.#ask({ type: 'open', ...order });
    if (answer.type === 'failed') throw new EvidenceFault(answer.code);
    if (answer.type !== 'opened') throw new EvidenceFault('request');
    return { text: answer.text, checks: answer.checks };
  }

  /** @returns the file of a release (packages/vault/SPEC.md section 11); it holds keys. @throws EvidenceFault */
  async keep(order: Omit<KeepOrder, 'type'>): Promise<Blob> {
    const answer = await this.#ask({ type: 'keep', ...order });
    if (answer.type === 'failed') throw new EvidenceFault(answer.code);
    if (answer.type !== 'kept') throw new EvidenceFault('request');
    return answer.file;
  }

  /** Ends the thread, and with it every key in it. */
  close(): void {
    this.#worker.terminate();
  }

  #ask(message: ToWorker): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<unknown>) => {
        const parsed = fromWorker.safeParse(data);
        if (parsed.success) resolve(parsed.data);
        else reject(new EvidenceFault('request'));
      };
      this.#worker.onerror = () => reject(new EvidenceFault('content'));
      this.#worker.postMessage(message);
    });
  }
}
