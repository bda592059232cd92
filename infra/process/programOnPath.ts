import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where a program of this name would be started from, as a shell finds it; null if it isn't on the path. */
export function programOnPath(name: string, path = process.env['PATH'] ?? ''): string | null {
  // An empty or relative folder would be another one wherever this runs.
  const places = path.split(delimiter).filter((folder) => isAbsolute(folder));
  return places.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
