'use client';

import type { ReactNode } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import type { VisitFacts } from '../visit/visitFacts.ts';
import { GuestBookContext, useGuestFacts } from './guestBook.ts';

interface GuestBookProviderProps {
  facts: VisitFacts;
  snapshot: VisitSnapshot;
  children: ReactNode;
}

/** Everything inside knows as what each guest of the visit comes. */
export function GuestBookProvider({ facts, snapshot, children }: GuestBookProviderProps) {
  return <GuestBookContext value={useGuestFacts(facts, snapshot)}>{children}</GuestBookContext>;
}
