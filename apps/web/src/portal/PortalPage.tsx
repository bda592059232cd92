'use client';

import { OwnRecordLink } from '../join/OwnRecordLink.tsx';
import { PatientPage } from '../join/PatientPage.tsx';
import { Portal } from './Portal.tsx';

/** The patient's own page: notes, keys, and who opened what. */
export function PortalPage() {
  return (
    <PatientPage words="portal" other={<OwnRecordLink />}>
      {(pins) => <Portal pins={pins} />}
    </PatientPage>
  );
}
