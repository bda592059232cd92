import * as z from 'zod';
import { consumerId, nodeId, peerId, producerId, roomId, transportId } from './ids.ts';
import type { Result } from './result.ts';
import { dtlsParameters, rtpCapabilities, rtpParameters, transportOptions } from './rtp.ts';

/**
 * Signaling ↔ SFU (SPEC.md section 4). The SFU dials signaling's control port over mutual TLS; then signaling
 * commands and the SFU acknowledges with a `Result`. Rooms and peers are random ids of signaling's own.
 */

/** The SFU's first message, in the handshake's `auth`. */
export const nodeHello = z.strictObject({ v: z.literal(1), nodeId, workers: z.int().min(1).max(256) });
export type NodeHello = z.infer<typeof nodeHello>;

const none = z.strictObject({});
const kind = z.enum(['audio', 'video']);
const layers = z.strictObject({ spatialLayer: z.int().min(0).max(2), temporalLayer: z.int().min(0).max(2).optional() });

export const sfuCommands = {
  /** Makes a router on the least loaded worker; the same room again answers the same router. */
  'room:open': { request: z.strictObject({ roomId }), reply: z.strictObject({ rtpCapabilities }) },
  'room:close': { request: z.strictObject({ roomId }), reply: none },
  /** Closes every transport of a peer at once: what a removal waits for. */
  'peer:close': { request: z.strictObject({ roomId, peerId }), reply: none },
  'transport:create': {
    request: z.strictObject({ roomId, peerId, direction: z.enum(['send', 'receive']) }),
    reply: transportOptions,
  },
  'transport:connect': { request: z.strictObject({ roomId, peerId, transportId, dtlsParameters }), reply: none },
  'transport:restartIce': {
    request: z.strictObject({ roomId, peerId, transportId }),
    reply: z.strictObject({ iceParameters: transportOptions.shape.iceParameters }),
  },
  'producer:create': {
    request: z.strictObject({ roomId, peerId, transportId, kind, rtpParameters }),
    reply: z.strictObject({ producerId }),
  },
  'producer:pause': { request: z.strictObject({ roomId, peerId, producerId, paused: z.boolean() }), reply: none },
  'producer:close': { request: z.strictObject({ roomId, peerId, producerId }), reply: none },
  'consumer:create': {
    request: z.strictObject({ roomId, peerId, transportId, producerId, rtpCapabilities }),
    reply: z.strictObject({ consumerId, producerId, kind, rtpParameters, producerPaused: z.boolean() }),
  },
  'consumer:resume': { request: z.strictObject({ roomId, peerId, consumerId }), reply: none },
  'consumer:close': { request: z.strictObject({ roomId, peerId, consumerId }), reply: none },
  'consumer:setPreferredLayers': {
    request: z.strictObject({
      roomId,
      peerId,
      consumerId,
      spatialLayer: z.int().min(0).max(2),
      temporalLayer: z.int().min(0).max(2),
    }),
    reply: none,
  },
  'consumer:requestKeyFrame': { request: z.strictObject({ roomId, peerId, consumerId }), reply: none },
} as const satisfies Record<string, { request: z.ZodType; reply: z.ZodType }>;

export type SfuCommandName = keyof typeof sfuCommands;
export type SfuRequest<N extends SfuCommandName> = z.infer<(typeof sfuCommands)[N]['request']>;
export type SfuReply<N extends SfuCommandName> = z.infer<(typeof sfuCommands)[N]['reply']>;

export const sfuEvents = {
  /** A worker died and took these rooms along. */
  'room:lost': z.strictObject({ roomIds: z.array(roomId).min(1).max(4096) }),
  'producer:closed': z.strictObject({ roomId, peerId, producerId }),
  'consumer:closed': z.strictObject({ roomId, peerId, consumerId }),
  'consumer:layers': z.strictObject({ roomId, peerId, consumerId, layers: layers.nullable() }),
  /** Every 5 s, and at a change of the number of workers. */
  'node:load': z.strictObject({
    workers: z.int().min(0).max(256),
    rooms: z.int().nonnegative(),
    consumers: z.int().nonnegative(),
  }),
} as const satisfies Record<string, z.ZodType>;

export type SfuEventName = keyof typeof sfuEvents;
export type SfuEvent<N extends SfuEventName> = z.infer<(typeof sfuEvents)[N]>;

export type SignalingToSfuEvents = {
  [N in SfuCommandName]: (
    request: z.input<(typeof sfuCommands)[N]['request']>,
    reply: (result: Result<z.input<(typeof sfuCommands)[N]['reply']>>) => void,
  ) => void;
};
export type SfuToSignalingEvents = { [N in SfuEventName]: (message: z.input<(typeof sfuEvents)[N]>) => void };
