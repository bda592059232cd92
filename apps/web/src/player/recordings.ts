import type { ObjectId, RecordingId, VisitId } from '@sotto/protocol/ids';
import type { SealedRecording } from '@sotto/protocol/recordings';
import type { SealedSummary } from '@sotto/protocol/records';
import { missingOf } from './people.ts';

/** A recording as lists have it: the objects of those who are in it. */
export interface ListedRecording {
  readonly recording: RecordingId;
  readonly visit: VisitId;
  readonly writer: SealedSummary['writer'];
  /** When the first of them was stored. */
  readonly storedAt: string;
  /** By track. */
  readonly objects: readonly { readonly object: ObjectId; readonly track: number }[];
}

/** A recording by its link, and how many of those who were recorded the link leaves out: by the api's record, until it is opened. */
export interface LinkedOnes {
  readonly listed: ListedRecording;
  readonly present: number;
  readonly leftOut: number;
}

/** What a link leads to. */
export function linkedIn(
  answers: readonly (SealedSummary & { readonly evidence: Pick<SealedRecording['evidence'], 'tracks'> })[],
): readonly LinkedOnes[] {
  return recordingsIn(answers).map((listed) => {
    const own = answers.filter(({ recording }) => recording?.id === listed.recording);
    const present = own.flatMap(({ recording, evidence }) => {
      const participant = recording && evidence.tracks[recording.track];
      return participant ? [{ participant }] : [];
    });
    const missing = missingOf(
      own.flatMap(({ evidence }) => evidence.tracks),
      present,
    );
    return { listed, present: new Set(present.map(({ participant }) => participant)).size, leftOut: missing.length };
  });
}

/** The recordings among some objects, in the order in which the list has their first ones. */
export function recordingsIn(summaries: readonly SealedSummary[]): readonly ListedRecording[] {
  const found = new Map<RecordingId, ListedRecording>();
  for (const { recording, object, visitId, writer, storedAt } of summaries) {
    if (recording === null) continue;
    const before = found.get(recording.id);
    const objects = [...(before?.objects ?? []), { object, track: recording.track }];
    found.set(recording.id, {
      recording: recording.id,
      visit: visitId,
      writer: before?.writer ?? writer,
      storedAt: before !== undefined && before.storedAt < storedAt ? before.storedAt : storedAt,
      objects: objects.sort((a, b) => a.track - b.track),
    });
  }
  return [...found.values()];
}

export const notesIn = (summaries: readonly SealedSummary[]): readonly SealedSummary[] =>
  summaries.filter(({ kind }) => kind !== 'recording');
