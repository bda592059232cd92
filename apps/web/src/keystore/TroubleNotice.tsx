'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useContext } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { troubleOf } from './errors.ts';
import { ReadersWords } from './readersWords.ts';
import { type TroubleWords, wordsOf } from './troubleWords.ts';

interface TroubleNoticeProps {
  error: unknown;
  /** Words that fit better than the general ones. */
  words?: TroubleWords | undefined;
  onRetry?: () => void;
  /** What to do instead. */
  actions?: ReactNode;
  /** More that is true here, such as that the try was recorded. */
  children?: ReactNode;
}

/** What went wrong with the keystore or a passkey: what happened, what is safe, what to do next. */
export function TroubleNotice({ error, words: fitting, onRetry, actions, children }: TroubleNoticeProps) {
  const t = useTranslations('trouble');
  const readersWords = useContext(ReadersWords);
  const trouble = troubleOf(error);
  const words = fitting ?? readersWords(trouble) ?? wordsOf(trouble);
  const isCalm = trouble.of === 'passkey' && trouble.code === 'cancelled';
  const reasons = trouble.of === 'keystore' ? trouble.reasons : [];
  const retry = onRetry ? (
    <Button look="secondary" onPress={onRetry}>
      {t('retry')}
    </Button>
  ) : null;
  return (
    <Notice
      tone={isCalm ? 'info' : 'danger'}
      title={t(`${words}.title`)}
      live
      actions={
        retry || actions ? (
          <>
            {retry}
            {actions}
          </>
        ) : null
      }
    >
      <p>{t(`${words}.text`)}</p>
      {children}
      {reasons.length > 0 ? <p className="text-sm">{t('reasons', { reasons: reasons.join(', ') })}</p> : null}
    </Notice>
  );
}
