import { AuditUsageError } from '../errors.ts';
import { parseVerifierKey } from '../note.ts';
import { nodeTreeHasher } from '../postgres/nodeTreeHasher.ts';
import type { LogTrust } from '../verifyLog.ts';

/** Options that say whom to believe; for `parseArgs`. */
export const trustOptions = {
  'log-key': { type: 'string' },
  'witness-key': { type: 'string', multiple: true },
  'require-witness': { type: 'boolean' },
} as const;

/** @throws AuditUsageError without a log key, AuditFormatError if a key isn't one */
export function readTrust(values: {
  'log-key'?: string | undefined;
  'witness-key'?: string[] | undefined;
  'require-witness'?: boolean | undefined;
}): LogTrust {
  const log = values['log-key'];
  if (log === undefined) throw new AuditUsageError('--log-key is needed: without it any log would do.');
  return {
    log: parseVerifierKey(log, nodeTreeHasher.sha256),
    witnesses: (values['witness-key'] ?? []).map((key) => parseVerifierKey(key, nodeTreeHasher.sha256)),
    requireWitness: values['require-witness'] ?? false,
  };
}
