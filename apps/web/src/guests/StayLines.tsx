'use client';

import type { ParticipantId } from '@sotto/protocol/ids';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { BannerLine } from '../visit/BannerLine.tsx';
import type { VisitFacts } from '../visit/visitFacts.ts';
import { useGuestBook, useRoleWord } from './guestBook.ts';
import { moreMinutes, warningOf } from './stayChoices.ts';
import { useMoreTime } from './useMoreTime.ts';

interface StayLinesProps {
  snapshot: VisitSnapshot;
  facts: VisitFacts;
}

/** Who has come in besides whom one came to meet, and whose time ends soon. */
export function StayLines({ snapshot, facts }: StayLinesProps) {
  return (
    <div role="status">
      {facts.kind === 'physician' ? null : <Newcomers people={snapshot.people} />}
      {facts.kind === 'guest' ? <OwnEnd until={snapshot.self?.until ?? null} /> : null}
      {facts.kind === 'physician' ? <Ends people={snapshot.people} visit={facts.visit.id} /> : null}
    </div>
  );
}

/** To a patient, and other guests: nobody listens without being named. */
function Newcomers({ people }: { people: readonly Person[] }) {
  const t = useTranslations('guests');
  const common = useTranslations('call.banner');
  const roleWord = useRoleWord();
  const locale = useLocale();
  const [read, setRead] = useState<ReadonlySet<ParticipantId>>(new Set());
  const guests = people.filter(
    ({ role, name, participantId }) => role === 'guest' && name !== null && !read.has(participantId),
  );
  if (guests.length === 0) return null;
  const names = guests.map((guest) => `${guest.name ?? ''} (${roleWord(guest)})`);
  return (
    <BannerLine
      tone="news"
      text={t('alsoHere', { names: new Intl.ListFormat(locale).format(names), count: names.length })}
      action={common('dismiss')}
      onAction={() => setRead(new Set([...read, ...guests.map(({ participantId }) => participantId)]))}
    />
  );
}

function OwnEnd({ until }: { until: number | null }) {
  const t = useTranslations('guests');
  const times = useTimes();
  const now = useNow(1_000).getTime();
  const minutes = until === null ? null : warningOf(until, now);
  if (until === null || minutes === null) return null;
  return <BannerLine text={t(`ownEnd.${minutes}`, { time: times.time(new Date(until)) })} />;
}

function Ends({ people, visit }: { people: readonly Person[]; visit: Parameters<typeof useMoreTime>[0] }) {
  const t = useTranslations('guests');
  const times = useTimes();
  const book = useGuestBook();
  const now = useNow(1_000).getTime();
  const more = useMoreTime(visit);
  return people.flatMap(({ participantId, name, until }) => {
    const minutes = until === null ? null : warningOf(until, now);
    if (until === null || minutes === null) return [];
    const named = name ?? t('someone');
    const endsAt = book.get(participantId)?.endsAt ?? until;
    // Their browser gets new keys for the longer time by itself, within seconds.
    const isPutOff = endsAt >= until + 1_000;
    const hasFailed = more.isError && more.variables.participantId === participantId && !isPutOff;
    return [
      <BannerLine
        key={participantId}
        tone={hasFailed ? 'danger' : 'waiting'}
        text={
          isPutOff
            ? t('putOff', { name: named, time: times.time(new Date(endsAt)) })
            : `${t(`end.${minutes}`, { name: named, time: times.time(new Date(until)) })}${hasFailed ? ` ${t('failed.more')}` : ''}`
        }
        isBusy={isPutOff || more.isPending}
        {...(isPutOff || more.isPending
          ? {}
          : {
              action: t('more', { minutes: moreMinutes }),
              onAction: () => more.mutate({ participantId, endsAt: new Date(until).toISOString() }),
            })}
      />,
    ];
  });
}
