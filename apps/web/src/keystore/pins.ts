import { type KeystoreIdentity, keystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import type * as z from 'zod';

/** What this browser knows the keystore by. */
const pinned = keystoreIdentity.pick({
  clinic: true,
  statementKey: true,
  logKey: true,
  witnessKey: true,
  rpId: true,
});
export type Pins = z.infer<typeof pinned>;

export type PinVerdict =
  | { readonly tag: 'trusted'; readonly pins: Pins }
  /** Another keystore than the one that was seen first, or what was remembered of it was spoilt. */
  | { readonly tag: 'changed' }
  /** Nothing can be remembered here: whoever answers would be believed every time. */
  | { readonly tag: 'cantRemember' };

export type PinStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Under which a browser remembers them. */
export const pinsKey = 'sotto.keystore.v1';
const members = ['clinic', 'statementKey', 'logKey', 'witnessKey', 'rpId'] as const;

function remembered(text: string): Pins | null {
  try {
    const parsed = pinned.strict().safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

const pinsOf = (identity: KeystoreIdentity): Pins => pinned.strip().parse(identity);

/** Remembers the keystore's keys when they are seen for the first time, and from then on accepts no others. */
export function comparePins(identity: KeystoreIdentity, storage: PinStorage): PinVerdict {
  const pins = pinsOf(identity);
  try {
    const before = storage.getItem(pinsKey);
    if (before === null) {
      storage.setItem(pinsKey, JSON.stringify(pins));
      return { tag: 'trusted', pins };
    }
    const known = remembered(before);
    const isSame = known !== null && members.every((member) => known[member] === pins[member]);
    return isSame ? { tag: 'trusted', pins } : { tag: 'changed' };
  } catch {
    return { tag: 'cantRemember' };
  }
}

/** `spoilt`: something is remembered, and it isn't keys. */
export type RecalledPins = { readonly tag: 'known'; readonly pins: Pins } | { readonly tag: 'none' | 'spoilt' };

/** The keys that this browser knows a keystore by, whoever answers now. */
export function recallPins(storage: PinStorage): RecalledPins {
  let text: string | null;
  try {
    text = storage.getItem(pinsKey);
  } catch {
    return { tag: 'none' };
  }
  if (text === null) return { tag: 'none' };
  const pins = remembered(text);
  return pins === null ? { tag: 'spoilt' } : { tag: 'known', pins };
}

/** Takes these keys in place of the old ones: after a person has decided, and with what else is known of the clinic. */
export function replacePins(identity: KeystoreIdentity, storage: PinStorage): void {
  storage.setItem(pinsKey, JSON.stringify(pinsOf(identity)));
}
