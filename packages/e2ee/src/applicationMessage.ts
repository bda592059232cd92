import { ticketGrant } from '@sotto/protocol/clinic';
import * as z from 'zod';
import { concat } from './octets.ts';
import { announcedTrack } from './outcomes.ts';

/** What members tell each other inside the group: version, type, then JSON. SPEC.md section 6. */
const messageVersion = 1;
const types = { introduction: 1, tracks: 2 } as const;

const introduction = ticketGrant.shape.name;
const tracks = z.strictObject({ tracks: z.array(announcedTrack).max(16) });

export type ApplicationMessage =
  | { type: 'introduction'; body: z.infer<typeof introduction> }
  | { type: 'tracks'; body: z.infer<typeof tracks> };

export function encodeApplicationMessage(message: ApplicationMessage): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(JSON.stringify(message.body));
  return concat(Uint8Array.of(messageVersion, types[message.type]), body);
}

/** @returns null for anything but a message of this version, exactly as declared */
export function decodeApplicationMessage(octets: Uint8Array): ApplicationMessage | null {
  if (octets[0] !== messageVersion) return null;
  const body = parseJson(octets.subarray(2));
  switch (octets[1]) {
    case types.introduction: {
      const parsed = introduction.safeParse(body);
      return parsed.success ? { type: 'introduction', body: parsed.data } : null;
    }
    case types.tracks: {
      const parsed = tracks.safeParse(body);
      return parsed.success ? { type: 'tracks', body: parsed.data } : null;
    }
    default:
      return null;
  }
}

function parseJson(octets: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets)) as unknown;
  } catch {
    return undefined;
  }
}
