'use client';

import { chatTextOctets } from '@sotto/e2ee';
import { SendHorizontal } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type Dispatch, type KeyboardEvent, type SetStateAction, useEffect, useId, useRef, useState } from 'react';
import type { SayOutcome } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';

interface ChatComposerProps {
  draft: string;
  onDraft: Dispatch<SetStateAction<string>>;
  takesFocus: boolean;
  onSay: (text: string) => Promise<SayOutcome>;
}

/** Where a message is written. What can't be sent stays in it, with the reason. */
export function ChatComposer({ draft, onDraft, takesFocus, onSay }: ChatComposerProps) {
  const t = useTranslations('call.chat');
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [refusal, setRefusal] = useState<SayOutcome>('said');
  const text = draft.trim();
  const isTooLong = new TextEncoder().encode(text).length > chatTextOctets;
  const problem = isTooLong ? 'tooLong' : refusal;
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);

  const send = async () => {
    if (text === '' || isTooLong) return;
    const outcome = await onSay(text);
    setRefusal(outcome);
    // What was typed meanwhile stays.
    if (outcome === 'said')
      onDraft((now) => (now === draft ? '' : now.startsWith(draft) ? now.slice(draft.length) : now));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      className="flex flex-col gap-2 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {problem === 'said' || problem === 'empty' ? null : (
        <p id={`${id}-problem`} role="alert" className="text-sm font-medium text-danger">
          {t(`problem.${problem}`)}
        </p>
      )}
      <label htmlFor={id} className="text-sm font-medium">
        {t('label')}
      </label>
      <textarea
        ref={field}
        id={id}
        value={draft}
        dir="auto"
        rows={2}
        enterKeyHint="send"
        autoComplete="off"
        aria-describedby={`${id}-problem ${id}-hint`}
        aria-invalid={problem !== 'said' && problem !== 'empty'}
        onChange={(event) => {
          onDraft(event.target.value);
          setRefusal('said');
        }}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-40 min-h-16 w-full resize-none rounded-md border border-line-strong bg-surface p-2.5 text-base text-ink"
      />
      <div className="flex items-center justify-between gap-3">
        <p id={`${id}-hint`} className="text-sm text-ink-soft">
          <span className="pointer-coarse:hidden">{t('keys')}</span>
        </p>
        <Button type="submit" isDisabled={text === '' || isTooLong}>
          <SendHorizontal aria-hidden className="size-5 rtl:-scale-x-100" />
          {t('send')}
        </Button>
      </div>
    </form>
  );
}
