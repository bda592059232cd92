import type { DirectoryTrust } from '@sotto/e2ee';
import type { ClientConfig } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { ClinicianStatement } from '@sotto/protocol/keystore';
import { type Directory, directory, type KeystoreIdentity, keystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { checkDirectory, livingPasskeys } from '../keystore/directory.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import { comparePins, type PinStorage, type Pins, rememberedPins } from '../keystore/pins.ts';
import { mustProve } from './proofDemand.ts';

/** What this browser knows of the clinic's clinicians when a leaf begins. */
export interface ClinicDirectory {
  /** Null where no keystore is known: then nobody's proof can be judged. */
  readonly trust: DirectoryTrust | null;
  /** The clinic demands a proof of each physician, or did once. */
  readonly requiresProof: boolean;
  /** Entries of somebody's passkeys that count. */
  readonly entriesOf: (staff: StaffId) => readonly ClinicianStatement[];
}

/** A visit doesn't wait longer than this for the keystore: what is remembered of it goes on. */
const timeoutMs = 4_000;
const noDirectory: Directory = { entries: [], revocations: [] };

const readIdentity = (signal: AbortSignal) =>
  askKeystore(keystoreIdentity, { method: 'GET', path: '/api/keystore/identity', signal });
const readEntries = (signal: AbortSignal): Promise<Directory> =>
  // Without the names beside it.
  askKeystore(directory.strip(), { method: 'GET', path: '/api/keystore/directory', signal });

/**
 * The keys of the keystore that this browser saw first. Another keystore's are never believed here; the pages of the
 * keystore are where a person takes new ones.
 */
function pinsOf(identity: KeystoreIdentity | null, storage: PinStorage | null): Pins | null {
  if (storage === null) return identity;
  if (identity === null) return rememberedPins(storage);
  const verdict = comparePins(identity, storage);
  switch (verdict.tag) {
    case 'trusted':
      return verdict.pins;
    case 'changed':
      return rememberedPins(storage);
    case 'cantRemember':
      return identity;
  }
}

type Asked = Pick<ClientConfig, 'clinic' | 'clinicians'>;

/**
 * Reads what is known, for one leaf after the other. A directory that can't be read is as it was last: whoever confirmed
 * before has to be able to again.
 *
 * @param storage where keys are remembered; null where a browser denies it
 */
export function createDirectoryReader(storage: PinStorage | null): (config: Asked) => Promise<ClinicDirectory> {
  let last = noDirectory;
  return async (config) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const [identity, listed] = await Promise.all([
      readIdentity(signal).catch(() => null),
      readEntries(signal).catch(() => last),
    ]);
    last = listed;
    return judge(config, storage, identity, listed);
  };
}

async function judge(
  config: Asked,
  storage: PinStorage | null,
  identity: KeystoreIdentity | null,
  listed: Directory,
): Promise<ClinicDirectory> {
  const requiresProof = mustProve(config, storage);
  const pins = pinsOf(identity, storage);
  if (pins?.clinic !== config.clinic.id) return { trust: null, requiresProof, entriesOf: () => [] };
  const checked = await checkDirectory(listed, pins);
  return {
    trust: { statementKey: pins.statementKey, rpId: pins.rpId, revoked: [...checked.ended] },
    requiresProof,
    entriesOf(staff) {
      const living = new Set(livingPasskeys(checked, staff).map(({ credential }) => credential));
      return listed.entries.filter(({ payload }) => living.has(payload.credential));
    },
  };
}
