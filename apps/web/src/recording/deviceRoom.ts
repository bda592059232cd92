/** About ten minutes of two people: with less, a recording isn't begun. */
const leastOctets = 256 * 1024 ** 2;

type Estimator = Pick<StorageManager, 'estimate'>;
type Keeper = Pick<StorageManager, 'persist'>;

/** Whether there is room to begin a recording; also where the browser doesn't say how much. */
export async function hasRoom(storage: Estimator = navigator.storage): Promise<boolean> {
  const { quota, usage } = await storage.estimate().catch((): StorageEstimate => ({}));
  return quota === undefined || quota - (usage ?? 0) >= leastOctets;
}

/**
 * Asks the browser not to clear what is kept here when the device runs short of room. It may say no; then what isn't
 * stored yet is as safe as the browser keeps it by itself.
 */
export async function keepStorage(storage: Keeper = navigator.storage): Promise<boolean> {
  return storage.persist().catch(() => false);
}

/** Whether this browser can keep what it records. */
export function canRecord(): boolean {
  return (
    'storage' in navigator &&
    'getDirectory' in navigator.storage &&
    'FileSystemFileHandle' in globalThis &&
    'indexedDB' in globalThis &&
    'locks' in navigator
  );
}
