'use client';

import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { configQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { ProviderButton } from '../staff/ProviderButton.tsx';
import { leaveToBegin } from '../staff/providerApi.ts';
import { ChoosePasswordForm } from './ChoosePasswordForm.tsx';
import { useLinkSecret } from './linkSecret.ts';
import { beginAccount, readOffer } from './peopleApi.ts';

/** Where the mail of an invitation leads: its reader chooses a password, once. The secret stands behind the `#`. */
export function AccountPage() {
  const secret = useLinkSecret();
  const isThere = secret !== undefined && secret !== null;
  const query = useQuery({
    queryKey: ['account', 'offer', secret],
    queryFn: ({ signal }) => readOffer(secret ?? '', signal),
    enabled: isThere,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const isOver = secret === null || (query.isError && faultCode(query.error) === 'notFound');
  return (
    <PageShell owner={query.data?.clinicName}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        {isOver ? <Over /> : null}
        {query.isError && !isOver ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
        {query.isPending && !isOver ? <Skeleton className="h-64" /> : null}
        {query.data && isThere ? <ChoosePassword {...query.data} secret={secret} /> : null}
      </div>
    </PageShell>
  );
}

/** A link that was used, withdrawn or is too old. */
function Over() {
  const t = useTranslations('account');
  return (
    <>
      <FocusHeading takeFocus={false}>{t('over.title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('over.text')}</p>
      <Link href="/sign-in/" prefetch={false} className={`${buttonLook('secondary')} self-start`}>
        {t('toSignIn')}
      </Link>
    </>
  );
}

interface ChoosePasswordProps {
  clinicName: string;
  name: string;
  email: string;
  secret: string;
}

function ChoosePassword({ clinicName, name, email, secret }: ChoosePasswordProps) {
  const t = useTranslations('account');
  const provider = useQuery(configQuery).data?.provider ?? null;
  const beginning = useMutation({ mutationFn: (password: string) => beginAccount(secret, password) });
  if (beginning.isSuccess) {
    return (
      <>
        <FocusHeading>{t('done.title')}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('done.text', { email })}</p>
        <Link href="/sign-in/" prefetch={false} className={`${buttonLook('primary')} self-start`}>
          {t('toSignIn')}
        </Link>
      </>
    );
  }
  if (beginning.isError && faultCode(beginning.error) === 'notFound') return <Over />;
  return (
    <>
      <div className="flex flex-col gap-2">
        <FocusHeading takeFocus={false}>{t('title', { name })}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
      </div>
      {provider === null ? null : (
        <>
          <ProviderButton onLeave={(from) => leaveToBegin({ ...from, hash: '' }, secret)} />
          <p className="text-sm text-ink-soft">{t('orPassword')}</p>
        </>
      )}
      <ChoosePasswordForm
        email={email}
        action={t('action')}
        isPending={beginning.isPending}
        onChoose={(password) => beginning.mutate(password)}
      >
        {beginning.isError ? (
          <Notice tone="danger" title={t('failed.title')} live>
            {t('failed.text')}
          </Notice>
        ) : null}
      </ChoosePasswordForm>
    </>
  );
}
