import type { RecordingState } from '@sotto/e2ee';
import type { VisitSnapshot } from '../call/contract.ts';

/** How a recording stands, as a screen says it. */
export type RecordingView =
  | { readonly tag: 'asking' | 'starting' | 'recording' }
  /** It ran, and who records hasn't been heard for a while: whether it still runs nobody knows here. */
  | { readonly tag: 'unheard' }
  /** `names` of who hasn't answered. */
  | { readonly tag: 'paused'; readonly names: readonly (string | null)[] }
  | { readonly tag: 'interrupted' }
  | {
      readonly tag: 'stopped';
      readonly why: 'asker' | 'refused' | 'withdrawn';
      /** Null: this person did. */
      readonly by: { readonly name: string | null } | null;
      readonly isConfirmed: boolean;
    };

/** Null while there is none that concerns this person: they are asked by a dialog before anything runs. */
export function recordingView({ recording, people, self }: VisitSnapshot): RecordingView | null {
  if (recording === null) return null;
  const { progress, awaited, isOwn, own } = recording;
  const nameOf = (id: string) => people.find(({ participantId }) => participantId === id)?.name ?? null;
  switch (progress.tag) {
    case 'asking':
      return isOwn || own === 'yes' ? { tag: 'asking' } : null;
    case 'agreed':
      return { tag: 'starting' };
    case 'recording':
      // Signaling's word that the recorder is away doesn't count: only who was removed from the group can't record.
      return { tag: recording.isUnheard ? 'unheard' : 'recording' };
    case 'paused': {
      const others = awaited.filter(({ participantId }) => participantId !== self?.participantId);
      return { tag: 'paused', names: others.map(({ participantId }) => nameOf(participantId)) };
    }
    case 'interrupted':
      return { tag: 'interrupted' };
    case 'stopped': {
      const isSelf = progress.by.participantId === self?.participantId;
      const by = isSelf ? null : { name: nameOf(progress.by.participantId) };
      return { tag: 'stopped', why: progress.why, by, isConfirmed: progress.isConfirmed };
    }
  }
}

/** Whether it can still be stopped. */
export const isOpen = (recording: RecordingState | null): boolean =>
  recording !== null && recording.progress.tag !== 'stopped';

/** What the asker is called; null where that isn't known here. */
export function askerName({ recording, people, self }: VisitSnapshot): string | null {
  const id = recording?.asker.participantId;
  if (id !== undefined && id === self?.participantId) return self.name;
  return people.find(({ participantId }) => participantId === id)?.name ?? null;
}
