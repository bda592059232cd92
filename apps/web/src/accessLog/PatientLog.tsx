'use client';

import { useQuery } from '@tanstack/react-query';
import { PatientPage } from '../join/PatientPage.tsx';
import { PortalLink } from '../join/PortalLink.tsx';
import type { Pins } from '../keystore/pins.ts';
import { ownPatientsQuery } from '../portal/portalQuery.ts';
import { EntryList } from './EntryList.tsx';

/** Who opened what is sealed about the patient who reads. */
export function PatientLog() {
  return (
    <PatientPage words="log.mine" other={<PortalLink />}>
      {(pins) => <OwnEntries pins={pins} />}
    </PatientPage>
  );
}

/**
 * Whose they may be is what this browser knows by itself, not what the server says; and nobody's where it can't be told
 * whether the key by which it knows counts still.
 */
function OwnEntries({ pins }: { pins: Pins }) {
  const { data: own, isPending } = useQuery(ownPatientsQuery(pins));
  if (isPending) return null;
  const about = { of: 'mine', known: own?.patients ?? [] } as const;
  return <EntryList about={about} ownKeys={own?.keys ?? []} pins={pins} reader={null} />;
}
