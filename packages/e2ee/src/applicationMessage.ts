import { base64url } from '@sotto/protocol/bytes';
import { ticketGrant } from '@sotto/protocol/clinic';
import { recordingTerms, signedConsent } from '@sotto/protocol/consent';
import { leafThumbprint, recordingId } from '@sotto/protocol/ids';
import * as z from 'zod';
import { type ChatFirst, chatFirst, chatMessageId, chatSequence, chatText } from './chatState.ts';
import { comparisonAttempts, comparisonRound } from './comparisonState.ts';
import { concat, fromBase64url, toBase64url } from './octets.ts';
import { announcedTrack } from './outcomes.ts';
import { recordingMark } from './recordingState.ts';

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
  chatText: {
    octet: 7,
    body: z.strictObject({
      id: chatMessageId,
      sequence: chatSequence,
      firsts: z.array(chatFirst).max(63),
      text: chatText,
    }),
  },
  chatReceived: {
    octet: 8,
    body: z.strictObject({
      received: z
        .array(z.strictObject({ leaf: leafThumbprint, id: chatMessageId }))
        .min(1)
        .max(64),
    }),
  },
  recordingAsk: { octet: 9, body: z.strictObject({ terms: recordingTerms }) },
  /** A yes, or null for a no. */
  recordingAnswer: {
    octet: 10,
    body: z.strictObject({ recording: recordingId, signed: signedConsent.nullable() }),
  },
  recordingWithdrawal: { octet: 11, body: z.strictObject({ recording: recordingId }) },
  recordingState: { octet: 12, body: z.strictObject({ recording: recordingId, mark: recordingMark }) },
} as const satisfies Record<string, { octet: number; body: z.ZodType }>;

type MessageType = keyof typeof types;
type MessageOf<T extends MessageType> = T extends MessageType
  ? { type: T; body: z.infer<(typeof types)[T]['body']> }
  : never;

export type ApplicationMessage = MessageOf<MessageType>;
export type ComparisonMessage = MessageOf<Extract<MessageType, `comparison${string}`>>;
export type RecordingMessage = MessageOf<Extract<MessageType, `recording${string}`>>;
export type ChatApplicationMessage = MessageOf<Extract<MessageType, `chat${string}`>>;

const typeNames = Object.keys(types) as MessageType[];

/** What stands before a chat's text: its name, its number, how many firsts, and these, of two numbers each. */
const chatIdOctets = 16;
const numberOctets = 4;
const firstsOffset = chatIdOctets + numberOctets + 1;
const textOffset = (firsts: number): number => firstsOffset + 2 * numberOctets * firsts;

export function encodeApplicationMessage(message: ApplicationMessage): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const body = message.type === 'chatText' ? encodeChat(message.body) : text.encode(JSON.stringify(message.body));
  return concat(Uint8Array.of(messageVersion, types[message.type].octet), body);
}

/** @returns null for anything but a message of this version, exactly as declared */
export function decodeApplicationMessage(octets: Uint8Array): ApplicationMessage | null {
  const type = typeNames.find((name) => types[name].octet === octets[1]);
  if (octets[0] !== messageVersion || type === undefined) return null;
  const body = octets.subarray(2);
  const parsed = types[type].body.safeParse(type === 'chatText' ? decodeChat(body) : parseJson(body));
  return parsed.success ? ({ type, body: parsed.data } as ApplicationMessage) : null;
}

/** Not as JSON: escaped, a text could be twice as long as it may be. */
function encodeChat({ id, sequence, firsts, text }: MessageOf<'chatText'>['body']): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(textOffset(firsts.length));
  head.set(fromBase64url(id));
  const view = new DataView(head.buffer);
  view.setUint32(chatIdOctets, sequence);
  view.setUint8(firstsOffset - 1, firsts.length);
  for (const [index, first] of firsts.entries()) {
    view.setUint32(textOffset(index), first.leafIndex);
    view.setUint32(textOffset(index) + numberOctets, first.sequence);
  }
  return concat(head, new TextEncoder().encode(text));
}

function decodeChat(octets: Uint8Array): unknown {
  if (octets.length < firstsOffset) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const count = view.getUint8(firstsOffset - 1);
  if (octets.length < textOffset(count)) return undefined;
  const firsts: ChatFirst[] = Array.from({ length: count }, (_, index) => ({
    leafIndex: view.getUint32(textOffset(index)),
    sequence: view.getUint32(textOffset(index) + numberOctets),
  }));
  const id = toBase64url(octets.subarray(0, chatIdOctets));
  return { id, sequence: view.getUint32(chatIdOctets), firsts, text: parseText(octets.subarray(textOffset(count))) };
}

function parseJson(octets: Uint8Array): unknown {
  try {
    return JSON.parse(parseText(octets) ?? '') as unknown;
  } catch {
    return undefined;
  }
}

/** A byte order mark is a character as any other. */
function parseText(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
