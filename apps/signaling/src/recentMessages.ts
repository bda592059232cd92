import type { ServerMessage } from '@sotto/protocol/signaling';

type Message = ServerMessage<'mls:application'>;

const caps = { messages: 64, bytes: 512 * 1024 } as const;

/**
 * A group's last application messages. A connection may be dead for a while before anybody notices, and what was sent
 * into it is lost: so whoever resumes is sent again all that they may have missed. MLS drops what comes twice.
 */
export class RecentMessages {
  readonly #kept: { readonly number: number; readonly at: number; readonly message: Message }[] = [];
  #bytes = 0;
  #next = 0;
  /** The newest message that isn't kept any more. */
  #dropped: { readonly number: number; readonly at: number } | null = null;

  /** The number that the next message will have. */
  get next(): number {
    return this.#next;
  }

  /** @param now Unix ms */
  add(message: Message, now: number): void {
    this.#kept.push({ number: this.#next, at: now, message });
    this.#next += 1;
    this.#bytes += message.message.byteLength;
    while (this.#kept.length > caps.messages || this.#bytes > caps.bytes) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) return;
      this.#bytes -= oldest.message.message.byteLength;
      this.#dropped = { number: oldest.number, at: oldest.at };
    }
  }

  /**
   * What is kept from a number on.
   *
   * @param needed Unix ms: if a message of that time or later isn't kept any more, there is no answer
   */
  since(number: number, needed: number): readonly Message[] | undefined {
    if (this.#dropped && this.#dropped.number >= number && this.#dropped.at >= needed) return undefined;
    return this.#kept.filter((one) => one.number >= number).map(({ message }) => message);
  }
}
