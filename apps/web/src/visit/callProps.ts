import type { LocalDevices } from '../media/localDevices.ts';
import type { VisitFacts } from './visitFacts.ts';

/** What a call needs of the page around it. */
export interface CallProps {
  devices: LocalDevices;
  facts: VisitFacts;
  /** Back to the page around the call. */
  onExit: () => void;
}
