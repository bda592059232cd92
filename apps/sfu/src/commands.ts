import { accepted, type Result, refused } from '@sotto/protocol/result';
import { type SfuCommandName, type SfuReply, type SfuRequest, sfuCommands } from '@sotto/protocol/sfuControl';
import { refusalCode } from './errors.ts';
import type { SfuLog } from './log.ts';
import type { Peer } from './peer.ts';
import { isProducedIn, type Room, type Rooms } from './rooms.ts';

type Answer<N extends SfuCommandName> = Result<SfuReply<N>> | Promise<Result<SfuReply<N>>>;
type Handlers = { readonly [N in SfuCommandName]: (request: SfuRequest<N>) => Answer<N> };

/** Runs a command on the thing that it names, found among the room's and peer's own. */
function createHandlers(rooms: Rooms): Handlers {
  const withPeer = <T>(
    at: { roomId: Room['id']; peerId: SfuRequest<'peer:close'>['peerId'] },
    act: (peer: Peer, room: Room) => Result<T> | Promise<Result<T>>,
  ): Result<T> | Promise<Result<T>> => {
    const room = rooms.find(at.roomId);
    const peer = room?.peers.get(at.peerId);
    return room && peer ? act(peer, room) : refused('notFound');
  };
  return {
    'room:open': async ({ roomId }) => {
      const room = await rooms.open(roomId);
      return room ? accepted({ rtpCapabilities: room.rtpCapabilities }) : refused('unavailable');
    },
    'room:close': ({ roomId }) => {
      rooms.close(roomId);
      return accepted({});
    },
    'peer:close': ({ roomId, peerId }) => {
      rooms.closePeer(roomId, peerId);
      return accepted({});
    },
    'transport:create': ({ roomId, peerId, direction }) => {
      const room = rooms.find(roomId);
      if (!room) return refused('notFound');
      return rooms.enter(room, peerId)?.transports.create(direction) ?? refused('forbidden');
    },
    'transport:connect': (request) =>
      withPeer(request, (peer) => peer.transports.connect(request.transportId, request.dtlsParameters)),
    'transport:restartIce': (request) => withPeer(request, (peer) => peer.transports.restartIce(request.transportId)),
    'producer:create': (request) =>
      withPeer(request, async (peer) => {
        const transport = peer.transports.find(request.transportId, 'send');
        return transport.ok ? peer.producers.create(transport.value, request) : transport;
      }),
    'producer:pause': (request) =>
      withPeer(request, (peer) => peer.producers.pause(request.producerId, request.paused)),
    'producer:close': (request) => withPeer(request, (peer) => peer.producers.close(request.producerId)),
    'consumer:create': (request) =>
      withPeer(request, async (peer, room) => {
        const transport = peer.transports.find(request.transportId, 'receive');
        if (!transport.ok) return transport;
        if (!isProducedIn(room, request.producerId)) return refused('notFound');
        return peer.consumers.create(transport.value, request.producerId, request.rtpCapabilities);
      }),
    'consumer:resume': (request) => withPeer(request, (peer) => peer.consumers.resume(request.consumerId)),
    'consumer:close': (request) => withPeer(request, (peer) => peer.consumers.close(request.consumerId)),
    'consumer:setPreferredLayers': ({ consumerId, spatialLayer, temporalLayer, ...at }) =>
      withPeer(at, (peer) => peer.consumers.setPreferredLayers(consumerId, { spatialLayer, temporalLayer })),
    'consumer:requestKeyFrame': (request) =>
      withPeer(request, (peer) => peer.consumers.requestKeyFrame(request.consumerId)),
  };
}

/** Parses a command and runs it. Never throws: a fault of the worker is a typed refusal. */
export function createCommandRunner(
  rooms: Rooms,
  log: SfuLog,
): (name: string, payload: unknown) => Promise<Result<unknown>> {
  const handlers = createHandlers(rooms);
  async function run(name: SfuCommandName, payload: unknown): Promise<Result<unknown>> {
    const parsed = sfuCommands[name].request.safeParse(payload);
    if (!parsed.success) return refused('invalid');
    // The schema was looked up by the same name as the handler; TypeScript can't follow that pairing.
    const handler = handlers[name] as (request: unknown) => Answer<SfuCommandName>;
    try {
      return await handler(parsed.data);
    } catch (fault) {
      log.warn('commandFailed', { message: name, error: fault });
      return refused(refusalCode(fault));
    }
  }
  return async (name, payload) => (isCommandName(name) ? run(name, payload) : refused('invalid'));
}

const isCommandName = (name: string): name is SfuCommandName => Object.hasOwn(sfuCommands, name);
