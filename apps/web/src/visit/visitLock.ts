import type { ReactNode } from 'react';

/** The idle lock of a clinician's session, as the call shows it; the page around the call makes it. */
export interface VisitLock {
  readonly isLocked: boolean;
  /** In the visit, before it locks: a line of its own. */
  warning(): ReactNode;
  /** In the visit, in the place of the line that says with whom. */
  line(): ReactNode;
  /** After the visit: in the place of everything. @param goesOn what says nothing of anybody */
  screen(goesOn: ReactNode): ReactNode;
}
