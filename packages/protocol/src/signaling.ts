import * as z from 'zod';
import { bytes } from './bytes.ts';
import { compactJws } from './credential.ts';
import { consumerId, groupId, leafThumbprint, participantId, producerId, role, sessionId, transportId } from './ids.ts';
import type { Result } from './result.ts';
import { dtlsParameters, rtpCapabilities, rtpParameters, transportOptions } from './rtp.ts';

/**
 * Client ↔ signaling over Socket.IO (SPEC.md section 3). A client's event has one object and an acknowledgement
 * that is a `Result`; a server's event has one object and none. Both ends parse both directions.
 */

/** Socket.IO's own limit on one message; each field below has a tighter one. */
export const maxMessageBytes = 256 * 1024;
export const caps = {
  keyPackage: 16 * 1024,
  commit: 96 * 1024,
  welcome: 96 * 1024,
  application: 80 * 1024,
} as const;

/** `auth` of the Socket.IO handshake. Identity, role and visit come from the ticket and from nowhere else. */
export const handshake = z.strictObject({ v: z.literal(1), ticket: compactJws });

/** An MLS epoch: 64 bits in the RFC; a visit never leaves the safe integers. */
export const epoch = z.int().nonnegative();

const kind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof kind>;

export const presences = {
  /** Connected with a valid ticket, not admitted: gets `waiting:status` and nothing else of the visit. */
  waiting: 'waiting',
  /** Admitted (or entitled by role) and connected. */
  present: 'present',
  /** Admitted; the connection is gone and its time to come back is still running. */
  away: 'away',
} as const;
const presence = z.enum(presences);
export type Presence = z.infer<typeof presence>;

/** One person as the others' clients are told. `leaf` changes when they rejoin. */
export const rosterEntry = z.strictObject({
  participantId,
  role,
  leaf: leafThumbprint,
  /** The ticket's `ses`. */
  session: sessionId,
  presence,
  /** Unix milliseconds of entering this presence. */
  since: z.int().positive(),
});
export type RosterEntry = z.infer<typeof rosterEntry>;

export const groupState = z.strictObject({ groupId, incarnation: z.int().min(1).max(65535), epoch });
export type GroupState = z.infer<typeof groupState>;

export const producerEntry = z.strictObject({ participantId, producerId, kind, paused: z.boolean() });
export type ProducerEntry = z.infer<typeof producerEntry>;

/** What somebody who is in the visit sees at entering, and again after a gap. */
export const visitState = z.strictObject({
  roster: z.array(rosterEntry).max(64),
  group: groupState.nullable(),
  producers: z.array(producerEntry).max(128),
});
export type VisitState = z.infer<typeof visitState>;

/** A handshake message in the order that the delivery service gave it. */
export const orderedCommit = z.strictObject({
  groupId,
  /** The epoch that the commit ends; it makes `epoch + 1`. */
  epoch,
  from: participantId,
  commit: bytes(caps.commit),
});
export type OrderedCommit = z.infer<typeof orderedCommit>;

const none = z.strictObject({});

/**
 * What a client may ask. `who`: `waiting` events are open to everybody connected, `present` ones to those in the
 * visit, `host` ones to a clinician in the visit.
 */
export const clientEvents = {
  // ── membership ──────────────────────────────────────────────────────────────────────────────────────────
  /** First event after each connect. Answers where one stands; `present` comes with the visit's state. */
  'visit:enter': {
    who: 'waiting',
    request: z.strictObject({ keyPackage: bytes(caps.keyPackage) }),
    reply: z.discriminatedUnion('standing', [
      z.strictObject({ standing: z.literal('waiting') }),
      z.strictObject({ standing: z.literal('present'), state: visitState }),
    ]),
  },
  /** A host lets a waiting person in. The person's browser still has to be added to the group by a member. */
  'waiting:admit': { who: 'host', request: z.strictObject({ participantId }), reply: none },
  /** A host sends away who waits, or who was let in and isn't in the group (yet, or any more). */
  'waiting:decline': { who: 'host', request: z.strictObject({ participantId }), reply: none },
  /** Leave on purpose: no time to come back is kept. */
  'visit:leave': { who: 'waiting', request: none, reply: none },
  /** Ends the visit for everyone; its tickets open nothing afterwards. */
  'visit:end': { who: 'host', request: none, reply: none },

  // ── MLS delivery service: opaque bytes, one commit an epoch ─────────────────────────────────────────────
  /** A host opens a new group (first member, or nobody else left). `conflict` if the incarnation isn't the next. */
  'mls:create': {
    who: 'host',
    request: z.strictObject({ groupId, incarnation: z.int().min(1).max(65535) }),
    reply: none,
  },
  /**
   * Accepted if `epoch` is the group's current one, else `conflict`. In one step: stored, sent to the other
   * members as `mls:commit`, welcomes delivered, `removed` cut off from delivery and media.
   */
  'mls:commit': {
    who: 'present',
    request: z.strictObject({
      groupId,
      epoch,
      commit: bytes(caps.commit),
      welcomes: z
        .array(z.strictObject({ to: participantId, leaf: leafThumbprint, welcome: bytes(caps.welcome) }))
        .max(20),
      removed: z.array(z.strictObject({ participantId, leaf: leafThumbprint })).max(20),
    }),
    reply: none,
  },
  /** An MLS application message (names, track announcements), relayed to the other members in order. */
  'mls:application': {
    who: 'present',
    request: z.strictObject({ groupId, message: bytes(caps.application) }),
    reply: none,
  },
  /** After a reconnect with the same leaf: what came after `epoch`. `rejoin` if that isn't kept any more. */
  'mls:resume': {
    who: 'present',
    request: z.strictObject({ groupId, epoch }),
    reply: z.strictObject({ commits: z.array(orderedCommit).max(64) }),
  },
  /** This leaf is lost (key error, worker death): asks a member to remove it and add the new key package. */
  'mls:rejoin': { who: 'present', request: z.strictObject({ keyPackage: bytes(caps.keyPackage) }), reply: none },

  // ── SFU control ─────────────────────────────────────────────────────────────────────────────────────────
  'sfu:capabilities': { who: 'present', request: none, reply: z.strictObject({ rtpCapabilities }) },
  'sfu:createTransport': {
    who: 'present',
    request: z.strictObject({ direction: z.enum(['send', 'receive']) }),
    reply: transportOptions,
  },
  'sfu:connectTransport': { who: 'present', request: z.strictObject({ transportId, dtlsParameters }), reply: none },
  'sfu:restartIce': {
    who: 'present',
    request: z.strictObject({ transportId }),
    reply: z.strictObject({ iceParameters: transportOptions.shape.iceParameters }),
  },
  'sfu:produce': {
    who: 'present',
    request: z.strictObject({ transportId, kind, rtpParameters }),
    reply: z.strictObject({ producerId }),
  },
  'sfu:pauseProducer': { who: 'present', request: z.strictObject({ producerId, paused: z.boolean() }), reply: none },
  'sfu:closeProducer': { who: 'present', request: z.strictObject({ producerId }), reply: none },
  /** The consumer starts paused, until `sfu:resumeConsumer`: the receiver's transform must be there first. */
  'sfu:consume': {
    who: 'present',
    request: z.strictObject({ transportId, producerId, rtpCapabilities }),
    reply: z.strictObject({ consumerId, producerId, kind, rtpParameters, producerPaused: z.boolean() }),
  },
  'sfu:resumeConsumer': { who: 'present', request: z.strictObject({ consumerId }), reply: none },
  'sfu:closeConsumer': { who: 'present', request: z.strictObject({ consumerId }), reply: none },
  'sfu:setPreferredLayers': {
    who: 'present',
    request: z.strictObject({ consumerId, spatialLayer: z.int().min(0).max(2), temporalLayer: z.int().min(0).max(2) }),
    reply: none,
  },
  /** Rate-limited per consumer. */
  'sfu:requestKeyFrame': { who: 'present', request: z.strictObject({ consumerId }), reply: none },
} as const satisfies Record<string, { who: 'waiting' | 'present' | 'host'; request: z.ZodType; reply: z.ZodType }>;

export type ClientEventName = keyof typeof clientEvents;
export type ClientRequest<N extends ClientEventName> = z.infer<(typeof clientEvents)[N]['request']>;
export type ClientReply<N extends ClientEventName> = z.infer<(typeof clientEvents)[N]['reply']>;

/** What the server tells. A waiting person is only ever told `waiting:status` and the `visit:` endings. */
export const serverEvents = {
  /** To a person in the waiting room, at each change. */
  'waiting:status': z.strictObject({
    /** Whether a clinician of this visit is connected, and so can see that somebody waits. */
    hostPresent: z.boolean(),
    since: z.int().positive(),
  }),
  /** To the person admitted: ask `visit:enter` again. */
  'visit:admitted': none,
  'visit:declined': none,
  /** `stayOver`: the ticket's `end` has come, for this person alone. */
  'visit:ended': z.strictObject({ reason: z.enum(['endedByHost', 'expired', 'stayOver']) }),
  /** A newer connection of the same person took over; this one is closed. */
  'visit:replaced': none,
  /** The whole roster, at each change; hosts also get those waiting. */
  'visit:roster': z.strictObject({ roster: z.array(rosterEntry).max(64) }),

  'mls:group': groupState,
  /** Somebody entitled wants in (or back in): a member adds the key package, removing the person's old leaf. */
  'mls:join': z.strictObject({
    participantId,
    role,
    leaf: leafThumbprint,
    session: sessionId,
    keyPackage: bytes(caps.keyPackage),
  }),
  'mls:commit': orderedCommit,
  'mls:welcome': z.strictObject({
    groupId,
    incarnation: z.int().min(1).max(65535),
    epoch,
    welcome: bytes(caps.welcome),
  }),
  'mls:application': z.strictObject({ groupId, from: participantId, message: bytes(caps.application) }),
  /** A person left or didn't come back in time: a member removes the leaf. */
  'mls:remove': z.strictObject({ participantId, leaf: leafThumbprint }),

  'sfu:producer': producerEntry,
  'sfu:producerPaused': z.strictObject({ producerId, paused: z.boolean() }),
  'sfu:producerClosed': z.strictObject({ producerId }),
  'sfu:consumerClosed': z.strictObject({ consumerId }),
  /** Which simulcast layers this consumer gets now; null when none fits. */
  'sfu:consumerLayers': z.strictObject({
    consumerId,
    layers: z
      .strictObject({ spatialLayer: z.int().min(0).max(2), temporalLayer: z.int().min(0).max(2).optional() })
      .nullable(),
  }),
  /** The room moved to another worker: every transport, producer and consumer is gone; make new ones. */
  'sfu:moved': none,
  /** No SFU can take the room; another `sfu:moved` follows when one can. */
  'sfu:unavailable': none,
} as const satisfies Record<string, z.ZodType>;

export type ServerEventName = keyof typeof serverEvents;
export type ServerMessage<N extends ServerEventName> = z.infer<(typeof serverEvents)[N]>;

/** Socket.IO's type parameters, from the tables above. */
export type ClientToServerEvents = {
  [N in ClientEventName]: (
    request: z.input<(typeof clientEvents)[N]['request']>,
    reply: (result: Result<z.input<(typeof clientEvents)[N]['reply']>>) => void,
  ) => void;
};
export type ServerToClientEvents = {
  [N in ServerEventName]: (message: z.input<(typeof serverEvents)[N]>) => void;
};
