import { base64url } from '@sotto/protocol/bytes';
import { ticketGrant } from '@sotto/protocol/clinic';
import * as z from 'zod';
import { comparisonAttempts, comparisonRound } from './comparisonState.ts';
import { concat } from './octets.ts';
import { announcedTrack } from './outcomes.ts';

/** What members tell each other inside the group: version, type, then JSON. SPEC.md section 6. */
const messageVersion = 1;

const octets32 = base64url(43);

const types = {
  introduction: { octet: 1, body: ticketGrant.shape.name },
  tracks: { octet: 2, body: z.strictObject({ tracks: z.array(announcedTrack).max(16) }) },
  comparisonStart: {
    octet: 3,
    body: z.strictObject({
      round: comparisonRound,
      attempt: z.int().min(1).max(comparisonAttempts),
      commitment: octets32,
    }),
  },
  comparisonCommitment: { octet: 4, body: z.strictObject({ round: comparisonRound, commitment: octets32 }) },
  comparisonReveal: { octet: 5, body: z.strictObject({ round: comparisonRound, nonce: octets32 }) },
  comparisonEnd: {
    octet: 6,
    body: z.strictObject({ round: comparisonRound, reason: z.enum(['different', 'stopped']) }),
  },
} as const satisfies Record<string, { octet: number; body: z.ZodType }>;

type MessageType = keyof typeof types;
type MessageOf<T extends MessageType> = T extends MessageType
  ? { type: T; body: z.infer<(typeof types)[T]['body']> }
  : never;

export type ApplicationMessage = MessageOf<MessageType>;
export type ComparisonMessage = MessageOf<Extract<MessageType, `comparison${string}`>>;

const typeNames = Object.keys(types) as MessageType[];

export function encodeApplicationMessage(message: ApplicationMessage): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(JSON.stringify(message.body));
  return concat(Uint8Array.of(messageVersion, types[message.type].octet), body);
}

/** @returns null for anything but a message of this version, exactly as declared */
export function decodeApplicationMessage(octets: Uint8Array): ApplicationMessage | null {
  const type = typeNames.find((name) => types[name].octet === octets[1]);
  if (octets[0] !== messageVersion || type === undefined) return null;
  const parsed = types[type].body.safeParse(parseJson(octets.subarray(2)));
  return parsed.success ? ({ type, body: parsed.data } as ApplicationMessage) : null;
}

function parseJson(octets: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets)) as unknown;
  } catch {
    return undefined;
  }
}
