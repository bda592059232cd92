/** Creates a part, says so, and never comes to the end of the next one. Run as a process that is killed then. */

import { openFilesystemStore } from '../../src/filesystem/index.ts';
import type { PartName } from '../../src/index.ts';
import { inSeconds, pattern } from '../harness.ts';
import { ticketKey } from './harness.ts';

const [root = '', first, second] = process.argv.slice(2);
const store = await openFilesystemStore({ root, ticketKey, now: () => new Date() });
await store.create(first as PartName, pattern(5000), { retainUntil: inSeconds(60) });

async function* endless() {
  yield pattern(5000);
  process.send?.('written');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
await store.create(second as PartName, endless());
