import type { ChatApplicationMessage } from './applicationMessage.ts';
import { ChatInbox } from './chatInbox.ts';
import { ChatOutbox, type PlacedLeaf } from './chatOutbox.ts';
import {
  type ChatDelivery,
  type ChatMessage,
  type ChatMessageId,
  chatMessageId,
  type SayOutcome,
} from './chatState.ts';
import { faultOf } from './chatText.ts';
import { CallCryptoError } from './errors.ts';
import type { Group } from './group.ts';
import { leafRefOf } from './leafMember.ts';
import { toBase64url } from './octets.ts';
import type { LeafRef } from './outcomes.ts';

const idOctets = 16;
/** In one message. */
const acknowledgements = 64;

export interface ChatOptions {
  /** Monotonic, in ms. */
  now: () => number;
  /** Octets that nobody can guess. */
  random: (length: number) => Uint8Array<ArrayBuffer>;
  tell: (message: ChatMessage) => void;
  tellDelivery: (delivery: ChatDelivery) => void;
  /** `messages` has something to be sent. */
  due: () => void;
}

/** Texts within the group; SPEC.md section 6.2. All that is taken here comes from members whose signature MLS verified. */
export class Chat {
  readonly #options: ChatOptions;
  readonly #inbox: ChatInbox;
  readonly #outbox: ChatOutbox;
  /** To be acknowledged. */
  #received: { leaf: LeafRef['leaf']; id: ChatMessageId }[] = [];

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#inbox = new ChatInbox(options.tell);
    this.#outbox = new ChatOutbox(options.tellDelivery);
  }

  say(text: string): SayOutcome {
    const now = this.#options.now();
    const reason = faultOf(text) ?? this.#outbox.refusal(now);
    if (reason !== null) return { tag: 'refused', reason };
    const id = chatMessageId.parse(toBase64url(this.#options.random(idOctets)));
    this.#outbox.add(id, text, now);
    this.#options.due();
    return { tag: 'queued', id };
  }

  /** @throws CallCryptoError `wrongState` unless it has failed and everybody in the group was there when it was said */
  sayAgain(id: ChatMessageId): void {
    if (!this.#outbox.again(id)) throw new CallCryptoError('wrongState');
    this.#options.due();
  }

  /** @returns whether it was of any use */
  take(by: LeafRef, own: PlacedLeaf, message: ChatApplicationMessage): boolean {
    switch (message.type) {
      case 'chatText': {
        const taken = this.#inbox.take(by, own.leafIndex, message.body, this.#options.now());
        if (taken === 'refused') return false;
        this.#received.push({ leaf: by.leaf, id: message.body.id });
        this.#options.due();
        return true;
      }
      case 'chatReceived': {
        const ours = message.body.received.filter(({ leaf }) => leaf === own.leaf);
        return ours.filter(({ id }) => this.#outbox.acknowledge(by, id)).length > 0;
      }
    }
  }

  /**
   * What is to be sent now, in this order.
   *
   * @param again also all that isn't acknowledged: it may have been lost with the connection
   */
  messages(again: boolean): ChatApplicationMessage[] {
    const received = this.#received.splice(0, acknowledgements);
    const texts = this.#outbox.take(again, this.#options.now());
    if (this.#received.length > 0) this.#options.due();
    return [
      ...(received.length > 0 ? [{ type: 'chatReceived', body: { received } } as const] : []),
      ...texts.map((body) => ({ type: 'chatText', body }) as const),
    ];
  }

  /** Another epoch, or another group. */
  follow(group: Pick<Group, 'roster' | 'ownIndex'>): void {
    const others = group.roster
      .filter(({ leafIndex }) => leafIndex !== group.ownIndex)
      .map((leaf) => ({ ...leafRefOf(leaf), leafIndex: leaf.leafIndex }));
    const present = new Set(others.map(({ leaf }) => leaf));
    this.#inbox.keep(present);
    this.#received = this.#received.filter(({ leaf }) => present.has(leaf));
    this.#outbox.follow(others);
  }

  /** This leaf is in no group any more. */
  leave(): void {
    this.#received = [];
    this.#inbox.keep(new Set());
    this.#outbox.follow([]);
  }

  /** To be called about once a second. */
  tick(): void {
    const now = this.#options.now();
    this.#inbox.tick(now);
    this.#outbox.tick(now);
    if (this.#outbox.isDue) this.#options.due();
  }

  clear(): void {
    this.#received = [];
    this.#inbox.clear();
    this.#outbox.clear();
  }
}
