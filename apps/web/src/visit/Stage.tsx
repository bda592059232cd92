'use client';

import { useTranslations } from 'next-intl';
import type { VisitCall, VisitSnapshot } from '../call/contract.ts';
import type { LocalDevices } from '../media/localDevices.ts';
import type { CallActions } from './callActions.ts';
import { EmptyStage } from './EmptyStage.tsx';
import { PersonTile } from './PersonTile.tsx';
import { SelfView } from './SelfView.tsx';
import { TileGrid } from './TileGrid.tsx';
import type { VisitFacts } from './visitFacts.ts';
import { WaitingList } from './WaitingList.tsx';

interface StageProps {
  call: VisitCall;
  snapshot: VisitSnapshot;
  devices: LocalDevices;
  facts: VisitFacts;
  actions: CallActions;
  isPanelOpen: boolean;
  /** Nobody here is to be let in, invited or named. */
  isLocked: boolean;
}

/** The pictures: the others large, one's own small. */
export function Stage({ call, snapshot, devices, facts, actions, isPanelOpen, isLocked }: StageProps) {
  const t = useTranslations('call');
  const { people, waiting } = snapshot;
  const tiles = people.map((person) => (
    <PersonTile
      key={person.participantId}
      call={call}
      person={person}
      isAlone={people.length === 1}
      onRepair={() => (person.security === 'cantVerify' ? actions.rejoin() : actions.repair(person.participantId))}
      onSendAway={facts.kind === 'physician' && !isLocked ? () => actions.decline(person.participantId) : null}
      onDetails={actions.showDetails}
    />
  ));
  return (
    <section
      aria-label={t('stage')}
      className="on-stage relative min-w-0 flex-1 overflow-hidden bg-stage text-on-stage"
    >
      {people.length === 0 ? (
        isLocked ? null : (
          <EmptyStage snapshot={snapshot} facts={facts} isPanelOpen={isPanelOpen} />
        )
      ) : people.length === 1 ? (
        tiles
      ) : (
        <TileGrid people={people.length}>{tiles}</TileGrid>
      )}
      {waiting.length > 0 && !isPanelOpen && !isLocked ? (
        <div className="absolute inset-x-3 top-3 z-10 mx-auto max-w-sm motion-safe:animate-appear">
          <WaitingList waiting={waiting} facts={facts} actions={actions} />
        </div>
      ) : null}
      <SelfView devices={devices} isSmall={people.length > 2} />
    </section>
  );
}
