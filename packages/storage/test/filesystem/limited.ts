/** Run in a process that may not write files beyond a limit: puts a part that is over it, and then one that isn't. */

import { openFilesystemStore } from '../../src/filesystem/index.ts';
import { StorageError } from '../../src/index.ts';
import { all, freshName, pattern } from '../harness.ts';
import { ticketKey } from './harness.ts';

const [root = ''] = process.argv.slice(2);
const store = await openFilesystemStore({ root, ticketKey, now: () => new Date() });
const code = await store.create(freshName(), pattern(1_000_000)).then(
  ({ tag }) => tag,
  (fault: unknown) => (fault instanceof StorageError ? `${fault.code} ${fault.reason}` : String(fault)),
);
const folders = (await all(store.folders())).length;
const { tag } = await store.create(freshName(), pattern(1000));
process.stdout.write(JSON.stringify({ code, folders, next: tag }));
