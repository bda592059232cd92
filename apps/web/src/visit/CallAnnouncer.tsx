'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { useExpectedName } from '../guests/guestBook.ts';
import { playChime } from '../media/chime.ts';
import type { DeviceState } from '../media/localDevices.ts';
import { type CallChange, callChanges } from './callChanges.ts';
import type { ChatReading } from './useChat.ts';
import type { VisitFacts } from './visitFacts.ts';

interface CallAnnouncerProps {
  snapshot: VisitSnapshot;
  facts: VisitFacts;
  microphone: DeviceState;
  camera: DeviceState;
  speakerId: string;
  chat: Pick<ChatReading, 'unread' | 'newest'>;
  /** Names nobody meanwhile. */
  isLocked: boolean;
}

/** Says to a screen reader who comes, goes, mutes and waits; a chime says to everybody that somebody waits. */
export function CallAnnouncer({ snapshot, facts, microphone, camera, speakerId, chat, isLocked }: CallAnnouncerProps) {
  const t = useTranslations('call.said');
  const expectedName = useExpectedName(facts);
  const before = useRef<VisitSnapshot | null>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    const changes = callChanges(before.current, snapshot);
    before.current = snapshot;
    if (changes.length === 0) return;
    const wordsOf = (change: CallChange) => {
      const name =
        change.tag === 'waits' ? (expectedName(change.participantId) ?? t('someone')) : (change.name ?? t('someone'));
      return t(change.tag, { name });
    };
    setText(changes.map(wordsOf).join(' '));
    const isChime = changes.some(({ tag }) => tag === 'waits' || (tag === 'joined' && facts.kind !== 'physician'));
    if (isChime) void playChime('attention', speakerId);
  }, [snapshot, facts, expectedName, speakerId, t]);
  return (
    <>
      <LiveRegion text={isLocked ? '' : text} />
      <LiveRegion
        text={
          chat.newest && !isLocked ? t('wrote', { name: chat.newest.name ?? t('someone'), count: chat.unread }) : ''
        }
      />
      <LiveRegion text={t(microphone.on ? 'microphoneOn' : 'microphoneOff')} />
      <LiveRegion text={t(camera.on ? 'ownCameraOn' : 'ownCameraOff')} />
    </>
  );
}
