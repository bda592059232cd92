import { createHash } from 'node:crypto';

/** Where a witness shows what it cosigned last of a log, below its address. */
export const checkpointPath = (origin: string): string =>
  `/${createHash('sha256').update(origin).digest('hex')}/checkpoint`;
