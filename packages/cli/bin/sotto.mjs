#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first Node that runs the sources as they are. */
const neededMajor = 24;
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'main.ts');
/** Half of a short command's time is taking the types out of the sources. Where it can't be written, nothing is kept. */
const compiled = join(repository, 'node_modules', '.cache', 'sotto');

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  module.enableCompileCache(compiled);
  await import('../src/main.ts');
} else {
  // npm ci puts a newer one beside the other tools, whatever the machine's own is.
  const node = join(repository, 'node_modules', '.bin', 'node');
  if (existsSync(node)) {
    const child = spawn(node, [main, ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: { NODE_COMPILE_CACHE: compiled, ...process.env },
    });
    // From a terminal it gets them itself, too, and counts both as one.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 130);
    });
  } else {
    process.stderr.write(`sotto needs Node ${neededMajor}: run npm ci in the repository, or install it.\n`);
    process.exitCode = 2;
  }
}
