import * as z from 'zod';

/**
 * The RTP and DTLS parameters that a client may send, in mediasoup's shapes: only the codecs of a visit, every
 * list and number bounded. A worker never sees a value that hasn't been through here.
 */
const uint32 = z.int().min(0).max(0xffff_ffff);
const payloadType = z.int().min(0).max(127);
const extensionId = z.int().min(1).max(255);
const headerExtensionUri = z
  .string()
  .max(128)
  .regex(/^[a-z][\w:./#-]*$/i);
const codecParameters = z
  .record(z.string().max(40), z.union([z.string().max(200), z.number(), z.boolean()]))
  .refine((value) => Object.keys(value).length <= 20);
const rtcpFeedback = z.strictObject({ type: z.string().max(40), parameter: z.string().max(40).optional() });

/** VP8, Opus and their retransmission; AV1 and H.264 can't be sealed safely (packages/e2ee/SPEC.md). */
const mimeType = z
  .string()
  .max(20)
  .regex(/^(audio\/opus|video\/vp8|video\/rtx)$/i);

const codec = {
  mimeType,
  clockRate: uint32,
  channels: z.int().min(1).max(2).optional(),
  parameters: codecParameters.optional(),
  rtcpFeedback: z.array(rtcpFeedback).max(16).optional(),
};

export const rtpParameters = z.strictObject({
  mid: z.string().max(16).optional(),
  codecs: z
    .array(z.strictObject({ ...codec, payloadType }))
    .min(1)
    .max(4),
  headerExtensions: z
    .array(
      z.strictObject({
        uri: headerExtensionUri,
        id: extensionId,
        encrypt: z.boolean().optional(),
        parameters: codecParameters.optional(),
      }),
    )
    .max(16)
    .optional(),
  encodings: z
    .array(
      z.strictObject({
        ssrc: uint32.optional(),
        rid: z.string().max(16).regex(/^\w+$/).optional(),
        codecPayloadType: payloadType.optional(),
        rtx: z.strictObject({ ssrc: uint32 }).optional(),
        dtx: z.boolean().optional(),
        scalabilityMode: z
          .string()
          .max(16)
          .regex(/^[LS][1-3]T[1-3]$/)
          .optional(),
        scaleResolutionDownBy: z.number().min(1).max(16).optional(),
        maxBitrate: uint32.optional(),
        maxFramerate: z.number().min(1).max(120).optional(),
        active: z.boolean().optional(),
        priority: z.enum(['very-low', 'low', 'medium', 'high']).optional(),
        networkPriority: z.enum(['very-low', 'low', 'medium', 'high']).optional(),
        adaptivePtime: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(3)
    .optional(),
  rtcp: z
    .strictObject({
      cname: z.string().max(64).optional(),
      reducedSize: z.boolean().optional(),
      mux: z.boolean().optional(),
    })
    .optional(),
  msid: z.string().max(128).optional(),
});
export type VisitRtpParameters = z.infer<typeof rtpParameters>;

/** What a device can receive. Codecs that a visit doesn't use are dropped rather than refused: browsers list many. */
export const rtpCapabilities = z.strictObject({
  codecs: z
    .array(
      z.strictObject({
        kind: z.enum(['audio', 'video']),
        ...codec,
        mimeType: z.string().max(40),
        preferredPayloadType: payloadType.optional(),
      }),
    )
    .max(64)
    .transform((codecs) => codecs.filter((entry) => mimeType.safeParse(entry.mimeType).success))
    .optional(),
  headerExtensions: z
    .array(
      z.strictObject({
        kind: z.enum(['audio', 'video']),
        uri: headerExtensionUri,
        preferredId: extensionId,
        preferredEncrypt: z.boolean().optional(),
        direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
      }),
    )
    .max(48)
    .optional(),
});
export type VisitRtpCapabilities = z.infer<typeof rtpCapabilities>;

export const dtlsParameters = z.strictObject({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: z
    .array(
      z.strictObject({
        algorithm: z.enum(['sha-256', 'sha-384', 'sha-512']),
        value: z
          .string()
          .max(191)
          .regex(/^[0-9A-F]{2}(:[0-9A-F]{2})+$/i),
      }),
    )
    .min(1)
    .max(4),
});
export type VisitDtlsParameters = z.infer<typeof dtlsParameters>;

/** What a transport of the SFU tells a client, as the client checks it. */
export const transportOptions = z.strictObject({
  id: z.uuid(),
  iceParameters: z.strictObject({
    usernameFragment: z.string().max(256),
    password: z.string().max(256),
    iceLite: z.boolean().optional(),
  }),
  iceCandidates: z
    .array(
      z.strictObject({
        foundation: z.string().max(64),
        priority: uint32,
        ip: z.string().max(64),
        address: z.string().max(255),
        protocol: z.enum(['udp', 'tcp']),
        port: z.int().min(1).max(65535),
        type: z.enum(['host', 'srflx', 'prflx', 'relay']),
        tcpType: z.enum(['active', 'passive', 'so']).optional(),
      }),
    )
    .max(32),
  dtlsParameters,
});
export type TransportOptions = z.infer<typeof transportOptions>;
