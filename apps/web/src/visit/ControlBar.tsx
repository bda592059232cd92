'use client';

import { FileText, Mic, MicOff, NotebookPen, PhoneOff, Settings2, Users, Video, VideoOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { DeviceState } from '../media/localDevices.ts';
import { ControlButton } from './ControlButton.tsx';

interface ControlBarProps {
  microphone: DeviceState;
  camera: DeviceState;
  /** Null for those who have no panel. */
  people: { isOpen: boolean; waiting: number } | null;
  /** Null for those who write none. */
  note: { isOpen: boolean; hasDraft: boolean } | null;
  /** The way to a patient's own notes and keys; null for others. */
  onOwnRecord: (() => void) | null;
  onMicrophone: () => void;
  onCamera: () => void;
  onDevices: () => void;
  onPeople: () => void;
  onNote: () => void;
  onLeave: () => void;
}

/** What one can do in the call: icon and word, leaving apart from the rest. */
export function ControlBar(props: ControlBarProps) {
  const { microphone, camera, people, note, onOwnRecord } = props;
  const t = useTranslations('call.bar');
  return (
    <section aria-label={t('label')} className="border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]">
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
          <ControlButton icon={Settings2} word={t('devices')} onPress={props.onDevices} />
          {people ? (
            <ControlButton
              icon={Users}
              word={t('people')}
              {...(people.waiting > 0 ? { more: t('waiting') } : {})}
              count={people.waiting}
              isExpanded={people.isOpen}
              onPress={props.onPeople}
            />
          ) : null}
          {onOwnRecord ? (
            <ControlButton icon={FileText} word={t('ownRecord')} more={t('newTab')} onPress={onOwnRecord} />
          ) : null}
          {note ? (
            <ControlButton
              icon={NotebookPen}
              word={t('note')}
              {...(note.hasDraft ? { more: t('noteUnsaved') } : {})}
              isExpanded={note.isOpen}
              onPress={props.onNote}
            />
          ) : null}
        </div>
        <ControlButton icon={PhoneOff} word={t('leave')} isLeave onPress={props.onLeave} />
      </div>
    </section>
  );
}
