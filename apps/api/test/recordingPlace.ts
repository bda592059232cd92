import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PartName } from '@sotto/storage';
import { initialiseFilesystemStore, openFilesystemStore } from '@sotto/storage/filesystem';
import type { RecordingStorage } from '../src/recordingStorage.ts';

/** Where a clinic's recordings are kept, and what may happen to them there. */
export interface RecordingPlace {
  /** The storage as the api has it. @param now the clinic's clock */
  open(now: () => Date): Promise<RecordingStorage>;
  /** What `npx sotto vault verify` takes for it. */
  readonly named: string;
  /** What whoever runs it can do, past the api: reads a part, puts other bytes in its place, takes it away. */
  read(name: PartName): Promise<Buffer>;
  replace(name: PartName, octets: Uint8Array): Promise<void>;
  take(name: PartName): Promise<void>;
  /** Has it go away now, in the middle of what is going on, and gives back a way to bring it back. */
  takeDown(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** What isn't the place's to say. */
export const storageDefaults = { retentionDays: null, abandonDays: 30, onFault: () => undefined } as const;

/** A folder of its own. */
export async function folderPlace(): Promise<RecordingPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-recordings-'));
  const root = join(folder, 'store');
  await initialiseFilesystemStore(root);
  const path = (name: PartName) => join(root, 'parts', name);
  return {
    named: root,
    async open(now) {
      const store = await openFilesystemStore({ root, ticketKey: randomBytes(32), now });
      return { ...storageDefaults, store, redeem: (...given) => store.redeem(...given), origin: null };
    },
    read: (name) => readFile(path(name)),
    async replace(name, octets) {
      await mkdir(dirname(path(name)), { recursive: true, mode: 0o700 });
      await writeFile(path(name), octets, { mode: 0o600 });
    },
    take: (name) => rm(path(name)),
    async takeDown() {
      await rename(root, `${root}.away`);
      return () => rename(`${root}.away`, root);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
