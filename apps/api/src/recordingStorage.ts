import { type Result, refused } from '@sotto/protocol/result';
import { type ObjectStore, StorageError } from '@sotto/storage';
import type { FilesystemStore } from '@sotto/storage/filesystem';

/** Where the sealed bytes of recordings are kept. */
export interface RecordingStorage {
  readonly store: ObjectStore;
  /** Takes what is put by a ticket of the api's own; null where the store gives tickets itself. */
  readonly redeem: FilesystemStore['redeem'] | null;
  /** Origin to which browsers upload by the store's own tickets; null where they don't. */
  readonly origin: string | null;
  /** How long a registered recording is retained; null: for no longer than anything else. */
  readonly retentionDays: number | null;
  /** An upload that was begun this long ago and never handed in is given up. */
  readonly abandonDays: number;
  /** Told of all that the store didn't do. */
  readonly onFault: (fault: unknown) => void;
}

/** Does something with the store; what it can't do now is `unavailable`. */
export async function withStorage<T>(
  { onFault }: Pick<RecordingStorage, 'onFault'>,
  act: () => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await act();
  } catch (fault) {
    if (!(fault instanceof StorageError) || fault.code === 'argument') throw fault;
    onFault(fault);
    return refused('unavailable');
  }
}
