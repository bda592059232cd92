/** A reader of RFC 5424 and RFC 5425 by their grammars alone. */

export interface ReadMessage {
  readonly priority: number;
  readonly timestamp: string;
  readonly host: string;
  readonly app: string;
  readonly process: string;
  readonly id: string;
  readonly structured: readonly { readonly id: string; readonly parameters: readonly (readonly [string, string])[] }[];
  readonly message: string | null;
}

const header =
  /^<(0|[1-9]\d{0,2})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;
const name = /^[!#-<>-\\^-~]{1,32}/;

class Cursor {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  get rest(): string {
    return this.#rest;
  }

  take(pattern: RegExp): RegExpExecArray {
    const found = pattern.exec(this.#rest);
    if (found === null) throw new Error(`no ${pattern.source}`);
    this.#rest = this.#rest.slice(found[0].length);
    return found;
  }

  takes(text: string): boolean {
    if (!this.#rest.startsWith(text)) return false;
    this.#rest = this.#rest.slice(text.length);
    return true;
  }
}

function readElement(cursor: Cursor): ReadMessage['structured'][number] {
  const [id] = cursor.take(name);
  const parameters: [string, string][] = [];
  while (!cursor.takes(']')) {
    const [, key = ''] = cursor.take(/^ ([!#-<>-\\^-~]{1,32})="/);
    // Everything but the three that must be escaped, or one of them behind its backslash.
    const [, value = ''] = cursor.take(/^((?:[^"\\\]]|\\["\\\]])*)"/u);
    parameters.push([key, value.replaceAll(/\\(["\\\]])/g, '$1')]);
  }
  return { id, parameters };
}

/** @throws if the text isn't one message of RFC 5424 section 6 */
export function readMessage(text: string): ReadMessage {
  const cursor = new Cursor(text);
  const [, priority = '', timestamp = '', host = '', app = '', process = '', id = ''] = cursor.take(header);
  if (Number(priority) > 191) throw new Error('priority');
  const structured: ReadMessage['structured'][number][] = [];
  if (!cursor.takes('-')) {
    do {
      cursor.take(/^\[/);
      structured.push(readElement(cursor));
    } while (cursor.rest.startsWith('['));
  }
  if (cursor.rest !== '') cursor.take(/^ /);
  const message = text.endsWith(cursor.rest) && cursor.rest !== '' ? cursor.rest : null;
  return { priority: Number(priority), timestamp, host, app, process, id, structured, message };
}

/** The messages of a stream (RFC 5425 section 4.3); a last one that isn't whole is left out. */
export function readFrames(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = bytes.toString('latin1', at, space === -1 ? bytes.length : space);
    if (!/^[1-9]\d{0,9}$/.test(digits)) throw new Error('no length');
    const end = space + 1 + Number(digits);
    if (space === -1 || end > bytes.length) break;
    messages.push(bytes.toString('utf8', space + 1, end));
    at = end;
  }
  return messages;
}
