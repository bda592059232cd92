import type { LogTrust } from '../checkpointTrust.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { type NoteKeyType, noteKeyTypes, parseVerifierKey, type VerifierKey } from '../note.ts';

/** Options that say whom to believe; for `parseArgs`. */
export const trustOptions = {
  'log-key': { type: 'string' },
  'witness-key': { type: 'string', multiple: true },
  'require-witness': { type: 'boolean' },
} as const;

/** @throws AuditUsageError without a log key, or if a key isn't one */
export function readTrust(values: {
  'log-key'?: string | undefined;
  'witness-key'?: string[] | undefined;
  'require-witness'?: boolean | undefined;
}): LogTrust {
  const log = values['log-key'];
  if (log === undefined) throw new AuditUsageError('--log-key is needed: without it any log would do.');
  return {
    log: readKey(log, noteKeyTypes.ed25519, '--log-key'),
    witnesses: (values['witness-key'] ?? []).map((key) => readKey(key, noteKeyTypes.cosignatureV1, '--witness-key')),
    requireWitness: values['require-witness'] ?? false,
  };
}

/** @throws AuditUsageError */
export function readKey(text: string, type: NoteKeyType, option: string): VerifierKey {
  try {
    const key = parseVerifierKey(text, nodeTreeHasher.sha256);
    if (key.type === type) return key;
  } catch (error) {
    if (!(error instanceof AuditFormatError)) throw error;
  }
  throw new AuditUsageError(`${option} isn't such a key: NAME+ID+KEY, as the one who signs says it.`);
}
