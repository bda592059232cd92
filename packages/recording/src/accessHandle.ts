import { RecordingUsageError } from './errors.ts';

/** Of `FileSystemSyncAccessHandle`, which TypeScript's page library leaves out. */
export interface AccessHandle {
  getSize(): number;
  write(octets: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** @throws RecordingUsageError outside of a dedicated worker */
export async function openAccess(file: FileSystemFileHandle): Promise<AccessHandle> {
  if (!canAccess(file)) throw new RecordingUsageError('a spool outside of a worker');
  return file.createSyncAccessHandle();
}

function canAccess(
  file: FileSystemFileHandle,
): file is FileSystemFileHandle & { createSyncAccessHandle(): Promise<AccessHandle> } {
  return 'createSyncAccessHandle' in file && typeof file.createSyncAccessHandle === 'function';
}
