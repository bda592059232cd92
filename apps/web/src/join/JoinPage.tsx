'use client';

import { useTranslations } from 'next-intl';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { UnsupportedBrowser } from '../deviceCheck/UnsupportedBrowser.tsx';
import { useCanSeal } from '../media/useCanSeal.ts';
import { JoinFlow } from './JoinFlow.tsx';
import { JoinProblem } from './JoinProblem.tsx';
import { useInvitation } from './useInvitation.ts';

/** From the invitation link to the visit, without leaving the page. */
export function JoinPage() {
  const t = useTranslations('join');
  const invitation = useInvitation();
  const canSeal = useCanSeal();
  if (canSeal && invitation.tag === 'invited') return <JoinFlow view={invitation.view} />;
  return (
    <PageShell owner={invitation.tag === 'invited' ? invitation.view.clinicName : undefined}>
      {canSeal === false ? <UnsupportedBrowser /> : null}
      {canSeal && invitation.tag === 'problem' ? (
        <JoinProblem problem={invitation.problem} onRetry={invitation.retry} />
      ) : null}
      {canSeal !== false && invitation.tag === 'loading' ? (
        <div role="status" className="flex flex-col gap-5">
          <span className="sr-only">{t('loading')}</span>
          <Skeleton className="h-5 w-24" />
          <Skeleton className="h-9 w-4/5" />
          <Skeleton className="h-28" />
          <Skeleton className="h-13" />
        </div>
      ) : null}
    </PageShell>
  );
}
