import type { ReactNode } from 'react';
import type { VisitCall, VisitSnapshot } from '../call/contract.ts';

export interface RecorderBoothProps {
  readonly call: VisitCall;
  readonly snapshot: VisitSnapshot;
  /** Whether its dialog is wanted. */
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Recording, as the call shows it; the page around the call makes it, for clinicians only. */
export interface VisitRecorder {
  /** In the visit: asks, records, stores. */
  booth(props: RecorderBoothProps): ReactNode;
  /** After the visit: what is still being stored. */
  storing(): ReactNode;
}
