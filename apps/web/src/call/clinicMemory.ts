import type { ClientConfig } from '@sotto/protocol/clinic';
import { type ClinicId, clinicId } from '@sotto/protocol/ids';
import { type CredentialId, credentialId } from '@sotto/protocol/keystore';
import type { KeystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import * as z from 'zod';
import { fingerprintKey } from '../keystore/fingerprint.ts';
import { type PinStorage, type Pins, pinsKey, recallPins, replacePins } from '../keystore/pins.ts';

/** Which clinic has demanded proofs of its physicians in this browser. */
const demandKey = 'sotto.clinicians.v1';
/** Which passkeys a keystore has said count no more. */
const endedKey = 'sotto.ended.v1';
const endedLimit = 10_000;
/** Of one keystore: under another one a passkey may be entered anew. */
const endedSchema = z.strictObject({ statementKey: z.string(), credentials: z.array(credentialId).max(endedLimit) });

/**
 * Why what this browser remembers of the clinic lets it into no visit. `otherClinic`: the server at this address calls
 * itself another clinic than before. `spoiltMemory`: what was remembered isn't readable.
 */
export type MemoryTrouble = 'otherClinic' | 'spoiltMemory';

export type ClinicMemory =
  | {
      readonly tag: 'fits';
      /** The keystore's keys as they were seen first; null if none were. */
      readonly pins: Pins | null;
      /** Whether this clinic has demanded proofs before. */
      readonly demanded: boolean;
    }
  | { readonly tag: MemoryTrouble };

/**
 * What this browser remembers of the clinic. Nothing of it is given up because the server says that it is another
 * clinic now: that is how a server that is taken over would get rid of all of it.
 */
export function recallClinic({ clinic }: Pick<ClientConfig, 'clinic'>, storage: PinStorage | null): ClinicMemory {
  const recalled = storage === null ? ({ tag: 'none' } as const) : recallPins(storage);
  const demander = storage === null ? null : recallDemand(storage);
  if (recalled.tag === 'spoilt' || demander === 'spoilt') return { tag: 'spoiltMemory' };
  const pins = recalled.tag === 'known' ? recalled.pins : null;
  const known = [pins?.clinic, demander].filter((id) => id !== undefined && id !== null);
  if (known.some((id) => id !== clinic.id)) return { tag: 'otherClinic' };
  return { tag: 'fits', pins, demanded: demander !== null };
}

/** The clinic demands proofs of its physicians, and in this browser always will: nothing takes it back but a person. */
export function rememberDemand({ clinic }: Pick<ClientConfig, 'clinic'>, storage: PinStorage | null): void {
  try {
    if (storage?.getItem(demandKey) === null) storage.setItem(demandKey, clinic.id);
  } catch {
    // Where nothing can be remembered the clinic's word of the moment is all there is.
  }
}

/**
 * Passkeys of that keystore's directory that count no more, by any directory that this browser has read: one of which the
 * server keeps quiet now doesn't count again.
 *
 * @param ended as read now, its signatures checked
 * @returns at most 10,000
 */
export function rememberEnded(
  { statementKey }: Pick<Pins, 'statementKey'>,
  ended: Iterable<CredentialId>,
  storage: PinStorage | null,
): readonly CredentialId[] {
  const before = storage === null ? [] : recallEnded(statementKey, storage);
  const credentials = [...new Set([...before, ...ended])].slice(0, endedLimit);
  if (credentials.length === before.length) return credentials;
  try {
    storage?.setItem(endedKey, JSON.stringify({ statementKey, credentials }));
  } catch {
    // Where nothing can be remembered the directory of the moment is all there is.
  }
  return credentials;
}

function recallEnded(statementKey: string, storage: PinStorage): readonly CredentialId[] {
  try {
    const kept = endedSchema.parse(JSON.parse(storage.getItem(endedKey) ?? 'null'));
    return kept.statementKey === statementKey ? kept.credentials : [];
  } catch {
    return [];
  }
}

/**
 * The person has asked the clinic, and takes new keys of its keystore in place of the old ones. A demand goes over to the
 * clinic that they are of: neither do visits refuse what was accepted here, nor is less asked of a physician than before.
 */
export function acceptKeystore(identity: KeystoreIdentity, storage: PinStorage): void {
  const demander = recallDemand(storage);
  // First: should the second fail, they are of two clinics, and no visit is entered.
  if (demander !== null && demander !== 'spoilt') storage.setItem(demandKey, identity.clinic);
  replacePins(identity, storage);
}

/** The person has asked the clinic: what this browser knew of it is gone, and the next visit is as the first was. */
export function forgetClinic(storage: Pick<Storage, 'removeItem'>): void {
  for (const key of [pinsKey, demandKey, endedKey, fingerprintKey]) storage.removeItem(key);
}

function recallDemand(storage: PinStorage): ClinicId | 'spoilt' | null {
  try {
    const text = storage.getItem(demandKey);
    return text === null ? null : (clinicId.safeParse(text).data ?? 'spoilt');
  } catch {
    return null;
  }
}
