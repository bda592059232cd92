import { randomBytes, randomUUID } from 'node:crypto';
import {
  consumerId,
  type GroupId,
  groupId,
  type LeafThumbprint,
  leafThumbprint,
  type ParticipantId,
  participantId,
  producerId,
  transportId,
} from '@sotto/protocol/ids';
import { type ClientEventName, type ClientRequest, caps } from '@sotto/protocol/signaling';
import * as fc from 'fast-check';
import { dtlsClient, producing, receiverCapabilities as rtpCapabilities } from './rtp.ts';

const text = (bytes: number) => randomBytes(bytes).toString('base64url');
const aParticipant = (): ParticipantId => participantId.parse(text(16));
const aLeaf = (): LeafThumbprint => leafThumbprint.parse(text(32));
const aGroup = (): GroupId => groupId.parse(text(32));
const aTransport = () => transportId.parse(randomUUID());
const aProducer = () => producerId.parse(randomUUID());
const aConsumer = () => consumerId.parse(randomUUID());
const bytes = (size = 100) => new Uint8Array(randomBytes(size));

/** A well-formed request of each kind, about things that don't exist. */
const wellFormed: { readonly [N in ClientEventName]: () => ClientRequest<N> } = {
  'visit:enter': () => ({ keyPackage: bytes() }),
  'waiting:admit': () => ({ participantId: aParticipant() }),
  'waiting:decline': () => ({ participantId: aParticipant() }),
  'visit:leave': () => ({}),
  'visit:end': () => ({}),
  'mls:create': () => ({ groupId: aGroup(), incarnation: 1 }),
  'mls:commit': () => ({
    groupId: aGroup(),
    epoch: 1,
    commit: bytes(),
    welcomes: [{ to: aParticipant(), leaf: aLeaf(), welcome: bytes() }],
    removed: [{ participantId: aParticipant(), leaf: aLeaf() }],
  }),
  'mls:application': () => ({ groupId: aGroup(), message: bytes() }),
  'mls:resume': () => ({ groupId: aGroup(), epoch: 0 }),
  'mls:rejoin': () => ({ keyPackage: bytes() }),
  'sfu:capabilities': () => ({}),
  'sfu:createTransport': () => ({ direction: 'send' }),
  'sfu:connectTransport': () => ({ transportId: aTransport(), dtlsParameters: dtlsClient }),
  'sfu:restartIce': () => ({ transportId: aTransport() }),
  'sfu:produce': () => producing(aTransport(), 'video'),
  'sfu:pauseProducer': () => ({ producerId: aProducer(), paused: true }),
  'sfu:closeProducer': () => ({ producerId: aProducer() }),
  'sfu:consume': () => ({ transportId: aTransport(), producerId: aProducer(), rtpCapabilities }),
  'sfu:resumeConsumer': () => ({ consumerId: aConsumer() }),
  'sfu:closeConsumer': () => ({ consumerId: aConsumer() }),
  'sfu:setPreferredLayers': () => ({ consumerId: aConsumer(), spatialLayer: 1, temporalLayer: 1 }),
  'sfu:requestKeyFrame': () => ({ consumerId: aConsumer() }),
};

/** Each field of bytes, and its cap. */
const capped: readonly [ClientEventName, string, number][] = [
  ['visit:enter', 'keyPackage', caps.keyPackage],
  ['mls:rejoin', 'keyPackage', caps.keyPackage],
  ['mls:commit', 'commit', caps.commit],
  ['mls:application', 'message', caps.application],
];

/** An event as it goes onto the wire: its name and all that comes with it. */
export interface RawEvent {
  readonly name: string;
  readonly parts: readonly unknown[];
}

const eventNames = Object.keys(wellFormed) as ClientEventName[];
/** Names that Socket.IO keeps for itself; its own client can't send them. */
const reserved = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);

const someBytes = fc.uint8Array({ maxLength: 64 });
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  someBytes,
  fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), someBytes)),
  fc.constantFrom('__proto__', 'constructor', '', '\u0000', 'a'.repeat(70_000)),
);
const eventName = fc.constantFrom(...eventNames);

/** Unknown names with anything. */
const unknownEvents = fc.record({
  name: fc.oneof(fc.string(), fc.constantFrom('error', '__proto__', 'toString', 'visit:Enter', 'mls:commit ')),
  parts: fc.array(anything, { maxLength: 3 }),
});

/** Known names with anything. */
const shapelessEvents = fc.record({ name: eventName, parts: fc.array(anything, { maxLength: 3 }) });

/** Well-formed but for one field, which is gone, odd, or one too many. */
const bentEvents = eventName.chain((name) => {
  const request: Record<string, unknown> = wellFormed[name]();
  const fields = Object.keys(request);
  const tooMany = fc.string({ minLength: 1 }).map((field) => ({ name, parts: [{ ...request, [`x${field}`]: 1 }] }));
  if (fields.length === 0) return tooMany;
  const field = fc.constantFrom(...fields);
  const gone = field.map((one) => ({ name, parts: [{ ...request, [one]: undefined }] }));
  const odd = fc.tuple(field, anything).map(([one, value]) => ({ name, parts: [{ ...request, [one]: value }] }));
  const repeated = fc.constant({ name, parts: [request, request] });
  return fc.oneof(tooMany, gone, odd, repeated);
});

/** Well-formed but too big, by a byte or by much. */
const oversizeEvents = fc
  .tuple(fc.constantFrom(...capped), fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 60_000 })))
  .map(([[name, field, cap], over]) => {
    const request: Record<string, unknown> = wellFormed[name]();
    return { name, parts: [{ ...request, [field]: new Uint8Array(cap + over) }] };
  });

/** Events that aren't what they should be, for whoever sends them. */
export const malformed: fc.Arbitrary<RawEvent> = fc
  .oneof(unknownEvents, shapelessEvents, bentEvents, { arbitrary: oversizeEvents, weight: 1 })
  .filter(({ name }) => !reserved.has(name));

/** Well-formed events at the wrong moment, for somebody who isn't in the visit. */
export const outOfOrder: fc.Arbitrary<RawEvent> = eventName
  .filter((name) => name !== 'visit:enter' && name !== 'visit:leave')
  .map((name) => ({ name, parts: [wellFormed[name]()] }));
