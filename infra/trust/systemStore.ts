import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { readIfThere } from '../files/atomicFile.ts';
import type { AuthorityFile } from './authorityFile.ts';
import { runAsRoot } from './rootCommand.ts';
import type { TrustStore } from './trustStore.ts';

/** A Linux distribution's folder for authorities, and the command that takes in what lies there. */
interface AnchorFolder {
  folder: string;
  extension: string;
  refresh: readonly [string, ...string[]];
}

const anchorFolders: readonly AnchorFolder[] = [
  // Debian, Ubuntu
  { folder: '/usr/local/share/ca-certificates', extension: 'crt', refresh: ['update-ca-certificates'] },
  // Fedora, RHEL
  { folder: '/etc/pki/ca-trust/source/anchors', extension: 'pem', refresh: ['update-ca-trust', 'extract'] },
  // Arch
  { folder: '/etc/ca-certificates/trust-source/anchors', extension: 'crt', refresh: ['trust', 'extract-compat'] },
  // SUSE
  { folder: '/usr/share/pki/trust/anchors', extension: 'pem', refresh: ['update-ca-certificates'] },
];

const name = 'System';

/** A store that is a folder of PEM files. */
export function anchorStore({ folder, extension, refresh }: AnchorFolder): TrustStore {
  const fileOf = (authority: AuthorityFile) => join(folder, `sotto-${authority.tag}.${extension}`);
  return {
    name,
    contains: async (authority) => readIfThere(fileOf(authority)) === authority.pem,
    add: async (authority) => {
      if (readIfThere(fileOf(authority)) === authority.pem) return { tag: 'already' };
      return runAsRoot([['install', '-m', '644', authority.path, fileOf(authority)], refresh]);
    },
    remove: async (authority) => {
      if (!existsSync(fileOf(authority))) return { tag: 'already' };
      return runAsRoot([['rm', fileOf(authority)], refresh]);
    },
  };
}

const keychain = '/Library/Keychains/System.keychain';

const macStore: TrustStore = {
  name: 'System keychain',
  contains: async ({ pem }) => getCACertificates('system').some((each) => each.trim() === pem.trim()),
  add: async (authority) => {
    if (await macStore.contains(authority)) return { tag: 'already' };
    return runAsRoot([['security', 'add-trusted-cert', '-d', '-r', 'trustRoot', '-k', keychain, authority.path]]);
  },
  remove: async (authority) => {
    if (!(await macStore.contains(authority))) return { tag: 'already' };
    return runAsRoot([
      ['security', 'remove-trusted-cert', '-d', authority.path],
      ['security', 'delete-certificate', '-c', authority.name, keychain],
    ]);
  },
};

const unknownStore: TrustStore = {
  name,
  contains: async () => false,
  add: async ({ path }) => ({ tag: 'skipped', sentence: `this system's store is not known here; add ${path} to it` }),
  remove: async () => ({ tag: 'already' }),
};

/** The operating system's own store. */
export function systemStore(): TrustStore {
  if (process.platform === 'darwin') return macStore;
  const found = anchorFolders.find(({ folder }) => existsSync(folder));
  return found ? anchorStore(found) : unknownStore;
}
