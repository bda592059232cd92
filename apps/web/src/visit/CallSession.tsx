'use client';

import { useEffect, useState } from 'react';
import { browserStorage } from '../call/browserStorage.ts';
import type { VisitCall, VisitPhase, VisitSnapshot } from '../call/contract.ts';
import { createVisitMemory, type VisitMemory } from '../call/visitMemory.ts';
import { GuestBookProvider } from '../guests/GuestBookProvider.tsx';
import { useOwnStay } from '../guests/useOwnStay.ts';
import { CallOpening } from './CallOpening.tsx';
import { CallRoom } from './CallRoom.tsx';
import type { CallProps } from './callProps.ts';
import { rememberEntered } from './enteredVisit.ts';
import { Farewell } from './Farewell.tsx';
import { NamesHidden } from './NamesHidden.tsx';
import { PasskeyDialog } from './PasskeyDialog.tsx';
import { useVisitCall, useVisitSnapshot } from './useVisitCall.ts';
import { targetOf } from './visitFacts.ts';
import { WaitingRoom } from './WaitingRoom.tsx';

/** The visit from connecting to its end; may be entered again after it was left. */
export function CallSession(props: CallProps) {
  const [round, setRound] = useState(0);
  const [memory] = useState(() => createVisitMemory(browserStorage('sessionStorage')));
  return (
    <Round
      key={round}
      {...props}
      memory={memory}
      onAgain={() => {
        void props.devices.start();
        setRound(round + 1);
      }}
    />
  );
}

interface RoundProps extends CallProps {
  memory: VisitMemory;
  onAgain: () => void;
}

/** Whether nothing more follows this phase. */
const isOver = (phase: VisitPhase) => !['connecting', 'waiting', 'entering', 'inVisit'].includes(phase.tag);

/** One stay in the visit. */
function Round({ memory, onAgain, ...props }: RoundProps) {
  const { devices, facts } = props;
  const call = useVisitCall(() => targetOf(facts), memory, devices);
  const snapshot = useVisitSnapshot(call);
  const { phase } = snapshot;
  const over = isOver(phase);
  useEffect(() => {
    if (!over) return;
    // The camera's light goes out with the visit, and a reload doesn't walk back in.
    devices.stop();
    rememberEntered(null);
  }, [over, devices]);
  useOwnStay(call, facts, snapshot);
  return (
    <GuestBookProvider facts={facts} snapshot={snapshot}>
      <Screen {...props} call={call} snapshot={snapshot} onAgain={onAgain} />
    </GuestBookProvider>
  );
}

interface ScreenProps extends Omit<RoundProps, 'memory'> {
  call: VisitCall;
  snapshot: VisitSnapshot;
}

function Screen({ call, snapshot, devices, facts, notes, guests, recorder, lock, onAgain, onExit }: ScreenProps) {
  const { phase, confirmation } = snapshot;
  const asked = confirmation ? <PasskeyDialog call={call} confirmation={confirmation} /> : null;
  switch (phase.tag) {
    case 'connecting':
      return (
        <>
          <CallOpening />
          {asked}
        </>
      );
    case 'waiting':
      return <WaitingRoom call={call} devices={devices} facts={facts} phase={phase} />;
    case 'entering':
    case 'inVisit':
      return (
        <>
          <NamesHidden isHidden={lock?.isLocked === true} snapshot={snapshot} facts={facts}>
            {(shown) => <CallRoom {...{ call, devices, notes, guests, recorder, lock, ...shown }} />}
          </NamesHidden>
          {asked}
        </>
      );
    case 'declined':
    case 'putOut':
    case 'ended':
    case 'replaced':
    case 'left':
    case 'failed':
      if (lock?.isLocked) return lock.screen(recorder?.storing());
      return (
        <Farewell
          phase={phase}
          incidents={snapshot.incidents}
          facts={facts}
          notes={notes}
          recorder={recorder}
          onAgain={onAgain}
          onExit={onExit}
        />
      );
  }
}
