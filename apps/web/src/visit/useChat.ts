'use client';

import { type Dispatch, type SetStateAction, useState } from 'react';
import type { HeardText } from '../call/chatLog.ts';
import type { VisitSnapshot } from '../call/contract.ts';

/** What of the chat outlives its panel: a half-written message, and what was read. */
export interface ChatReading {
  readonly draft: string;
  readonly setDraft: Dispatch<SetStateAction<string>>;
  /** Others' messages that came since the panel was last open. */
  readonly unread: number;
  /** The newest of them; null if there is none. */
  readonly newest: HeardText | null;
  /** The newest that the user hasn't been told of, or doesn't want to read now, is null. */
  readonly announced: HeardText | null;
  readonly notNow: () => void;
}

export function useChat({ chat }: VisitSnapshot, isOpen: boolean): ChatReading {
  const [draft, setDraft] = useState('');
  const [seen, setSeen] = useState(0);
  const [dismissed, setDismissed] = useState(0);
  const heard = chat.filter((entry) => entry.tag === 'heard');
  const latest = heard.at(-1)?.key ?? 0;
  if (isOpen && seen < latest) setSeen(latest);
  const unread = isOpen ? [] : heard.filter(({ key }) => key > seen);
  const newest = unread.at(-1) ?? null;
  return {
    draft,
    setDraft,
    unread: unread.length,
    newest,
    announced: newest !== null && newest.key > dismissed ? newest : null,
    notNow: () => setDismissed(latest),
  };
}
