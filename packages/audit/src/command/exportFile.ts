import { createReadStream } from 'node:fs';
import { AuditFormatError } from '../errors.ts';
import { type ExportHeader, parseExportHeader } from '../exportLine.ts';

/** Longer than any line may be: what goes on for so long without an end isn't read into memory. */
const maxPending = 1 << 20;
const chunkBytes = 1 << 19;

/** An exported log (SPEC.md section 7) that has been opened. */
export interface ExportFile {
  readonly header: ExportHeader;
  /** The lines behind the header, some hundreds at a time, without the last one's end. */
  readonly chunks: AsyncIterable<string>;
}

/** @throws AuditFormatError if the file doesn't begin with a header, or (while it is read) a line has no end */
export async function openExport(path: string): Promise<ExportFile> {
  const chunks = chunksOf(path);
  const first = await chunks.next();
  const text = first.done ? '' : first.value;
  const end = text.includes('\n') ? text.indexOf('\n') : text.length;
  return { header: parseExportHeader(text.slice(0, end)), chunks: rest(text.slice(end + 1), chunks) };
}

async function* rest(text: string, chunks: AsyncIterable<string>): AsyncGenerator<string> {
  if (text !== '') yield text;
  yield* chunks;
}

async function* chunksOf(path: string): AsyncGenerator<string> {
  let pending = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: chunkBytes })) {
    const text = pending + String(chunk);
    const end = text.lastIndexOf('\n');
    pending = text.slice(end + 1);
    if (pending.length > maxPending) throw new AuditFormatError('export', 'line too long');
    if (end >= 0) yield text.slice(0, end);
  }
  if (pending !== '') yield pending;
}
