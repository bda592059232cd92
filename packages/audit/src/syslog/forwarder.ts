import { AuditFormatError } from '../errors.ts';
import type { LoggedLeaf } from '../exportLine.ts';
import { readOrNull, replaceDurably } from '../node/durableFile.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { openedEntry } from '../openedEntry.ts';
import { deliver, type SyslogCollector } from './delivery.ts';
import { framed, type SyslogOrigin, toSyslogMessage } from './message.ts';

/** Entries that one connection takes. */
const atOnce = 500;

/** What is read of a log. */
export interface ForwardedLog {
  size(): Promise<number>;
  /** Leaves from one place up to another, in order. */
  range(start: number, end: number): Promise<readonly LoggedLeaf[]>;
}

export interface SyslogForwarderPorts {
  readonly log: ForwardedLog;
  readonly origin: SyslogOrigin;
  readonly collector: SyslogCollector;
  /** Where it is remembered how far the collector has the log. */
  readonly cursorFile: string;
}

/**
 * Sends a log on, from the log itself: each entry at least once, in order, with its place by which a collector knows one that
 * came twice. What was erased before it was sent isn't sent.
 */
export class SyslogForwarder {
  readonly #ports: SyslogForwarderPorts;

  constructor(ports: SyslogForwarderPorts) {
    this.#ports = ports;
  }

  /**
   * Sends what the collector hasn't got. One call at a time.
   *
   * @returns how many entries
   * @throws AuditFormatError if the file isn't of this log, or an entry doesn't say what was logged; else what the connection or
   *   the database met. What was sent until then is remembered.
   */
  async forward(): Promise<number> {
    const { log } = this.#ports;
    const size = await log.size();
    const first = await this.#through();
    if (first > size) throw new AuditFormatError('export', 'a log with fewer entries than were sent');
    let sent = 0;
    for (let start = first; start < size; start += atOnce) {
      const end = Math.min(start + atOnce, size);
      sent += await this.#send(await log.range(start, end));
      await replaceDurably(this.#ports.cursorFile, this.#cursor(end));
    }
    return sent;
  }

  async #send(leaves: readonly LoggedLeaf[]): Promise<number> {
    const { origin, collector } = this.#ports;
    const messages = leaves.flatMap((leaf) => messageOf(leaf, origin));
    if (messages.length > 0) await deliver(collector, messages.join(''));
    return messages.length;
  }

  #cursor(through: number): string {
    return `sotto syslog v1 ${this.#ports.origin.log} ${through}\n`;
  }

  async #through(): Promise<number> {
    const bytes = await readOrNull(this.#ports.cursorFile);
    if (bytes === null) return 0;
    const text = bytes.toString('latin1');
    const through = Number(/ (\d{1,15})\n$/.exec(text)?.[1]);
    if (text !== this.#cursor(through)) throw new AuditFormatError('export', 'no place in this log');
    return through;
  }
}

function messageOf(leaf: LoggedLeaf, origin: SyslogOrigin): string[] {
  const placed = openedEntry(leaf, nodeTreeHasher);
  return placed === null ? [] : [framed(toSyslogMessage(placed, origin))];
}
