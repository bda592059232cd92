'use client';

import {
  CircleDot,
  FileText,
  MessageSquareText,
  Mic,
  MicOff,
  NotebookPen,
  PhoneOff,
  Settings2,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { DeviceState } from '../media/localDevices.ts';
import { ControlButton } from './ControlButton.tsx';
import { MoreControls } from './MoreControls.tsx';
import { openers } from './useSidePanel.ts';

interface ControlBarProps {
  microphone: DeviceState;
  camera: DeviceState;
  chat: { isOpen: boolean; unread: number };
  /** Leaves what the call itself needs: devices and the way out. */
  isLocked: boolean;
  /** Null for those who have no panel. */
  people: { isOpen: boolean; waiting: number } | null;
  /** Null for those who write none. */
  note: { isOpen: boolean; hasDraft: boolean } | null;
  /** Null for those who record nothing. */
  onRecord: (() => void) | null;
  /** The way to a patient's own notes and keys; null for others. */
  onOwnRecord: (() => void) | null;
  onMicrophone: () => void;
  onCamera: () => void;
  onDevices: () => void;
  onChat: () => void;
  onPeople: () => void;
  onNote: () => void;
  onLeave: () => void;
}

/** What one can do in the call: icon and word, leaving apart from the rest. On a phone a panel of text covers it. */
export function ControlBar(props: ControlBarProps) {
  const { microphone, camera, chat, isLocked, onOwnRecord } = props;
  const { people, note, onRecord } = isLocked ? { people: null, note: null, onRecord: null } : props;
  const t = useTranslations('call.bar');
  const recording = useTranslations('recording');
  const devicesControl = (slot?: 'close') => (
    <ControlButton icon={Settings2} word={t('devices')} onPress={props.onDevices} {...(slot ? { slot } : {})} />
  );
  const noteControl = note
    ? (slot?: 'close') => (
        <ControlButton
          icon={NotebookPen}
          word={t('note')}
          {...(note.hasDraft ? { more: t('noteUnsaved') } : {})}
          isExpanded={note.isOpen}
          onPress={props.onNote}
          {...(slot ? { slot } : { id: openers.note })}
        />
      )
    : null;
  const recordControl = (onPress: () => void, slot?: 'close') => (
    <ControlButton icon={CircleDot} word={recording('bar')} onPress={onPress} {...(slot ? { slot } : {})} />
  );
  return (
    <section
      aria-label={t('label')}
      className={`border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] ${chat.isOpen ? 'max-sm:hidden' : ''}`}
    >
      <div className="mx-auto flex max-w-3xl items-center justify-between gap-1 px-2 py-2 sm:px-4">
        <div className="flex gap-1 sm:gap-2">
          <ControlButton
            icon={microphone.on ? Mic : MicOff}
            word={microphone.track ? t(microphone.on ? 'mute' : 'unmute') : t('noMicrophone')}
            shortcut="m"
            isOff={!microphone.on}
            onPress={props.onMicrophone}
          />
          <ControlButton
            icon={camera.on ? Video : VideoOff}
            word={t('camera')}
            more={t(camera.on ? 'stopCamera' : 'startCamera')}
            shortcut="v"
            isOff={!camera.on}
            onPress={props.onCamera}
          />
          <span className={note ? 'max-sm:hidden' : ''}>{devicesControl()}</span>
          {isLocked ? null : (
            <ControlButton
              icon={MessageSquareText}
              word={t('chat')}
              {...(chat.unread > 0 ? { more: t('unread', { count: chat.unread }) } : {})}
              shortcut="c"
              count={chat.unread}
              isExpanded={chat.isOpen}
              id={openers.chat}
              onPress={props.onChat}
            />
          )}
          {people ? (
            <ControlButton
              icon={Users}
              word={t('people')}
              {...(people.waiting > 0 ? { more: t('waiting') } : {})}
              count={people.waiting}
              isExpanded={people.isOpen}
              id={openers.people}
              onPress={props.onPeople}
            />
          ) : null}
          {onOwnRecord ? (
            <ControlButton icon={FileText} word={t('ownRecord')} more={t('newTab')} onPress={onOwnRecord} />
          ) : null}
          {noteControl ? <span className="max-sm:hidden">{noteControl()}</span> : null}
          {onRecord ? <span className="max-sm:hidden">{recordControl(onRecord)}</span> : null}
          {noteControl ? (
            <MoreControls word={t('more')}>
              {devicesControl('close')}
              {noteControl('close')}
              {onRecord ? recordControl(onRecord, 'close') : null}
            </MoreControls>
          ) : null}
        </div>
        <ControlButton icon={PhoneOff} word={t('leave')} isLeave onPress={props.onLeave} />
      </div>
    </section>
  );
}
