'use client';

import type { ParticipantId } from '@sotto/protocol/ids';
import { useLocale, useTranslations } from 'next-intl';
import { useCallback, useMemo, useState } from 'react';
import type { ActionOutcome, VisitCall, VisitSnapshot } from '../call/contract.ts';
import { StayLines } from '../guests/StayLines.tsx';
import { useDevicesSnapshot } from '../media/useLocalDevices.ts';
import { CallAnnouncer } from './CallAnnouncer.tsx';
import { CallBanners } from './CallBanners.tsx';
import { CallHeader } from './CallHeader.tsx';
import { ChatPanel } from './ChatPanel.tsx';
import { ControlBar } from './ControlBar.tsx';
import type { CallActions } from './callActions.ts';
import type { CallProps } from './callProps.ts';
import { DetailsPanel } from './DetailsPanel.tsx';
import { DevicesDialog } from './DevicesDialog.tsx';
import { LeaveDialog } from './LeaveDialog.tsx';
import { PeoplePanel } from './PeoplePanel.tsx';
import { RecordingLine } from './RecordingLine.tsx';
import { RecordingQuestion } from './RecordingQuestion.tsx';
import { RemoteSound } from './RemoteSound.tsx';
import { Stage } from './Stage.tsx';
import { useChat } from './useChat.ts';
import { useComparison } from './useComparison.ts';
import { useRecording } from './useRecording.ts';
import { useShortcuts } from './useShortcuts.ts';
import { useSidePanel } from './useSidePanel.ts';
import { useWakeLock } from './useWakeLock.ts';

interface CallRoomProps extends Omit<CallProps, 'onExit'> {
  call: VisitCall;
  snapshot: VisitSnapshot;
}

/** The side panel has a place of its own from this width on; below it covers the pictures. */
const wideEnough = '(min-width: 64rem)';

/** The visit itself: who is there, and what one can do. */
export function CallRoom({ call, snapshot, devices, facts, notes, guests, recorder, lock }: CallRoomProps) {
  const t = useTranslations('call');
  const isHost = facts.kind === 'physician';
  const portal = `/${useLocale()}/portal/`;
  const { microphone, camera, speakerId } = useDevicesSnapshot(devices);
  const isLocked = lock?.isLocked === true;
  const side = useSidePanel(() => (isHost && window.matchMedia(wideEnough).matches ? 'people' : null));
  const { open, toggle, close } = side;
  // The one that was open is back once it is unlocked.
  const panel = isLocked ? null : side.panel;
  const chat = useChat(snapshot, panel === 'chat');
  const [dialog, setDialog] = useState<'devices' | 'leave' | 'record' | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const comparison = useComparison(call, snapshot);
  useWakeLock();

  const run = useCallback(async (action: Promise<ActionOutcome>) => {
    setFailed(false);
    setFailed((await action) === 'failed');
  }, []);
  const recording = useRecording(call, snapshot, run);
  const toggleMicrophone = () => (microphone.track ? void devices.setMicrophone(!microphone.on) : setDialog('devices'));
  const toggleCamera = () =>
    camera.status === 'live' || camera.status === 'off' ? void devices.setCamera(!camera.on) : setDialog('devices');
  useShortcuts({ m: toggleMicrophone, v: toggleCamera, c: () => (isLocked ? undefined : toggle('chat')) });
  const isWaiting = (id: ParticipantId) => snapshot.waiting.some(({ participantId }) => participantId === id);
  const actions = useMemo<CallActions>(
    () => ({
      admit: (participantId) => void run(call.admit(participantId)),
      decline: (participantId) => void run(call.decline(participantId)),
      repair: (participantId) => void run(call.repair(participantId)),
      rejoin: () => void run(call.rejoin()),
      showDetails: () => open('details'),
    }),
    [call, run, open],
  );

  return (
    <div className="flex h-dvh flex-col bg-canvas">
      {isLocked ? (
        lock.line()
      ) : (
        <CallHeader
          snapshot={snapshot}
          facts={facts}
          onRepair={actions.rejoin}
          onCompare={() => void run(comparison.compare())}
          onDistrust={() => void run(comparison.show())}
          onDetails={actions.showDetails}
        />
      )}
      {lock?.warning()}
      <RecordingLine snapshot={snapshot} onStop={recording.stop} />
      <CallBanners
        snapshot={snapshot}
        devices={devices}
        hasFailed={hasFailed}
        facts={facts}
        onRead={(incident) => call.dismiss(incident)}
        comparer={comparison.isAsked && !isLocked ? starterName(snapshot, t('people.someone')) : null}
        onCodes={() => void run(comparison.show())}
        onNotNow={comparison.dismiss}
        onDistrust={() => void run(comparison.show())}
        onDismiss={() => setFailed(false)}
        onDevices={() => setDialog('devices')}
        writer={chat.announced === null ? null : (chat.announced.name ?? t('people.someone'))}
        onReadChat={() => open('chat')}
        onLater={chat.notNow}
      />
      {isLocked ? null : <StayLines snapshot={snapshot} facts={facts} />}
      {recorder?.booth({ call, snapshot, isOpen: dialog === 'record' && !isLocked, onClose: () => setDialog(null) })}
      {notes && !isLocked ? (
        <div className="flex flex-col gap-2 p-3 empty:hidden sm:px-4">{notes.requests()}</div>
      ) : null}
      <main className="flex min-h-0 flex-1 flex-col">
        <div className="relative flex min-h-0 flex-1">
          <Stage
            call={call}
            snapshot={snapshot}
            devices={devices}
            facts={facts}
            actions={actions}
            isPanelOpen={panel === 'people'}
            isLocked={isLocked}
          />
          {panel === 'people' ? (
            <PeoplePanel
              snapshot={snapshot}
              facts={facts}
              actions={actions}
              guests={guests?.({ snapshot, onPutOut: (id) => (isWaiting(id) ? call.decline(id) : call.putOut(id)) })}
              onClose={close}
            />
          ) : null}
          {panel === 'note' ? notes?.panel(close) : null}
          {panel === 'chat' ? <ChatPanel call={call} snapshot={snapshot} reading={chat} onClose={close} /> : null}
          {panel === 'details' ? <DetailsPanel call={call} snapshot={snapshot} onClose={close} /> : null}
        </div>
        <ControlBar
          microphone={microphone}
          camera={camera}
          isLocked={isLocked}
          chat={{ isOpen: panel === 'chat', unread: chat.unread }}
          people={isHost ? { isOpen: panel === 'people', waiting: snapshot.waiting.length } : null}
          onRecord={recorder ? () => setDialog('record') : null}
          note={notes ? { isOpen: panel === 'note', hasDraft: notes.hasDraft } : null}
          // A tab of its own: the visit goes on, and both can talk while they compare a key's number.
          onOwnRecord={facts.kind !== 'patient' ? null : () => void window.open(portal, '_blank', 'noopener')}
          onMicrophone={toggleMicrophone}
          onCamera={toggleCamera}
          onDevices={() => setDialog('devices')}
          onChat={() => toggle('chat')}
          onPeople={() => toggle('people')}
          onNote={() => toggle('note')}
          onLeave={() => (isHost ? setDialog('leave') : call.leave())}
        />
      </main>
      <RemoteSound people={snapshot.people} speakerId={speakerId} blockedText={t('soundBlocked')} />
      <CallAnnouncer {...{ snapshot, facts, microphone, camera, speakerId, chat, isLocked }} />
      {recording.isAsked && !isLocked ? <RecordingQuestion snapshot={snapshot} onAnswer={recording.answer} /> : null}
      {comparison.Dialog && !isLocked ? (
        <comparison.Dialog
          snapshot={snapshot}
          role={isHost ? 'physician' : 'patient'}
          onAnswer={(answer) => run(comparison.answer(answer))}
          onAgain={() => void run(comparison.compare())}
          onLeave={() => call.leave()}
          onClose={comparison.dismiss}
        />
      ) : null}
      {dialog === 'devices' ? <DevicesDialog devices={devices} onClose={() => setDialog(null)} /> : null}
      {dialog === 'leave' ? (
        <LeaveDialog
          onClose={() => setDialog(null)}
          onLeave={() => void recording.stopOwn().then(() => call.leave())}
          onEnd={async () => {
            await recording.stopOwn();
            await run(call.endForEveryone());
            setDialog(null);
          }}
        />
      ) : null}
    </div>
  );
}

function starterName({ comparison, people }: VisitSnapshot, unknown: string): string {
  return people.find((person) => person.participantId === comparison?.starter.participantId)?.name ?? unknown;
}
