import type { ParticipantId } from '@sotto/protocol/ids';
import type { Person, VisitSnapshot } from '../call/contract.ts';
import { isDeparture } from '../call/incidents.ts';

/** One thing that happened between two snapshots and that everybody should notice. */
export type CallChange =
  | { readonly tag: 'waits'; readonly participantId: ParticipantId }
  | {
      readonly tag: 'joined' | 'left' | 'away' | 'back' | 'muted' | 'unmuted' | 'cameraOff' | 'cameraOn';
      readonly name: string | null;
    };

const isOff = (source: Person['microphone']) => source.state === 'off' || source.state === 'none';

function changesOf(before: Person, after: Person): CallChange[] {
  const { name } = after;
  const changes: CallChange[] = [];
  if (before.presence !== after.presence) changes.push({ tag: after.presence === 'away' ? 'away' : 'back', name });
  if (after.presence === 'away') return changes;
  // Only what the person did: a source that appears while they connect isn't an unmuting.
  if (before.microphone.state === 'live' && after.microphone.state === 'off') changes.push({ tag: 'muted', name });
  if (before.microphone.state === 'off' && !isOff(after.microphone)) changes.push({ tag: 'unmuted', name });
  if (before.camera.state === 'live' && after.camera.state === 'off') changes.push({ tag: 'cameraOff', name });
  if (before.camera.state === 'off' && !isOff(after.camera)) changes.push({ tag: 'cameraOn', name });
  return changes;
}

/**
 * What happened from one snapshot to the next. A person counts as joined once they have a verified name. With no
 * snapshot before, those who are there already are not news, those who wait are. A departure that is told as an incident
 * isn't said here too.
 */
export function callChanges(before: VisitSnapshot | null, after: VisitSnapshot): CallChange[] {
  const earlier = new Map(before?.people.map((person) => [person.participantId, person]));
  const later = new Set(after.people.map((person) => person.participantId));
  const known = new Set(before?.waiting.map((person) => person.participantId));
  const waits: CallChange[] = after.waiting
    .filter(({ participantId }) => !known.has(participantId))
    .map(({ participantId }) => ({ tag: 'waits', participantId }));
  const present = after.people.flatMap((person): CallChange[] => {
    const was = earlier.get(person.participantId);
    const isNew = before !== null && person.name !== null && (was?.name ?? null) === null;
    return [...(isNew ? [{ tag: 'joined', name: person.name } as const] : []), ...(was ? changesOf(was, person) : [])];
  });
  const told = new Set(after.incidents.map((one) => (isDeparture(one) ? one.person.participantId : null)));
  const left: CallChange[] = [...earlier.values()]
    .filter(({ participantId }) => !later.has(participantId) && !told.has(participantId))
    .map(({ name }) => ({ tag: 'left', name }));
  return [...waits, ...present, ...left];
}
