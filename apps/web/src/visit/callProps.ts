import type { LocalDevices } from '../media/localDevices.ts';
import type { VisitFacts } from './visitFacts.ts';
import type { VisitNotes } from './visitNotes.ts';
import type { VisitRecorder } from './visitRecorder.ts';

/** What a call needs of the page around it. */
export interface CallProps {
  devices: LocalDevices;
  facts: VisitFacts;
  /** Null for those who write none. */
  notes: VisitNotes | null;
  /** Null for those who record nothing. */
  recorder: VisitRecorder | null;
  /** Back to the page around the call. */
  onExit: () => void;
}
