import type { LeafThumbprint, ParticipantId } from '@sotto/protocol/ids';
import type { ChatText } from './chatInbox.ts';
import type { ChatDelivery, ChatMessageId } from './chatState.ts';
import type { LeafRef } from './outcomes.ts';

/** A message that isn't acknowledged is sent again after this long, then twice as long, … */
const firstRetryMs = 2_000;
const attempts = 5;
/** Unacknowledged messages at a time; with them the worker's memory is bounded. */
const unsettled = 64;
const burst = 10;
const burstMs = 10_000;

export interface PlacedLeaf extends LeafRef {
  leafIndex: number;
}

interface Own {
  readonly message: Omit<ChatText, 'firsts'>;
  /** People who were in the group when it was said: nobody else is ever sent it. */
  readonly readers: ReadonlySet<ParticipantId>;
  readonly acknowledged: Map<LeafThumbprint, LeafRef>;
  tag: ChatDelivery['tag'];
  isDue: boolean;
  attempt: number;
  retryAt: number;
}

/** A leaf's own texts, until everybody who was there has acknowledged them. */
export class ChatOutbox {
  readonly #tell: (delivery: ChatDelivery) => void;
  readonly #own = new Map<ChatMessageId, Own>();
  #others: readonly PlacedLeaf[] = [];
  #firsts = new Map<LeafThumbprint, number>();
  #sequence = 0;
  #said: number[] = [];

  constructor(tell: (delivery: ChatDelivery) => void) {
    this.#tell = tell;
  }

  /** @returns why a text can't be said now */
  refusal(now: number): 'tooFast' | 'alone' | null {
    this.#said = this.#said.filter((at) => now - at < burstMs);
    const open = [...this.#own.values()].filter(({ tag }) => tag === 'waiting' || tag === 'sent');
    if (this.#said.length >= burst || open.length >= unsettled) return 'tooFast';
    return this.#others.length === 0 ? 'alone' : null;
  }

  add(id: ChatMessageId, text: string, now: number): void {
    this.#said.push(now);
    this.#sequence += 1;
    const own: Own = {
      message: { id, sequence: this.#sequence, text },
      readers: new Set(this.#others.map(({ participantId }) => participantId)),
      acknowledged: new Map(),
      tag: 'waiting',
      isDue: true,
      attempt: 0,
      retryAt: 0,
    };
    this.#own.set(id, own);
    // Nothing comes of those any more, and they are the oldest.
    for (const [old, { tag }] of this.#own) {
      if (this.#own.size <= unsettled) break;
      if (tag === 'delivered' || tag === 'failed') this.#own.delete(old);
    }
    this.#announce(own);
  }

  /** @returns false if nothing can come of it: it isn't a failed one, or somebody has come who wasn't there */
  again(id: ChatMessageId): boolean {
    const own = this.#own.get(id);
    if (own?.tag !== 'failed' || this.#others.length === 0 || !this.#isForAll(own)) return false;
    Object.assign(own, { tag: 'waiting', isDue: true, attempt: 0 });
    this.#announce(own);
    return true;
  }

  /** Whether anything is to be sent. */
  get isDue(): boolean {
    return [...this.#own.values()].some(({ isDue }) => isDue);
  }

  /**
   * What is to be sent now.
   *
   * @param all also what was sent and isn't acknowledged: it may have been lost with the connection
   */
  take(all: boolean, now: number): ChatText[] {
    const due = [...this.#own.values()].filter(({ isDue, tag }) => isDue || (all && tag === 'sent'));
    for (const own of due) {
      own.isDue = false;
      own.retryAt = now + firstRetryMs * 2 ** own.attempt;
      own.attempt += 1;
      if (own.tag === 'sent') continue;
      own.tag = 'sent';
      this.#announce(own);
    }
    const firsts = this.#others.flatMap(({ leaf, leafIndex }) => {
      const sequence = this.#firsts.get(leaf) ?? 1;
      return sequence === 1 ? [] : [{ leafIndex, sequence }];
    });
    return due.map(({ message }) => ({ ...message, firsts }));
  }

  /** @returns whether it's about a message of this leaf's that was for them */
  acknowledge(by: LeafRef, id: ChatMessageId): boolean {
    const own = this.#own.get(id);
    if (own === undefined || own.tag === 'waiting' || !own.readers.has(by.participantId)) return false;
    if (own.acknowledged.has(by.leaf)) return true;
    own.acknowledged.set(by.leaf, by);
    this.#settle(own);
    return true;
  }

  /** The group has other members now. */
  follow(others: readonly PlacedLeaf[]): void {
    this.#others = others;
    this.#firsts = new Map(others.map(({ leaf }) => [leaf, this.#firsts.get(leaf) ?? this.#sequence + 1]));
    for (const own of this.#own.values()) {
      if (own.tag !== 'waiting' && own.tag !== 'sent') continue;
      // It would be sent anew in an epoch that somebody can read for whom it wasn't meant.
      if (!this.#isForAll(own) || others.length === 0) this.#fail(own);
      else if (own.tag === 'sent') this.#settle(own);
    }
  }

  tick(now: number): void {
    for (const own of this.#own.values()) {
      if (own.tag !== 'sent' || own.isDue || now < own.retryAt) continue;
      if (own.attempt >= attempts) this.#fail(own);
      else own.isDue = true;
    }
  }

  clear(): void {
    this.#own.clear();
  }

  #isForAll({ readers }: Own): boolean {
    return this.#others.every(({ participantId }) => readers.has(participantId));
  }

  #awaited({ acknowledged }: Own): LeafRef[] {
    return this.#others
      .filter(({ leaf }) => !acknowledged.has(leaf))
      .map(({ participantId, leaf }) => ({ participantId, leaf }));
  }

  #settle(own: Own): void {
    if (this.#awaited(own).length === 0) Object.assign(own, { tag: 'delivered', isDue: false });
    this.#announce(own);
  }

  #fail(own: Own): void {
    Object.assign(own, { tag: 'failed', isDue: false });
    this.#announce(own);
  }

  #announce(own: Own): void {
    const { message, tag, acknowledged } = own;
    this.#tell({ id: message.id, tag, by: [...acknowledged.values()], awaited: this.#awaited(own) });
  }
}
