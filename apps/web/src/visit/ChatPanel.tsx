'use client';

import { MessageSquareLock } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import type { VisitCall, VisitSnapshot } from '../call/contract.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { SidePanel } from '../components/SidePanel.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { ChatComposer } from './ChatComposer.tsx';
import { ChatLine } from './ChatLine.tsx';
import type { ChatReading } from './useChat.ts';

interface ChatPanelProps {
  call: VisitCall;
  snapshot: VisitSnapshot;
  reading: ChatReading;
  onClose: () => void;
}

/** So near to its end a list counts as read to the end: what comes then is scrolled to. */
const nearEnd = 80;

/** A keyboard on the screen would cover what there is to read. */
const typesOnGlass = () => window.matchMedia('(pointer: coarse)').matches;

/** What people in the visit write to each other. */
export function ChatPanel({ call, snapshot, reading, onClose }: ChatPanelProps) {
  const t = useTranslations('call.chat');
  const format = useFormatter();
  const times = useTimes();
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const { chat, people } = snapshot;
  const last = chat.at(-1);
  useEffect(() => {
    const box = list.current;
    if (box && last && (atEnd.current || last.tag === 'own')) box.scrollTop = box.scrollHeight;
  }, [last]);
  const onScroll = () => {
    const box = list.current;
    if (box) atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd;
  };
  const nameOf = (id: string) => people.find((person) => person.participantId === id)?.name ?? t('someone');
  return (
    <SidePanel title={t('title')} closeLabel={t('close')} onClose={onClose} layout="fill" takesFocus={typesOnGlass()}>
      <div
        ref={list}
        role="log"
        aria-label={t('messages')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
        tabIndex={0}
        onScroll={onScroll}
        className="-mx-2 flex min-h-0 flex-1 flex-col overflow-y-auto px-2"
      >
        {chat.some(({ tag }) => tag !== 'arrival') ? null : (
          <EmptyState icon={MessageSquareLock} title={t('empty.title')} text={t('empty.text')} />
        )}
        <ol className="mt-auto flex flex-col gap-3">
          {chat.map((entry, index) =>
            entry.tag === 'arrival' ? (
              <li key={entry.key} className="text-center text-sm text-ink-soft">
                {t(index === 0 ? 'since' : 'sinceAgain', { time: times.time(new Date(entry.at)) })}
              </li>
            ) : (
              <ChatLine
                key={entry.key}
                entry={entry}
                awaited={(ids) => format.list(ids.map(nameOf), { type: 'conjunction' })}
                isAway={(id) => people.some((one) => one.participantId === id && one.presence === 'away')}
                others={people.length}
                onAgain={() => void call.sayAgain(entry.key)}
                onRewrite={(text) => reading.setDraft((draft) => (draft === '' ? text : `${draft}\n${text}`))}
              />
            ),
          )}
        </ol>
      </div>
      <ChatComposer
        draft={reading.draft}
        onDraft={reading.setDraft}
        takesFocus={!typesOnGlass()}
        onSay={(text) => call.say(text)}
      />
    </SidePanel>
  );
}
