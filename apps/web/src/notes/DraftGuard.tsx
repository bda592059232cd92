'use client';

import { useTranslations } from 'next-intl';
import { type MouseEvent, type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { DraftHoldContext, leadsAway } from './draftHold.ts';
import { useBackGuard } from './useBackGuard.ts';

/** Asks before a link, a button of the page or the browser's Back takes an unsaved note away. Closing the tab is asked about by the browser. */
export function DraftGuard({ children }: { children: ReactNode }) {
  const t = useTranslations('common.leave');
  const [holds, setHolds] = useState(0);
  const hasDraft = holds > 0;
  const hold = useCallback(() => {
    setHolds((count) => count + 1);
    return () => setHolds((count) => count - 1);
  }, []);
  const [asked, setAsked] = useState<{ readonly leaving: () => void } | null>(null);
  const isLeaving = useRef(false);
  const leave = useCallback(
    (leaving: () => void) => {
      if (hasDraft) setAsked({ leaving });
      else leaving();
    },
    [hasDraft],
  );
  const ask = useCallback((leaving: () => void) => setAsked({ leaving }), []);
  useBackGuard(hasDraft, ask);
  const value = useMemo(() => ({ hasDraft, hold, leave }), [hasDraft, hold, leave]);
  const onClickCapture = (event: MouseEvent) => {
    if (!hasDraft || isLeaving.current || !(event.target instanceof Element)) return;
    const link = event.target.closest('a');
    const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (link === null || !leadsAway({ target: link.target, href: link.href, opensElsewhere }, window.location.href)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    setAsked({
      leaving: () => {
        // The same click again, which the link then handles as it would have.
        isLeaving.current = true;
        link.click();
        isLeaving.current = false;
      },
    });
  };
  return (
    <DraftHoldContext value={value}>
      <div className="contents" onClickCapture={onClickCapture}>
        {children}
      </div>
      <ConfirmDialog
        title={t('title')}
        text={t('text')}
        action={t('action')}
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          setAsked(null);
          asked?.leaving();
        }}
      />
    </DraftHoldContext>
  );
}
