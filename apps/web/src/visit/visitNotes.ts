import type { ReactNode } from 'react';

/** The note of a visit, as the call shows it; the page around the call makes it, for clinicians only. */
export interface VisitNotes {
  /** Something is written and not saved. */
  readonly hasDraft: boolean;
  panel(onClose: () => void): ReactNode;
  /** For after the visit. */
  editor(): ReactNode;
  /** The patient's request for a key of their own, while there is one. */
  requests(): ReactNode;
}
