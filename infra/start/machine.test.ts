import { describe, expect, it } from 'vitest';
import { type Machine, requireDisk, requireMachine, thisHost } from './machine.ts';

const good: Machine = {
  platform: 'linux',
  arch: 'x64',
  libc: 'glibc2.36',
  kernel: '6.1.0-18-amd64',
  memory: 4 * 1024 ** 3,
};

describe('the machine', () => {
  it('is this one, as far as the tests run', () => {
    expect(() => requireMachine({ ...thisHost(), memory: good.memory })).not.toThrow();
  });

  it.each<[Partial<Machine>]>([
    [{}],
    [{ arch: 'arm64' }],
    [{ kernel: '4.18.0-553.el8' }],
    [{ libc: 'glibc2.28' }],
    [{ platform: 'darwin', libc: '', kernel: '24.1.0', arch: 'arm64' }],
  ])('is good enough with %j', (difference) => {
    expect(() => requireMachine({ ...good, ...difference })).not.toThrow();
  });

  it.each<[Partial<Machine>, RegExp]>([
    [{ kernel: '4.4.0-210-generic' }, /^This kernel is 4\.4\.0-210-generic; Sotto needs Linux 4\.18 or newer/],
    [{ kernel: '3.10.0-1160.el7.x86_64' }, /Linux 4\.18 or newer: update the system/],
    [{ libc: 'glibc2.17' }, /^The C library is glibc2\.17; Sotto needs glibc 2\.28/],
    [{ libc: 'musl' }, /use Debian, Ubuntu or Fedora/],
    [{ arch: 'ia32' }, /not on linux-ia32/],
    [{ platform: 'win32', libc: '' }, /not on win32-x64/],
    [{ memory: 900 * 1024 ** 2 }, /^Only 0\.9 GB of memory are free and Sotto needs 1\.2 GB: close some programs/],
  ])('is refused with %j', (difference, sentence) => {
    expect(() => requireMachine({ ...good, ...difference })).toThrow(sentence);
  });

  it('needs room on every disk that will be written to', () => {
    const free = (folder: string) => (folder === '/full' ? 1024 : 50 * 1024 ** 3);
    expect(() => requireDisk(['/data', '/cache'], free)).not.toThrow();
    expect(() => requireDisk(['/data', '/full'], free)).toThrow(
      /^Less than 1 GB is free on the disk of \/full: free some/,
    );
    expect(() => requireDisk(['/does/not/exist/yet'])).not.toThrow();
  });
});
