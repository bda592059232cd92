import { ConfigurationError, DeniedError, FullError, StorageError, UnavailableError } from '../errors.ts';

/** Whether a fault is the system's with one of these codes. */
export const hasCode = (fault: unknown, ...codes: readonly string[]): boolean =>
  fault instanceof Error && 'code' in fault && typeof fault.code === 'string' && codes.includes(fault.code);

const kinds: Readonly<Record<string, new (reason: string) => StorageError>> = {
  ENOSPC: FullError,
  EDQUOT: FullError,
  EFBIG: FullError,
  EACCES: DeniedError,
  EPERM: DeniedError,
  EROFS: DeniedError,
  // A folder of ours is a link, or no folder: somebody has been at it.
  ELOOP: ConfigurationError,
  ENOTDIR: ConfigurationError,
  ENOTSUP: ConfigurationError,
  EXDEV: ConfigurationError,
};

/**
 * The system's fault as one of ours; anything else as it is. What nothing else is known of means that the disk can't be
 * reached: EIO, ESTALE, too many open files, a root that has gone.
 */
export function storageFault(fault: unknown): unknown {
  if (fault instanceof StorageError || !(fault instanceof Error)) return fault;
  if (!('syscall' in fault) || !('code' in fault) || typeof fault.code !== 'string') return fault;
  return new (kinds[fault.code] ?? UnavailableError)(fault.code);
}

/** Does something with files; what the system says against it comes out as one of ours. */
export async function withFaults<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (fault) {
    throw storageFault(fault);
  }
}
