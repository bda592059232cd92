import type { ParticipantId, Role } from '@sotto/protocol/ids';
import type { CallDetails, TrackDetails } from '../call/contract.ts';

/** Whose details are whose, without saying who they are. */
interface Roles {
  readonly self: Role | null;
  readonly people: readonly { readonly participantId: ParticipantId; readonly role: Role }[];
}

/**
 * The details as text for somebody who helps, in English whatever the page's language. It has numbers, roles and the
 * browser's kind: no name, no id, no key, no address, nothing that was said.
 *
 * @param browser as `navigator.userAgent` has it
 */
export function detailsText(details: CallDetails, { self, people }: Roles, browser: string): string {
  const age = details.epochAgeMs === null ? 'none' : `${Math.round(details.epochAgeMs / 1000)} s`;
  return [
    'Sotto call details, version 1',
    `Browser: ${browser}`,
    `Encryption: ${details.suite}`,
    `Epoch: ${details.epoch ?? 'none'}, age ${age}`,
    ...details.own.map((track) => `Sent by this ${self ?? 'device'}, ${lineOf(track, 'sealed')}`),
    ...people.flatMap(({ participantId, role }, index) => {
      const person = details.people.get(participantId);
      const title = `Person ${index + 1} (${role}, ${person?.security ?? 'unknown'})`;
      const tracks = person?.tracks ?? [];
      return tracks.length === 0
        ? [`${title}: no tracks`]
        : tracks.map((track) => `${title}, ${lineOf(track, 'opened')}`);
    }),
  ].join('\n');
}

function lineOf(track: TrackDetails, verb: 'sealed' | 'opened'): string {
  const { source, codec, size, framesPerSecond, kilobitsPerSecond, loss, roundTripMs, frames, dropped } = track;
  const parts = [
    codec ?? 'codec unknown',
    ...(size ? [`${size.width}x${size.height}`] : []),
    ...(framesPerSecond === null ? [] : [`${Math.round(framesPerSecond)} fps`]),
    ...(kilobitsPerSecond === null ? [] : [`${Math.round(kilobitsPerSecond)} kbit/s`]),
    ...(loss === null ? [] : [`loss ${(loss * 100).toFixed(1)} %`]),
    ...(roundTripMs === null ? [] : [`round trip ${Math.round(roundTripMs)} ms`]),
    `${frames} ${verb}`,
    `dropped ${dropped.map(({ reason, count }) => `${reason} ${count}`).join(', ') || 'none'}`,
  ];
  return `${source}: ${parts.join('; ')}`;
}
