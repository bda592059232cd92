'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import type { InvitationProblem } from './useInvitation.ts';

/** Why the link doesn't lead to a visit, and what to do now. */
export function JoinProblem({ problem, onRetry }: { problem: InvitationProblem; onRetry: () => void }) {
  const t = useTranslations('join.problem');
  const canRetry = problem === 'unreachable' || problem === 'tooMany' || problem === 'stayOver';
  return (
    <div className="flex flex-col gap-5">
      <FocusHeading>{t(`${problem}.title`)}</FocusHeading>
      <p className="text-lg text-ink-soft">{t(`${problem}.text`)}</p>
      {canRetry ? (
        <Button size="large" wide onPress={onRetry}>
          {t('tryAgain')}
        </Button>
      ) : null}
    </div>
  );
}
