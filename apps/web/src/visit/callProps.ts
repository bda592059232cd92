import type { ReactNode } from 'react';
import type { GuestSectionProps } from '../guests/GuestSection.tsx';
import type { LocalDevices } from '../media/localDevices.ts';
import type { VisitFacts } from './visitFacts.ts';
import type { VisitLock } from './visitLock.ts';
import type { VisitNotes } from './visitNotes.ts';
import type { VisitRecorder } from './visitRecorder.ts';

/** What a call needs of the page around it. */
export interface CallProps {
  devices: LocalDevices;
  facts: VisitFacts;
  /** Null for those who write none. */
  notes: VisitNotes | null;
  /** The host's list of guests, in the list of people; null for those who invite nobody. */
  guests: ((props: Omit<GuestSectionProps, 'visit'>) => ReactNode) | null;
  /** Null for those who record nothing. */
  recorder: VisitRecorder | null;
  /** Null for those whose session doesn't lock. */
  lock: VisitLock | null;
  /** Back to the page around the call. */
  onExit: () => void;
}
