'use client';

import { useTranslations } from 'next-intl';
import { faultCode } from '../clinic/errors.ts';
import { Notice } from '../components/Notice.tsx';
import { PasskeyFault } from '../keystore/errors.ts';

/** Refusals that have words of their own, act by act. */
const known = {
  give: ['conflict', 'wrongState', 'forbidden', 'invalid'],
  end: ['conflict', 'notFound', 'forbidden'],
  invite: ['conflict', 'wrongState', 'rateLimited', 'forbidden'],
  letGo: ['conflict', 'wrongState', 'forbidden'],
  letIn: ['wrongState', 'forbidden'],
  newPassword: ['conflict', 'wrongState', 'rateLimited', 'forbidden'],
  reset: ['wrongState', 'forbidden'],
} as const;

interface ActTroubleProps {
  error: unknown;
  act: keyof typeof known;
}

/** Why an act of administration wasn't done: nothing was changed. */
export function ActTrouble({ error, act }: ActTroubleProps) {
  const t = useTranslations('staffPeople.trouble');
  const code = faultCode(error);
  const words = [...known[act]].find((one) => one === code);
  const sentence = () => {
    if (error instanceof PasskeyFault) return t('passkey');
    return words === undefined ? t('other') : t(`${act}.${words}` as Parameters<typeof t>[0]);
  };
  return (
    <Notice tone="danger" title={t('title')} live>
      {sentence()}
    </Notice>
  );
}
