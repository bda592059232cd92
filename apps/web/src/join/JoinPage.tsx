'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { browserStorage } from '../call/browserStorage.ts';
import { endJoin, endOwnPage } from '../clinic/clinicApi.ts';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { UnsupportedBrowser } from '../deviceCheck/UnsupportedBrowser.tsx';
import { useCanSeal } from '../media/useCanSeal.ts';
import { rememberEntered } from '../visit/enteredVisit.ts';
import { BirthDateStep } from './BirthDateStep.tsx';
import { forgetPatient } from './forgetPatient.ts';
import { JoinFlow } from './JoinFlow.tsx';
import { JoinProblem } from './JoinProblem.tsx';
import { Closed } from './NotMe.tsx';
import { useInvitation } from './useInvitation.ts';

/** @throws ClinicFault unless there is no session of this browser any more */
async function endSession(): Promise<void> {
  // First, because it closes what is open, which only a session may say.
  try {
    await endJoin();
  } catch (error) {
    if (faultCode(error) !== 'unauthenticated') throw error;
  }
  // Whoever says that this isn't them leaves nobody's own page open here either.
  await endOwnPage();
}

/** From the invitation link to the visit, without leaving the page. */
export function JoinPage() {
  const t = useTranslations('join');
  const canSeal = useCanSeal();
  const queries = useQueryClient();
  /** Of whose visit somebody has said that it isn't theirs. */
  const [closedAt, setClosedAt] = useState<string | null>(null);
  const invitation = useInvitation(closedAt === null ? canSeal : false);
  const clinic = useClinicName();
  const ending = useMutation({ mutationFn: endSession });
  if (closedAt !== null) {
    return (
      <PageShell owner={closedAt}>
        <Closed clinicName={closedAt} ending={ending} />
      </PageShell>
    );
  }
  if (canSeal && invitation.tag === 'invited') {
    const { view } = invitation;
    // First here, whatever becomes of the request.
    const close = () => {
      setClosedAt(view.clinicName);
      rememberEntered(null);
      if (view.role === 'patient') forgetPatient(queries, view, browserStorage('localStorage'));
      else queries.clear();
      ending.mutate();
    };
    return <JoinFlow view={view} onNotMe={close} />;
  }
  return (
    <PageShell owner={clinic}>
      {canSeal === false ? <UnsupportedBrowser /> : null}
      {canSeal && invitation.tag === 'problem' ? (
        <JoinProblem problem={invitation.problem} onRetry={invitation.retry} />
      ) : null}
      {canSeal && invitation.tag === 'birthDate' ? (
        <BirthDateStep wrong={invitation.wrong} isPending={invitation.isPending} onTell={invitation.tell} />
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
