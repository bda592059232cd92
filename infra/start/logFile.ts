import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { hasCode } from '../files/atomicFile.ts';

/** A full log is put aside under `.1`, over the one before: two times this much is kept. */
const maxBytes = 8 * 1024 * 1024;

/** A log that is appended to, never grows without end, and that only its owner may read. */
export interface LogFile {
  /** Never throws: what can't be written is lost, since the system must outlive a full disk. */
  write(chunk: string): void;
}

interface Opened {
  descriptor: number;
  size: number;
}

function open(path: string): Opened {
  const descriptor = openSync(path, 'a', 0o600);
  return { descriptor, size: fstatSync(descriptor).size };
}

function sentence(path: string, fault: unknown): string {
  const isFull = hasCode(fault, 'ENOSPC') || hasCode(fault, 'EDQUOT');
  const why = isFull ? 'The disk is full: free some space.' : 'A log can not be written: look after its disk.';
  return `${why} Until then ${path} misses lines.`;
}

/**
 * @param report told in one sentence when lines begin to be lost, and again only after some could be written
 * @throws the system's error if the file can't be opened
 */
export function openLogFile(path: string, report: (line: string) => void): LogFile {
  let file: Opened | undefined = open(path);
  let isLosing = false;

  const close = () => {
    const opened = file;
    file = undefined;
    if (opened) closeSync(opened.descriptor);
  };
  const append = (chunk: string) => {
    if (file && file.size > maxBytes) {
      renameSync(path, `${path}.1`);
      close();
    }
    file ??= open(path);
    file.size += writeSync(file.descriptor, chunk);
  };

  return {
    write: (chunk) => {
      try {
        append(chunk);
        isLosing = false;
      } catch (fault) {
        if (!isLosing) report(sentence(path, fault));
        isLosing = true;
      }
    },
  };
}
