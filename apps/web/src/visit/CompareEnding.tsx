'use client';

import type { ComparisonEnding } from '@sotto/e2ee';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';

interface CompareEndingProps {
  ending: ComparisonEnding;
  /** Who it is about, in words; null for oneself. */
  by: string | null;
  role: 'patient' | 'physician';
  /** Null while nobody is there to compare with. */
  onAgain: (() => void) | null;
  onLeave: () => void;
  onClose: () => void;
}

/** What came of a comparison, and what to do now. */
export function CompareEnding({ ending, by, role, onAgain, onLeave, onClose }: CompareEndingProps) {
  const t = useTranslations('call.compare');
  const name = by ?? t('you');
  switch (ending.tag) {
    case 'same':
      return (
        <>
          <Notice tone="verified" title={t('same.title')} live>
            {t('same.text')}
          </Notice>
          <div className="flex sm:justify-end">
            <Button wide autoFocus onPress={onClose}>
              {t('done')}
            </Button>
          </div>
        </>
      );
    case 'different':
      return (
        <>
          <Notice tone="danger" title={by === null ? t('different.title') : t('different.titleBy', { name })} live>
            <p>{t('different.text')}</p>
            <ol className="list-decimal ps-5">
              <li>{t('different.first')}</li>
              <li>{t('different.second')}</li>
              <li>{t(`different.third.${role}`)}</li>
            </ol>
          </Notice>
          <div className="flex flex-col gap-3">
            <Button look="danger" onPress={onLeave}>
              {t('different.leave')}
            </Button>
            {onAgain ? (
              <Button look="secondary" onPress={onAgain}>
                {t('again')}
              </Button>
            ) : null}
            <Button look="quiet" autoFocus onPress={onClose}>
              {t('different.stay')}
            </Button>
          </div>
        </>
      );
    case 'epochChanged':
    case 'stopped':
    case 'withheld':
    case 'wrongReveal':
    case 'secondCommitment':
    case 'otherEpoch': {
      const words = ending.tag === 'epochChanged' && ending.isRestarted ? 'restarted' : ending.tag;
      const isCheat = ['wrongReveal', 'secondCommitment', 'otherEpoch'].includes(words);
      return (
        <>
          <Notice tone={isCheat ? 'danger' : 'waiting'} title={t(`ended.${words}.title`, { name })} live>
            {t(`ended.${words}.text`, { name })}
          </Notice>
          <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
            <Button look="secondary" wide autoFocus={onAgain === null} onPress={onClose}>
              {t('close')}
            </Button>
            {onAgain ? (
              <Button wide autoFocus onPress={onAgain}>
                {t('again')}
              </Button>
            ) : null}
          </div>
        </>
      );
    }
  }
}
