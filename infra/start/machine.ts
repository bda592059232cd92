import { existsSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { StartError } from '../errors.ts';
import { type Target, thisMachine } from '../worker/target.ts';

/** What Sotto finds itself on. */
export interface Machine extends Target {
  /** Kernel release, such as `6.1.0-18-amd64`. */
  kernel: string;
  /** Bytes that can still be allocated, by this process's limits too. */
  memory: number;
}

const GiB = 1024 ** 3;
/** Building the client takes 0.8 GB beside a running database; the running system takes less. */
const neededMemory = 1.2 * GiB;
const neededDisk = 1 * GiB;

/** Oldest kernel and glibc that Node 24 is built for. */
const oldest = { kernel: [4, 18], glibc: [2, 28] } as const;

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, a = '0', b = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(a) < major || (Number(a) === major && Number(b) < minor);
}

export function thisHost(): Machine {
  return { ...thisMachine(), kernel: release(), memory: process.availableMemory() };
}

/**
 * Refuses a machine that Sotto can't run on.
 *
 * @throws StartError that says what is missing
 */
export function requireMachine(machine: Machine): void {
  const { platform, arch, libc, kernel, memory } = machine;
  if (!['linux', 'darwin'].includes(platform) || !['x64', 'arm64'].includes(arch)) {
    throw new StartError(
      `Sotto runs on Linux and macOS with x64 or arm64, not on ${platform}-${arch}: use such a machine.`,
    );
  }
  if (platform === 'linux') {
    if (isOlder(kernel, oldest.kernel)) {
      throw new StartError(
        `This kernel is ${kernel}; Sotto needs Linux ${oldest.kernel.join('.')} or newer: update the system.`,
      );
    }
    if (libc === 'musl') {
      throw new StartError(
        'This Linux has no glibc (as Alpine), which PostgreSQL and Node need here: use Debian, Ubuntu or Fedora.',
      );
    }
    if (isOlder(libc, oldest.glibc)) {
      throw new StartError(
        `The C library is ${libc}; Sotto needs glibc ${oldest.glibc.join('.')} or newer: update the system.`,
      );
    }
  }
  if (memory < neededMemory) {
    const free = (memory / GiB).toFixed(1);
    throw new StartError(
      `Only ${free} GB of memory are free and Sotto needs 1.2 GB: close some programs or add memory.`,
    );
  }
}

/** Free bytes for us on the disk of a folder, or of the nearest one above it that exists. */
function freeBytes(folder: string): number {
  let there = folder;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return bavail * bsize;
}

/**
 * Refuses to begin on a disk that would be full before the end.
 *
 * @param folders where much will be written
 * @throws StartError that names the folder
 */
export function requireDisk(folders: readonly string[], free: (folder: string) => number = freeBytes): void {
  for (const folder of folders) {
    if (free(folder) < neededDisk) {
      throw new StartError(
        `Less than 1 GB is free on the disk of ${folder}: free some space, or choose another place.`,
      );
    }
  }
}
