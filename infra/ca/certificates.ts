import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Authority, ensureAuthority, retiredFolder } from './authority.ts';
import { ensureLeaf, type LeafFiles } from './leaf.ts';
import { type SubjectName, subjectName } from './subjectName.ts';

/** Names by which signaling, the SFU and the api know each other; each side checks the other's. They never are in DNS. */
export const controlNames = {
  signaling: 'signaling.sotto.internal',
  sfu: 'sfu.sotto.internal',
  api: 'api.sotto.internal',
} as const;

/** Names by which the keystore and its only caller know each other. */
const keystoreNames = { keystore: 'keystore.sotto.internal', api: 'api.sotto.internal' } as const;

/**
 * What the authority that people's browsers trust may speak for: this machine, and what only exists inside a home or
 * a clinic (RFC 6761, 6762, 8375; RFC 1918, 3927, 4193, 6598).
 */
const localDns = ['localhost', 'local', 'lan', 'home', 'internal', 'home.arpa', 'intranet'];
const localIp = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

export interface Certificates {
  /** The authority that browsers are to trust. */
  authority: Authority;
  /** What browsers connect to; a key each, so that one process can't speak for the other. */
  web: LeafFiles;
  signaling: LeafFiles;
  /** For signaling's control port, which the SFU and the api dial, by an authority that nothing else trusts. */
  control: { authority: Authority; signaling: LeafFiles; sfu: LeafFiles; api: LeafFiles };
  /** For the keystore's door, by another one still. */
  keystore: { authority: Authority; keystore: LeafFiles; api: LeafFiles };
}

/**
 * Paths of the authority's certificate and of those that it has replaced.
 *
 * @param folder where certificates are kept
 */
export function authorityPaths(folder: string): { current: string; retired: string[] } {
  const base = join(folder, 'ca');
  const retired = existsSync(retiredFolder(base)) ? readdirSync(retiredFolder(base)) : [];
  return { current: `${base}.pem`, retired: retired.map((name) => join(retiredFolder(base), name)) };
}

/**
 * Every certificate that a running system needs, made or renewed as necessary.
 *
 * @param folder where they are kept
 * @param names what browsers will call this machine
 */
export async function ensureCertificates(
  folder: string,
  names: readonly SubjectName[],
  now: Date,
): Promise<Certificates> {
  const outside = (type: SubjectName['type']) => names.filter((name) => name.type === type).map(({ value }) => value);
  const authority = await ensureAuthority({
    base: join(folder, 'ca'),
    name: 'Sotto local authority',
    permitted: {
      dns: [...new Set([...localDns, hostname().toLowerCase(), ...outside('dns')])],
      ip: [...localIp, ...outside('ip').map((address) => `${address}/${address.includes(':') ? 128 : 32}`)],
    },
    needed: names,
    now,
  });
  const inside = (part: string, names: readonly string[]) =>
    ensureAuthority({
      base: join(folder, `${part}-ca`),
      name: `Sotto ${part} authority`,
      permitted: { dns: [...names], ip: [] },
      needed: names.map(subjectName),
      now,
    });
  const control = await inside('control', Object.values(controlNames));
  const keystore = await inside('keystore', Object.values(keystoreNames));
  const forBrowsers = (part: string) =>
    ensureLeaf({ base: join(folder, part), purpose: 'server', names, now }, authority);
  const leaf = (authorityOf: Authority, base: string, name: string, purpose: 'server' | 'client') =>
    ensureLeaf({ base: join(folder, base), purpose, names: [subjectName(name)], now }, authorityOf);
  return {
    authority,
    web: await forBrowsers('web'),
    signaling: await forBrowsers('signaling'),
    control: {
      authority: control,
      signaling: await leaf(control, 'control-signaling', controlNames.signaling, 'server'),
      sfu: await leaf(control, 'control-sfu', controlNames.sfu, 'client'),
      api: await leaf(control, 'control-api', controlNames.api, 'client'),
    },
    keystore: {
      authority: keystore,
      keystore: await leaf(keystore, 'keystore', keystoreNames.keystore, 'server'),
      api: await leaf(keystore, 'keystore-api', keystoreNames.api, 'client'),
    },
  };
}
