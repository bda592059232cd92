'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { Button } from './Button.tsx';
import { LiveRegion } from './LiveRegion.tsx';

/** A link to be sent to somebody, and the press that copies it. */
export function CopyLink({ url, label }: { url: string; label: string }) {
  const t = useTranslations('invitation');
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'no' | 'yes' | 'byHand'>('no');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied('yes');
    } catch {
      // The browser forbids it: the link is selected, so that one key press copies it.
      field.current?.select();
      setCopied('byHand');
    }
  };
  return (
    <div className="flex flex-col gap-3">
      <input
        ref={field}
        readOnly
        aria-label={label}
        value={url}
        onFocus={(event) => event.currentTarget.select()}
        className="min-h-11 w-full truncate rounded-md border border-line bg-sunken px-3 text-sm text-ink-soft"
      />
      <Button onPress={() => void copy()} autoFocus>
        {copied === 'yes' ? <Check aria-hidden className="size-5" /> : <Copy aria-hidden className="size-5" />}
        {copied === 'yes' ? t('copied') : t('copy')}
      </Button>
      <LiveRegion text={copied === 'yes' ? t('copied') : ''} />
      {copied === 'byHand' ? (
        <p role="status" className="text-sm text-ink-soft">
          {t('copyByHand')}
        </p>
      ) : null}
    </div>
  );
}
