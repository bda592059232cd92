import type { ProducerId } from '@sotto/protocol/ids';
import { PathProof } from './pathProof.ts';
import type { Mechanism } from './support.ts';
import { installTransform } from './transform.ts';
import type { WorkerLink } from './workerLink.ts';
import type { Attachment } from './workerMessages.ts';

/**
 * `failed`: the browser doesn't take a transform of this mechanism there. `silent`: the worker hasn't answered in time,
 * or is gone.
 */
export type AttachFailure = 'failed' | 'silent';

/** Whether a track's own transform has proved alive; nothing may be sent or played unless it has. */
export type AttachOutcome = { tag: 'alive' } | { tag: AttachFailure };

type AttachmentOf<A> = A extends Attachment ? Omit<A, 'id'> : never;

const attachTimeoutMs = 5_000;

/** The transforms of a page's senders and receivers: each is put in place, proved alive, and watched. */
export class Attachments {
  readonly #mechanism: Mechanism;
  readonly #link: WorkerLink;
  readonly #worker: Worker;
  readonly #proofs = new Map<number, { attachment: Attachment; proof: PathProof }>();
  readonly #bypassed = new Set<() => void>();
  #next = 0;

  constructor(mechanism: Mechanism, link: WorkerLink, worker: Worker) {
    this.#mechanism = mechanism;
    this.#link = link;
    this.#worker = worker;
    link.events.on('flowing', ({ id }) => {
      this.#endProofs((attachment) => attachment.id === id);
    });
    link.events.on('dead', () => {
      this.end();
    });
  }

  /** See `CallCrypto.onBypassed`. */
  onBypassed(listener: () => void): () => void {
    this.#bypassed.add(listener);
    return () => {
      this.#bypassed.delete(listener);
    };
  }

  async attach(endpoint: RTCRtpSender | RTCRtpReceiver, of: AttachmentOf<Attachment>): Promise<AttachOutcome> {
    const attachment: Attachment = { ...of, id: this.#next++ };
    const alive = new Promise<AttachOutcome>((resolve) => {
      const finish = (outcome: AttachOutcome): void => {
        clearTimeout(timer);
        for (const off of offs) off();
        resolve(outcome);
      };
      const offs = [
        this.#link.events.on('attached', ({ id }) => {
          if (id === attachment.id) finish({ tag: 'alive' });
        }),
        this.#link.events.on('dead', () => {
          finish({ tag: 'silent' });
        }),
      ];
      const timer = setTimeout(() => {
        finish({ tag: 'silent' });
      }, attachTimeoutMs);
    });
    const isLate = attachment.side === 'sender' && endpoint.transport !== null;
    if (isLate) return { tag: 'failed' };
    const installed = installTransform(endpoint, this.#mechanism, this.#worker, attachment);
    if (installed.tag === 'failed') return { tag: 'failed' };
    const proof = new PathProof(endpoint, () => {
      this.#proofs.delete(attachment.id);
      for (const listener of [...this.#bypassed]) listener();
    });
    this.#proofs.set(attachment.id, { attachment, proof });
    if (installed.tag === 'streams') {
      const { readable, writable } = installed.streams;
      const handed = this.#link.call('attachStreams', { attachment, readable, writable }, [readable, writable]);
      // A worker that is gone tells so by its `dead`, which settles `alive`.
      await handed.catch(() => undefined);
    }
    return alive;
  }

  async detachReceiver(producerId: ProducerId): Promise<void> {
    this.#endProofs((attachment) => attachment.side === 'receiver' && attachment.producerId === producerId);
    await this.#link.call('detachReceiver', { producerId, before: this.#next });
  }

  /** Nothing is watched any more. */
  end(): void {
    this.#endProofs(() => true);
  }

  #endProofs(which: (attachment: Attachment) => boolean): void {
    for (const [id, { attachment, proof }] of this.#proofs) {
      if (!which(attachment)) continue;
      proof.end();
      this.#proofs.delete(id);
    }
  }
}
