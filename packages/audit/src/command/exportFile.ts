import { type FileHandle, open } from 'node:fs/promises';
import { type ExportHeader, parseExportHeader } from '../exportLine.ts';

/** Longer than any line may be: what goes on for so long without an end is cut there, and then is no line. */
const longestLine = 1 << 18;
/** As long as most are. */
const usualLine = 1 << 13;
const rangeBytes = 1 << 22;
const newline = 10;
const none = Buffer.alloc(0);

/** A part of a file: the lines that begin in it. */
export interface FileRange {
  readonly start: number;
  readonly end: number;
}

/** An exported log (SPEC.md section 7) that is open; it may be open in several threads. */
export class ExportFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<ExportFile> {
    return new ExportFile(await open(path));
  }

  /** @throws AuditFormatError if the file doesn't begin with a header */
  async header(): Promise<ExportHeader> {
    return parseExportHeader(await this.#firstLine());
  }

  /** The lines behind the header, in parts of a size to be read at once. */
  async ranges(): Promise<FileRange[]> {
    const { size } = await this.#file.stat();
    const first = Buffer.byteLength(await this.#firstLine()) + 1;
    return Array.from({ length: Math.max(Math.ceil((size - first) / rangeBytes), 0) }, (_, i) => {
      const start = first + i * rangeBytes;
      return { start, end: Math.min(start + rangeBytes, size) };
    });
  }

  async #firstLine(): Promise<string> {
    const bytes = await this.#read(0, longestLine);
    const end = bytes.indexOf(newline);
    return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
  }

  /** The lines that begin in the range; nothing if none does. */
  async lines(range: FileRange): Promise<Buffer> {
    return (await this.#lines(range, usualLine)) ?? (await this.#lines(range, longestLine)) ?? none;
  }

  /** @returns null if the last line goes on behind `reach`, unless that is the longest */
  async #lines({ start, end }: FileRange, reach: number): Promise<Buffer | null> {
    // From the byte before: whether it ends a line says whether one begins here.
    const bytes = await this.#read(start - 1, end + reach);
    const before = bytes.indexOf(newline);
    if (before === -1 || start + before >= end) return none;
    const last = bytes.indexOf(newline, end - start);
    if (last !== -1) return bytes.subarray(before + 1, last + 1);
    return reach < longestLine && bytes.length === end + reach - start + 1 ? null : bytes.subarray(before + 1);
  }

  async #read(start: number, end: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, length, buffer.length - length, start + length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
