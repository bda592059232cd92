'use client';

import type { ParticipantId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import type { RecordingChecks } from './messages.ts';
import { personIn } from './people.ts';

export interface KnownNames {
  readonly clinician: string;
  /** Null where the page doesn't know it. */
  readonly patient: string | null;
}

/** What somebody in a recording is called. */
export function useRecordedName(checks: RecordingChecks, names: KnownNames): (participant: ParticipantId) => string {
  const t = useTranslations('playback.person');
  return (participant) => {
    const person = personIn(checks, participant);
    if (person.of === 'clinician') return names.clinician;
    if (person.of === 'patient') return names.patient ?? t('patient');
    return t(person.role, { number: person.number });
  };
}
