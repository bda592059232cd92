'use client';

import { LoaderCircle, UserRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { useExpectedName } from '../guests/guestBook.ts';
import { InvitationDialog } from '../today/InvitationDialog.tsx';
import { counterpartName, type VisitFacts } from './visitFacts.ts';

interface EmptyStageProps {
  snapshot: VisitSnapshot;
  facts: VisitFacts;
  isPanelOpen: boolean;
}

/** Nobody else is in the visit: what happens next. */
export function EmptyStage({ snapshot, facts, isPanelOpen }: EmptyStageProps) {
  const t = useTranslations('call.empty');
  const [isInviting, setInviting] = useState(false);
  const expectedName = useExpectedName(facts);
  const name = counterpartName(facts);
  if (snapshot.phase.tag === 'entering') {
    return (
      <div role="status" className="flex size-full flex-col items-center justify-center gap-4 p-6 pb-40 text-center">
        <LoaderCircle aria-hidden className="size-8 text-stage-accent motion-safe:animate-spin" />
        <p className="text-lg">{t('entering')}</p>
        <p className="max-w-sm text-on-stage-soft">{t('enteringText')}</p>
      </div>
    );
  }
  if (snapshot.waiting.length > 0 && !isPanelOpen) return null;
  const first = snapshot.waiting[0];
  const waiting = (first && expectedName(first.participantId)) ?? t('someone');
  const words = facts.kind !== 'physician' ? 'patient' : snapshot.waiting.length > 0 ? 'somebodyWaits' : 'physician';
  return (
    <div className="flex size-full flex-col items-center justify-center gap-4 p-6 pb-40 text-center">
      <span className="grid size-16 place-items-center rounded-full bg-stage-raised">
        <UserRound aria-hidden className="size-8 text-on-stage-soft" />
      </span>
      <p className="text-xl font-semibold">
        {t(`${words}.title`, { name: words === 'somebodyWaits' ? waiting : name })}
      </p>
      <p className="max-w-sm text-on-stage-soft">{t(`${words}.text`, { name })}</p>
      {facts.kind === 'physician' && words === 'physician' ? (
        <Button look="secondary" onPress={() => setInviting(true)}>
          {t('invite')}
        </Button>
      ) : null}
      {isInviting && facts.kind === 'physician' ? (
        <InvitationDialog visit={facts.visit} onClose={() => setInviting(false)} />
      ) : null}
    </div>
  );
}
