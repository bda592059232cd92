import type { LeafThumbprint } from '@sotto/protocol/ids';
import type { ChatFirst, ChatMessage, ChatMessageId } from './chatState.ts';
import type { LeafRef } from './outcomes.ts';

/** What a member says, as it stands in a message. */
export interface ChatText {
  id: ChatMessageId;
  sequence: number;
  firsts: ChatFirst[];
  text: string;
}

/** How long messages wait for those before them. */
const gapMs = 5_000;
/** How many of one leaf wait. */
const waitingMessages = 32;
/** New messages of one leaf that are taken: more than an honest one sends, so that what is late gets through. */
const burst = 40;
const burstMs = 10_000;
/** Names that are remembered, to tell a message that comes again from another one under its number. */
const remembered = 256;

interface Sender {
  readonly ref: LeafRef;
  /** What came before it wasn't meant for this leaf, though it may come. */
  readonly first: number;
  /** The lowest number that hasn't been told and isn't given up. */
  next: number;
  readonly waiting: Map<number, { message: ChatText; at: number }>;
  /** Numbers below `next` that never came. */
  readonly missing: Set<number>;
  readonly known: Map<number, ChatMessageId>;
  arrivals: number[];
}

export type Taken =
  /** Told to the page now, or by then: to be acknowledged. */
  | 'new'
  | 'again'
  /** Too much at once, or it contradicts another one: as if it hadn't come. */
  | 'refused';

/** The members' texts: each told once, in its sender's order, with what is missing. */
export class ChatInbox {
  readonly #tell: (message: ChatMessage) => void;
  readonly #senders = new Map<LeafThumbprint, Sender>();

  constructor(tell: (message: ChatMessage) => void) {
    this.#tell = tell;
  }

  /** @param ownIndex of this leaf */
  take(ref: LeafRef, ownIndex: number, message: ChatText, now: number): Taken {
    const { sequence, firsts, id } = message;
    const first = firsts.find(({ leafIndex }) => leafIndex === ownIndex)?.sequence ?? 1;
    const sender = this.#senders.get(ref.leaf) ?? makeSender(ref, first);
    const known = sender.known.get(sequence);
    if (known !== undefined) return known === id ? 'again' : 'refused';
    if ([...sender.known.values()].includes(id)) return 'refused';
    const isLate = sequence < sender.next;
    // Told so long ago that its name is forgotten: that is all it can be.
    if (isLate && sequence >= sender.first && !sender.missing.has(sequence)) return 'again';
    sender.arrivals = sender.arrivals.filter((at) => now - at < burstMs);
    if (sender.arrivals.length >= burst) return 'refused';
    if (!isLate && sender.waiting.size >= waitingMessages && sequence !== sender.next) return 'refused';
    sender.arrivals.push(now);
    this.#senders.set(ref.leaf, sender);
    remember(sender, sequence, id);
    if (isLate) {
      sender.missing.delete(sequence);
      this.#tell({ from: ref, id, text: message.text, missing: 0, isLate: sender.next > sender.first });
    } else {
      sender.waiting.set(sequence, { message, at: now });
      this.#drain(sender, now);
    }
    return 'new';
  }

  /** To be called about once a second. */
  tick(now: number): void {
    for (const sender of this.#senders.values()) this.#drain(sender, now);
  }

  /** Of all other leaves nothing more comes; what waited is told. */
  keep(leaves: ReadonlySet<LeafThumbprint>): void {
    for (const [leaf, sender] of this.#senders) {
      if (leaves.has(leaf)) continue;
      this.#drain(sender, Number.POSITIVE_INFINITY);
      this.#senders.delete(leaf);
    }
  }

  clear(): void {
    this.#senders.clear();
  }

  #drain(sender: Sender, now: number): void {
    for (;;) {
      const first = Math.min(...sender.waiting.keys());
      const waiting = sender.waiting.get(first);
      if (waiting === undefined) return;
      if (first !== sender.next && now - waiting.at < gapMs) return;
      const missing = first - sender.next;
      for (let number = Math.max(sender.next, first - remembered); number < first; number += 1) {
        sender.missing.add(number);
      }
      for (const number of sender.missing) if (number < first - remembered) sender.missing.delete(number);
      sender.next = first + 1;
      sender.waiting.delete(first);
      const { id, text } = waiting.message;
      this.#tell({ from: sender.ref, id, text, missing, isLate: false });
    }
  }
}

function makeSender(ref: LeafRef, first: number): Sender {
  return { ref, first, next: first, waiting: new Map(), missing: new Set(), known: new Map(), arrivals: [] };
}

function remember(sender: Sender, sequence: number, id: ChatMessageId): void {
  sender.known.set(sequence, id);
  const oldest = sender.known.keys().next();
  if (sender.known.size > remembered && oldest.done === false) sender.known.delete(oldest.value);
}
