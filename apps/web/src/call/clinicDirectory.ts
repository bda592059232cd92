import type { DirectoryTrust } from '@sotto/e2ee';
import type { ClientConfig } from '@sotto/protocol/clinic';
import type { ClinicId, StaffId } from '@sotto/protocol/ids';
import type { ClinicianStatement } from '@sotto/protocol/keystore';
import { type Directory, directory, type KeystoreIdentity, keystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { checkDirectory, livingPasskeys } from '../keystore/directory.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import { comparePins, type PinStorage, type Pins } from '../keystore/pins.ts';
import { type MemoryTrouble, recallClinic, rememberDemand, rememberEnded } from './clinicMemory.ts';
import type { FailureReason } from './contract.ts';

/** What this browser knows of the clinic's clinicians when a leaf begins. */
export interface ClinicDirectory {
  /** Null where no keystore is known: then nobody's proof can be judged. */
  readonly trust: DirectoryTrust | null;
  /** A proof is demanded of each physician: by the clinic's server now, or only as this browser remembers it. Null: it isn't. */
  readonly demand: 'server' | 'memory' | null;
  /** The keystore's keys and its directory are known, as they are now or as they were last. */
  readonly isKnown: boolean;
  /** Entries of somebody's passkeys that count. */
  readonly entriesOf: (staff: StaffId) => readonly ClinicianStatement[];
  /** Why no visit may be entered by what this browser remembers; null if it may. */
  readonly trouble: MemoryTrouble | null;
}

/** A visit doesn't wait longer than this for the keystore: what is remembered of it goes on. */
const timeoutMs = 4_000;
const noDirectory: Directory = { entries: [], revocations: [] };

const readIdentity = (signal: AbortSignal) =>
  askKeystore(keystoreIdentity, { method: 'GET', path: '/api/keystore/identity', signal });
const readEntries = (signal: AbortSignal): Promise<Directory> =>
  // Without the names beside it.
  askKeystore(directory.strip(), { method: 'GET', path: '/api/keystore/directory', signal });

/** The keys of a keystore that answers and that this browser sees for the first time; null if they aren't this clinic's. */
function firstPins(identity: KeystoreIdentity | null, clinic: ClinicId, storage: PinStorage | null): Pins | null {
  if (identity?.clinic !== clinic) return null;
  if (storage === null) return identity;
  const verdict = comparePins(identity, storage);
  switch (verdict.tag) {
    case 'trusted':
      return verdict.pins;
    case 'changed':
      return null;
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
  let last: Directory | null = null;
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
  listed: Directory | null,
): Promise<ClinicDirectory> {
  const memory = recallClinic(config, storage);
  if (memory.tag !== 'fits') {
    return { trust: null, demand: 'server', isKnown: false, entriesOf: () => [], trouble: memory.tag };
  }
  const isDemanded = config.clinicians === 'proven';
  if (isDemanded) rememberDemand(config, storage);
  const demand = isDemanded ? 'server' : memory.demanded ? 'memory' : null;
  const known = { demand, trouble: null } as const;
  // Another keystore's keys are never believed here; the keystore's own pages are where a person takes new ones.
  const pins = memory.pins ?? firstPins(identity, config.clinic.id, storage);
  if (pins === null) return { ...known, trust: null, isKnown: false, entriesOf: () => [] };
  const { entries, revocations } = listed ?? noDirectory;
  const checked = await checkDirectory({ entries, revocations }, pins);
  const revoked = rememberEnded(pins, checked.ended, storage);
  return {
    ...known,
    isKnown: listed !== null,
    trust: { statementKey: pins.statementKey, rpId: pins.rpId, revoked: [...revoked] },
    entriesOf(staff) {
      const living = new Set(livingPasskeys(checked, staff).map(({ credential }) => credential));
      for (const credential of revoked) living.delete(credential);
      return entries.filter(({ payload }) => living.has(payload.credential));
    },
  };
}

/** Why a clinician without a proof doesn't get in, where one is demanded. */
export function whyNoProof({ demand, isKnown }: Pick<ClinicDirectory, 'demand' | 'isKnown'>): FailureReason {
  if (demand === 'memory') return 'rememberedDemand';
  return isKnown ? 'noPasskey' : 'unreadDirectory';
}
