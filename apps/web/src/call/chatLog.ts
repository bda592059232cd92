import type { ChatDelivery, ChatMessage, ChatMessageId, Member } from '@sotto/e2ee';
import type { ParticipantId, Role } from '@sotto/protocol/ids';

/** One line of a visit's chat, as this page has it; it is kept nowhere else and goes with the page. */
export type ChatEntry = ChatArrival | HeardText | OwnText;

interface ChatLine {
  /** Counts the lines of this page, from 1: the order in which they are shown. */
  readonly key: number;
  /** Unix milliseconds on this device: when it came, or was said here. */
  readonly at: number;
}

/** From here on this page is told what is said. Another one in the midst: something may be missing before it. */
export interface ChatArrival extends ChatLine {
  readonly tag: 'arrival';
}

/** Somebody else's text, by the member whose signature it bears. */
export interface HeardText extends ChatLine {
  readonly tag: 'heard';
  readonly by: ParticipantId;
  readonly role: Role;
  /** Verified; null until it is. Stays when they have gone. */
  readonly name: string | null;
  readonly text: string;
  /** So many texts of theirs before it haven't come. */
  readonly missing: number;
  /** Others that they said later are above it. */
  readonly isLate: boolean;
}

export interface OwnText extends ChatLine {
  readonly tag: 'own';
  readonly text: string;
  readonly delivery: OwnDelivery;
}

export type OwnDelivery =
  /** `awaited`: whose device hasn't confirmed it yet. `some`: somebody else's has. */
  | { readonly tag: 'sending'; readonly some: boolean; readonly awaited: readonly ParticipantId[] }
  /** By the devices of all who are in the visit. */
  | { readonly tag: 'delivered' }
  /** It isn't tried any more. `isFinal`: nor can it be, as the same text to the same people. */
  | { readonly tag: 'failed'; readonly isFinal: boolean };

/** The chat of one visit on this page, over all leaves that it has. */
export interface ChatLog {
  /** The same list until something changed. */
  entries(): readonly ChatEntry[];
  /** A leaf of this page stands in the group. */
  arrived(now: number): void;
  heard(message: ChatMessage, members: readonly Member[], now: number): void;
  /** The worker has taken a text of the user's. */
  said(id: ChatMessageId, text: string, now: number): void;
  delivery(delivery: ChatDelivery): void;
  /** Names that weren't verified when their texts came. */
  named(members: readonly Member[]): void;
  /** @returns the worker's name for an own text that may be tried again; null for any other */
  failed(key: number): ChatMessageId | null;
  /** The worker can't try it again: somebody is in the group for whom it wasn't. */
  given(id: ChatMessageId): void;
  /** The leaf is gone with all that its worker knew: what wasn't delivered never will be. */
  leafGone(): void;
  /** The visit is over: nothing of it stays. */
  clear(): void;
}

/** The oldest lines go first. */
const mostEntries = 1_000;

/** @param onChange after each change of the list */
export function createChatLog(onChange: () => void): ChatLog {
  let entries: readonly ChatEntry[] = [];
  let keys = 0;
  /** Texts of the leaf that is alive, by the worker's names. */
  const own = new Map<ChatMessageId, number>();
  /** A delivery may be told before the answer that names its text. */
  const early = new Map<ChatMessageId, ChatDelivery>();

  function set(next: readonly ChatEntry[]): void {
    entries = next.slice(-mostEntries);
    onChange();
  }

  function add(at: number, entry: Omit<ChatArrival, 'key' | 'at'> | NewHeard | NewOwn): number {
    keys += 1;
    set([...entries, { ...entry, key: keys, at }]);
    return keys;
  }

  function deliver(key: number, delivery: OwnDelivery): void {
    set(entries.map((entry) => (entry.tag === 'own' && entry.key === key ? { ...entry, delivery } : entry)));
  }

  return {
    entries: () => entries,
    arrived(now) {
      // Nothing was said in between: one line is enough.
      if (entries.at(-1)?.tag !== 'arrival') add(now, { tag: 'arrival' });
    },
    heard({ from, text, missing, isLate }, members, now) {
      const member = members.find((one) => one.participantId === from.participantId);
      // A text comes from a member; should it have gone in between, its name is still the one that it had.
      const before = entries.findLast((entry) => entry.tag === 'heard' && entry.by === from.participantId);
      const known = before?.tag === 'heard' ? before : null;
      const name = member?.name ?? known?.name ?? null;
      const role = member?.role ?? known?.role ?? 'guest';
      add(now, { tag: 'heard', by: from.participantId, role, name, text, missing, isLate });
    },
    said(id, text, now) {
      const told = early.get(id);
      early.delete(id);
      const delivery: OwnDelivery = told ? deliveryOf(told) : { tag: 'sending', some: false, awaited: [] };
      own.set(id, add(now, { tag: 'own', text, delivery }));
    },
    delivery(delivery) {
      const key = own.get(delivery.id);
      if (key === undefined) early.set(delivery.id, delivery);
      else deliver(key, deliveryOf(delivery));
    },
    named(members) {
      const named = new Map(members.filter(({ name }) => name !== null).map((one) => [one.participantId, one]));
      const isNamed = (entry: ChatEntry): entry is HeardText =>
        entry.tag === 'heard' && entry.name === null && named.has(entry.by);
      if (!entries.some(isNamed)) return;
      set(
        entries.map((entry) => {
          const member = isNamed(entry) ? named.get(entry.by) : undefined;
          return isNamed(entry) && member ? { ...entry, name: member.name, role: member.role } : entry;
        }),
      );
    },
    failed(key) {
      const entry = entries.find((one) => one.key === key);
      if (entry?.tag !== 'own' || entry.delivery.tag !== 'failed' || entry.delivery.isFinal) return null;
      return [...own].find(([, one]) => one === key)?.[0] ?? null;
    },
    given(id) {
      const key = own.get(id);
      if (key !== undefined) deliver(key, { tag: 'failed', isFinal: true });
    },
    leafGone() {
      own.clear();
      early.clear();
      if (!entries.some((entry) => entry.tag === 'own' && isOpen(entry.delivery))) return;
      set(
        entries.map((entry) =>
          entry.tag === 'own' && isOpen(entry.delivery)
            ? { ...entry, delivery: { tag: 'failed', isFinal: true } }
            : entry,
        ),
      );
    },
    clear() {
      own.clear();
      early.clear();
      set([]);
    },
  };
}

type NewHeard = Omit<HeardText, 'key' | 'at'>;
type NewOwn = Omit<OwnText, 'key' | 'at'>;

/** Whether something may still become of it. */
function isOpen(delivery: OwnDelivery): boolean {
  return delivery.tag === 'sending' || (delivery.tag === 'failed' && !delivery.isFinal);
}

function deliveryOf({ tag, by, awaited }: ChatDelivery): OwnDelivery {
  switch (tag) {
    case 'waiting':
    case 'sent':
      return { tag: 'sending', some: by.length > 0, awaited: awaited.map(({ participantId }) => participantId) };
    case 'delivered':
      return { tag: 'delivered' };
    case 'failed':
      return { tag: 'failed', isFinal: false };
  }
}
