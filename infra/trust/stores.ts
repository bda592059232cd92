import { homedir } from 'node:os';
import { readAuthority } from './authorityFile.ts';
import { nssStores } from './nssStore.ts';
import { systemStore } from './systemStore.ts';
import type { TrustStore } from './trustStore.ts';

/** Every store on this machine that a browser of this person may ask. */
export function allStores(home = homedir()): TrustStore[] {
  return [systemStore(), ...nssStores(home)];
}

/** Whether every store trusts the authority whose certificate lies at the path. */
export async function isTrusted(path: string, stores: readonly TrustStore[] = allStores()): Promise<boolean> {
  const authority = readAuthority(path);
  const answers = await Promise.all(stores.map((store) => store.contains(authority)));
  return answers.every((answer) => answer);
}
