import type { Consent, RecordingTerms, SignedConsent } from '@sotto/protocol/consent';
import type { LeafThumbprint } from '@sotto/protocol/ids';
import { leafRefOf } from './leafMember.ts';
import type { LeafRef } from './outcomes.ts';
import type { RecorderWord } from './recorderWord.ts';
import type { RecordingProgress, RecordingState } from './recordingState.ts';
import type { RosterLeaf } from './roster.ts';

export type ConsentLanguage = Consent['language'];

/** A recording that was asked for, as one leaf has it. */
export interface Asked {
  readonly terms: RecordingTerms;
  /** Their hash. */
  readonly hash: string;
  asker: LeafRef;
  isOwn: boolean;
  own: RecordingState['own'];
  language: ConsentLanguage;
  progress: RecordingProgress;
  /** Whether it has ever run. */
  hasRun: boolean;
  readonly word: RecorderWord;
  readonly consents: Map<LeafThumbprint, SignedConsent>;
}

/** As the page is told. */
export function stateOf(asked: Asked, roster: readonly RosterLeaf[]): RecordingState {
  const { terms, asker, isOwn, own, progress, word, consents } = asked;
  const [agreed, awaited] = [true, false].map((isIn) =>
    roster.filter(({ claims }) => consents.has(claims.jkt) === isIn).map(leafRefOf),
  );
  return {
    ...{ terms, asker, isOwn, own, progress },
    isUnheard: !isOwn && word.isOut && progress.tag === 'recording',
    agreed: agreed ?? [],
    awaited: awaited ?? [],
    consents: isOwn ? [...consents.values()] : [],
  };
}
