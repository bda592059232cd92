import { decodeBase64url, holds, utf8 } from '../bytes.ts';
import { saltLength } from '../entry.ts';
import type { LoggedContent, LoggedLeaf } from '../exportLine.ts';
import { hashLength } from '../treeHasher.ts';

const lineStart = utf8('{"commitment":"');
const entryStart = utf8('","entry":');
const indexStart = utf8(',"index":');
const saltStart = utf8(',"salt":"');
const lineEnd = utf8('"}');
const hashCharacters = 43;
const digit0 = 0x30;

/** The leaf of the line that was read last: a million new ones would be most of the work. */
export class LeafLine implements LoggedLeaf {
  index = 0;
  readonly commitment = new Uint8Array(hashLength);
  readonly content: LoggedContent & { encoded: Uint8Array } = {
    encoded: new Uint8Array(),
    salt: new Uint8Array(saltLength),
  };

  /**
   * Reads the line of a leaf with its entry (SPEC.md section 7) from the bytes of an export. Looks at nothing of the
   * entry. What it refuses is for `parseLeafLine` to judge.
   *
   * @returns whether it is one; if not, what was read last is lost
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const entryAt = start + lineStart.length + hashCharacters + entryStart.length;
    const saltAt = end - lineEnd.length - hashCharacters;
    const indexEnd = saltAt - saltStart.length;
    const indexAt = this.#readIndex(bytes, indexEnd);
    const entryEnd = indexAt - indexStart.length;
    if (entryEnd < entryAt) return false;
    this.content.encoded = bytes.subarray(entryAt, entryEnd);
    return (
      holds(bytes, start, lineStart) &&
      holds(bytes, entryAt - entryStart.length, entryStart) &&
      holds(bytes, entryEnd, indexStart) &&
      holds(bytes, indexEnd, saltStart) &&
      holds(bytes, end - lineEnd.length, lineEnd) &&
      decodeBase64url(bytes, start + lineStart.length, hashCharacters, this.commitment, 0) &&
      decodeBase64url(bytes, saltAt, hashCharacters, this.content.salt, 0)
    );
  }

  /** Reads the digits that end there. @returns where they begin; -1 if it isn't the one spelling of a number */
  #readIndex(bytes: Uint8Array, end: number): number {
    let value = 0;
    let at = end;
    for (let place = 1; place <= Number.MAX_SAFE_INTEGER; place *= 10) {
      const digit = (bytes[at - 1] ?? 0) - digit0;
      if (digit < 0 || digit > 9) break;
      value += digit * place;
      at -= 1;
    }
    this.index = value;
    const isSpelledOnce = at < end && (end - at === 1 || bytes[at] !== digit0);
    return isSpelledOnce && value <= Number.MAX_SAFE_INTEGER ? at : -1;
  }
}
