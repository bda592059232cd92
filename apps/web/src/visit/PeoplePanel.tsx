'use client';

import { Mic, MicOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { SidePanel } from '../components/SidePanel.tsx';
import { useRoleWord } from '../guests/guestBook.ts';
import { Until } from '../guests/Until.tsx';
import type { CallActions } from './callActions.ts';
import type { VisitFacts } from './visitFacts.ts';
import { WaitingList } from './WaitingList.tsx';

interface PeoplePanelProps {
  snapshot: VisitSnapshot;
  facts: VisitFacts;
  actions: CallActions;
  /** Who is invited besides the patient. */
  guests: ReactNode;
  onClose: () => void;
}

/** Who waits and who is here. */
export function PeoplePanel({ snapshot, facts, actions, guests, onClose }: PeoplePanelProps) {
  const t = useTranslations('call.people');
  return (
    <SidePanel title={t('title')} closeLabel={t('close')} onClose={onClose}>
      <section aria-labelledby="waiting-people" className="flex flex-col gap-3">
        <h3 id="waiting-people" className="text-sm font-medium text-ink-soft">
          {t('waiting')}
        </h3>
        {snapshot.waiting.length === 0 ? (
          <p className="text-ink-soft">{t('nobodyWaits')}</p>
        ) : (
          <WaitingList waiting={snapshot.waiting} facts={facts} actions={actions} />
        )}
      </section>
      <section aria-labelledby="present-people" className="flex flex-col gap-1">
        <h3 id="present-people" className="pb-2 text-sm font-medium text-ink-soft">
          {t('present')}
        </h3>
        <ul className="divide-y divide-line">
          {snapshot.self ? (
            <li className="py-3">
              <p className="font-medium break-words">{t('you', { name: snapshot.self.name })}</p>
              <p className="text-sm text-ink-soft">
                {t(`role.${snapshot.self.role}`)}
                <Standing of={snapshot.self.role} isProven={snapshot.self.isProven} />
              </p>
            </li>
          ) : null}
          {snapshot.people.map((person) => (
            <Present key={person.participantId} person={person} isDistrusted={snapshot.security === 'distrusted'} />
          ))}
        </ul>
      </section>
      {guests}
    </SidePanel>
  );
}

/** By whose word a clinician is one. */
function Standing({ of, isProven }: { of: Person['role']; isProven: boolean }) {
  const t = useTranslations('call.people.standing');
  if (of !== 'physician') return null;
  return (
    <>
      <span aria-hidden> · </span>
      {t(isProven ? 'proven' : 'serverOnly')}
    </>
  );
}

function Present({ person, isDistrusted }: { person: Person; isDistrusted: boolean }) {
  const t = useTranslations('call.people');
  const roleWord = useRoleWord();
  const isHeard = person.microphone.state === 'live' || person.microphone.state === 'connecting';
  const isCompared = person.compared && person.security === 'encrypted';
  const Icon = isHeard ? Mic : MicOff;
  return (
    <li className="flex items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="font-medium break-words">{person.name ?? t('nameless')}</p>
        <p className="text-sm text-ink-soft">
          {person.presence === 'away' ? t('away') : roleWord(person)}
          <Until of={person} />
          {person.security === 'encrypted' ? <Standing of={person.role} isProven={person.clinician !== null} /> : null}
          <span aria-hidden> · </span>
          {t(`security.${isDistrusted ? 'distrusted' : isCompared ? 'compared' : person.security}`)}
        </p>
      </div>
      <Icon role="img" aria-label={t(isHeard ? 'microphoneOn' : 'microphoneOff')} className="size-5 text-ink-soft" />
    </li>
  );
}
