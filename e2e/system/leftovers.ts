import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningSystem } from './runningSystem.ts';
import type { Find, SecretScan } from './secretScan.ts';
import { databases, storedColumns } from './storedRows.ts';

/** As root, the databases' own folders lie elsewhere. */
const linked = ['postgres', 'keystore-postgres'];

/**
 * Looks for what people have typed wherever a system and its browsers have written: logs, the files below its data folder
 * with those of both databases (rows that were deleted, too), each column of both databases, addresses, refusals, sockets and
 * consoles.
 *
 * @returns names of places only
 */
export async function leftIn(system: RunningSystem, scan: SecretScan, traffic = system.traffic): Promise<Find[]> {
  const { dataFolder } = system;
  const real = realpathSync(dataFolder);
  const outside = linked.map((name) => realpathSync(join(dataFolder, name))).filter((path) => !path.startsWith(real));
  const found = [
    ...scan.octetsOf('what the start command wrote', Buffer.from(system.written())),
    ...[real, ...outside].flatMap((folder) => scan.folder(folder)),
    ...(await traffic.found()),
  ];
  for (const database of databases) {
    for (const { place, text } of await storedColumns(system, database)) {
      found.push(...scan.rows(`${database} ${place}`, text));
    }
  }
  return [...new Map(found.map((find) => [`${find.path} ${find.what}`, find])).values()];
}
