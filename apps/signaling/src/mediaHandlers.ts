import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { SfuCommandName, SfuReply, SfuRequest } from '@sotto/protocol/sfuControl';
import type { ClientEventName } from '@sotto/protocol/signaling';
import type { Attendance, Handler } from './caller.ts';
import type { Outcome } from './effect.ts';
import type { MediaRooms } from './mediaRooms.ts';

type MediaEvent = Extract<ClientEventName, `sfu:${string}`>;
type PeerRequest<N extends SfuCommandName> = Omit<SfuRequest<N>, 'roomId' | 'peerId'>;

/**
 * SFU control. Transports may be made ahead, to be quick; nothing is sent or received over them before the person's
 * welcome into the group is out.
 */
export function createMediaHandlers(rooms: MediaRooms): { readonly [N in MediaEvent]: Handler<N> } {
  /** Asks for something of the caller's own peer, unless by then the caller isn't who they were. */
  function ask<N extends SfuCommandName>(
    attendance: Attendance,
    name: N,
    request: PeerRequest<N>,
    needs: 'presence' | 'group',
  ): Promise<Result<SfuReply<N>>> {
    const { caller, visit, me } = attendance;
    const check = () => {
      const isAllowed = isStill(attendance) && (needs === 'presence' || visit.isInGroup(me));
      return isAllowed ? undefined : refused('wrongState');
    };
    const refusal = check();
    if (refusal) return Promise.resolve(refusal);
    // The request without room and peer: the peer is put back here, the room by `MediaRooms`.
    const complete = { ...request, peerId: me.peerId } as unknown as Omit<SfuRequest<N>, 'roomId'>;
    return rooms.command(caller.claims.vis, name, complete, check);
  }

  const plain = async <N extends SfuCommandName>(
    attendance: Attendance,
    name: N,
    request: PeerRequest<N>,
    needs: 'presence' | 'group',
  ): Promise<Outcome<SfuReply<N>>> => none(await ask(attendance, name, request, needs));

  return {
    'sfu:capabilities': async ({ caller }) => {
      const room = await rooms.ensure(caller.claims.vis);
      const result = room ? accepted({ rtpCapabilities: room.rtpCapabilities }) : refused('unavailable');
      return none(result);
    },
    'sfu:createTransport': (who, request) => plain(who, 'transport:create', request, 'presence'),
    'sfu:connectTransport': (who, request) => plain(who, 'transport:connect', request, 'presence'),
    'sfu:restartIce': (who, request) => plain(who, 'transport:restartIce', request, 'presence'),

    'sfu:produce': async (who, request) => {
      const result = await ask(who, 'producer:create', request, 'group');
      if (!result.ok) return none(result);
      const { visit, me } = who;
      // Gone or replaced meanwhile: the peer was closed then, and this producer with it.
      if (!isStill(who)) return none(refused('wrongState'));
      const { participantId } = me;
      const entry = { participantId, producerId: result.value.producerId, kind: request.kind, paused: false };
      return { result, effects: visit.produced(entry) };
    },
    'sfu:pauseProducer': async (who, request) => {
      const { visit, me } = who;
      if (!visit.owns(me.participantId, request.producerId)) return none(refused('notFound'));
      const result = await ask(who, 'producer:pause', request, 'group');
      if (!result.ok) return none(result);
      return { result, effects: visit.producerPaused(me.participantId, request.producerId, request.paused) };
    },
    'sfu:closeProducer': async (who, request) => {
      const { visit, me } = who;
      if (!visit.owns(me.participantId, request.producerId)) return none(refused('notFound'));
      const result = await ask(who, 'producer:close', request, 'presence');
      if (!result.ok) return none(result);
      return { result, effects: visit.producerClosed(me.participantId, request.producerId) };
    },

    'sfu:consume': (who, request) =>
      who.visit.isProduced(request.producerId)
        ? plain(who, 'consumer:create', request, 'group')
        : none(refused('notFound')),
    'sfu:resumeConsumer': (who, request) => plain(who, 'consumer:resume', request, 'group'),
    'sfu:closeConsumer': (who, request) => plain(who, 'consumer:close', request, 'presence'),
    'sfu:setPreferredLayers': (who, request) => plain(who, 'consumer:setPreferredLayers', request, 'group'),
    'sfu:requestKeyFrame': (who, request) => plain(who, 'consumer:requestKeyFrame', request, 'group'),
  };
}

const none = <T>(result: Result<T>): Outcome<T> => ({ result, effects: [] });

/** Whether the person is still in the visit by this connection, as the same peer. */
const isStill = ({ caller, visit, me }: Attendance): boolean =>
  visit.present(me.participantId, caller.connection)?.peerId === me.peerId;
