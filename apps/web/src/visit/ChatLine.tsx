'use client';

import type { ParticipantId } from '@sotto/protocol/ids';
import { Check, CircleAlert, Clock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { HeardText, OwnDelivery, OwnText } from '../call/chatLog.ts';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';

interface ChatLineProps extends DeliveryProps {
  entry: HeardText | OwnText;
}

interface DeliveryProps {
  /** Names, in a list. */
  awaited: (ids: readonly ParticipantId[]) => string;
  isAway: (id: ParticipantId) => boolean;
  /** How many others are in the visit. */
  others: number;
  onAgain: () => void;
  onRewrite: (text: string) => void;
}

/** One message: who, when, and what was said, as text and nothing else. */
export function ChatLine({ entry, ...delivery }: ChatLineProps) {
  const t = useTranslations('call');
  const times = useTimes();
  const isOwn = entry.tag === 'own';
  return (
    <li className={`flex max-w-[90%] flex-col gap-1 ${isOwn ? 'items-end self-end' : 'items-start self-start'}`}>
      {entry.tag === 'heard' && entry.missing > 0 ? (
        <p className="text-sm text-waiting">{t('chat.missing', { count: entry.missing })}</p>
      ) : null}
      <p className="text-sm text-ink-soft">
        <span className="font-medium text-ink">
          {isOwn ? t('chat.you') : <bdi>{entry.name ?? t('people.nameless')}</bdi>}
        </span>
        {isOwn ? null : <> · {t(`people.role.${entry.role}`)}</>}
        {' · '}
        <time dateTime={new Date(entry.at).toISOString()}>{times.time(new Date(entry.at))}</time>
        {entry.tag === 'heard' && entry.isLate ? <> · {t('chat.late')}</> : null}
      </p>
      {/* A direction of its own: what is written in it turns nothing around it. */}
      <p
        dir="auto"
        className={`max-w-full overflow-hidden rounded-lg px-3 py-2 wrap-anywhere whitespace-pre-wrap ${isOwn ? 'bg-accent-soft' : 'bg-sunken'}`}
      >
        {entry.text}
      </p>
      {isOwn ? <Delivery {...delivery} delivery={entry.delivery} text={entry.text} /> : null}
    </li>
  );
}

const icons = { sending: Clock, delivered: Check, failed: CircleAlert } as const;

function Delivery(props: DeliveryProps & { delivery: OwnDelivery; text: string }) {
  const { delivery, awaited, isAway, others, text, onAgain, onRewrite } = props;
  const t = useTranslations('call.chat.delivery');
  const Icon = icons[delivery.tag];
  const words = () => {
    switch (delivery.tag) {
      case 'sending': {
        const away = delivery.awaited.filter(isAway);
        if (away.length > 0) return t('away', { names: awaited(away) });
        return delivery.some ? t('some', { names: awaited(delivery.awaited) }) : t('sending');
      }
      case 'delivered':
        return t(others > 1 ? 'deliveredToAll' : 'delivered');
      case 'failed':
        return t(delivery.isFinal ? 'final' : 'failed');
    }
  };
  return (
    <div className="flex flex-wrap items-center justify-end gap-x-2">
      <p className={`flex items-center gap-1.5 text-sm ${delivery.tag === 'failed' ? 'text-danger' : 'text-ink-soft'}`}>
        <Icon aria-hidden className="size-4 shrink-0" />
        {words()}
      </p>
      {delivery.tag === 'failed' ? (
        <Button look="quiet" size="small" onPress={delivery.isFinal ? () => onRewrite(text) : onAgain}>
          {t(delivery.isFinal ? 'rewrite' : 'again')}
        </Button>
      ) : null}
    </div>
  );
}
