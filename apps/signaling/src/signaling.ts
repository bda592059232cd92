import { peerId, roomId, type VisitId } from '@sotto/protocol/ids';
import type { ServerEventName, ServerMessage } from '@sotto/protocol/signaling';
import { ClientServer } from './clientServer.ts';
import { ControlServer } from './controlServer.ts';
import { type ConnectionId, type Effect, tell } from './effect.ts';
import type { Limits } from './limits.ts';
import type { SignalingLog } from './log.ts';
import { createMediaHandlers } from './mediaHandlers.ts';
import { MediaRooms } from './mediaRooms.ts';
import { createRates } from './rates.ts';
import type { Participant } from './roster.ts';
import type { SignalingSettings } from './settings.ts';
import type { PeerAddress } from './sfuLink.ts';
import { Tally } from './tally.ts';
import { createTicketGate } from './ticketGate.ts';
import type { Visit } from './visit.ts';
import { createVisitHandlers } from './visitHandlers.ts';
import { Visits } from './visits.ts';

/** How often time is looked at, and how often refusals are logged, ms. */
const tickMs = 250;
const tallyMs = 60_000;

export interface RunningSignaling {
  /** The ports listened on. */
  readonly port: number;
  readonly controlPort: number;
  /** Refusals since the last log line. */
  readonly tally: Tally;
  close(): Promise<void>;
}

export interface SignalingOptions {
  readonly settings: SignalingSettings;
  readonly limits: Limits;
  readonly log: SignalingLog;
  /** Unix ms. */
  readonly now: () => number;
  /** 128 random bits, base64url. */
  readonly newId: () => string;
}

/**
 * Puts the parts together and listens: for browsers, and for SFU nodes.
 *
 * @returns once both listeners listen
 */
export async function startSignaling({
  settings,
  limits,
  log,
  now,
  newId,
}: SignalingOptions): Promise<RunningSignaling> {
  const visits = new Visits(limits, () => peerId.parse(newId()));
  const tally = new Tally();
  const perform = (visitId: VisitId, effects: readonly Effect[]) => clients.perform(visitId, effects);
  const changeRoom = (visitId: VisitId, event: 'sfu:moved' | 'sfu:unavailable') =>
    perform(visitId, visits.find(visitId)?.roomChanged(event) ?? []);

  const rooms: MediaRooms = new MediaRooms({
    command: (node, name, request) => control.command(node, name, request),
    newRoom: () => roomId.parse(newId()),
    onMoved: (visitId) => changeRoom(visitId, 'sfu:moved'),
    onUnavailable: (visitId) => changeRoom(visitId, 'sfu:unavailable'),
    log,
  });
  /** Acts on what the SFU tells of a peer, if that is still somebody's. */
  const aboutPeer = (at: PeerAddress, act: (visit: Visit, who: Participant) => readonly Effect[]) => {
    const visitId = rooms.visitOf(at.roomId);
    const visit = visitId === undefined ? undefined : visits.find(visitId);
    const who = visit?.ofPeer(at.peerId);
    if (visitId !== undefined && visit && who) perform(visitId, act(visit, who));
  };
  const control: ControlServer = new ControlServer({
    settings: settings.control,
    commandTimeoutMs: limits.commandTimeoutMs,
    ends: {
      sessionsEnded: (sessions) => clients.endSessions(sessions),
      visitsEnded(ended) {
        for (const visitId of ended) perform(visitId, visits.end(visitId, 'endedByHost', now()));
      },
    },
    log,
    listener: {
      nodeUp: ({ nodeId, workers }) => rooms.nodeUp(nodeId, workers),
      nodeDown: (id) => rooms.nodeDown(id),
      nodeLoad: (id, load) => rooms.nodeLoad(id, load),
      roomsLost: (id, lost) => {
        log.warn('roomLost', { nodeId: id, count: lost.length });
        rooms.roomsLost(id, lost);
      },
      producerClosed: ({ producerId, ...at }) =>
        aboutPeer(at, (visit, { participantId }) => visit.producerClosed(participantId, producerId)),
      consumerClosed: ({ consumerId, ...at }) =>
        aboutPeer(at, (_, { connection }) => toWho(connection, 'sfu:consumerClosed', { consumerId })),
      consumerLayers: ({ consumerId, layers, ...at }) =>
        aboutPeer(at, (_, { connection }) => toWho(connection, 'sfu:consumerLayers', { consumerId, layers })),
    },
  });
  const gate = await createTicketGate(settings.identityKeys, settings.clinic, visits, now);
  const clients: ClientServer = new ClientServer({
    settings: settings.clients,
    limits,
    gate,
    rates: createRates(limits),
    tally,
    visits,
    handlers: { ...createVisitHandlers(visits), ...createMediaHandlers(rooms) },
    rooms,
    now,
    log,
  });

  await control.listen();
  await clients.listen();
  const ticking = setInterval(() => {
    gate.tick(now());
    for (const { visitId, effects } of visits.tick(now())) perform(visitId, effects);
    clients.closeIdle();
  }, tickMs);
  const telling = setInterval(() => {
    for (const refusals of tally.take()) log.warn('refusals', refusals);
  }, tallyMs);
  return {
    port: clients.port,
    controlPort: control.port,
    tally,
    async close() {
      clearInterval(ticking);
      clearInterval(telling);
      await clients.close();
      await control.close();
    },
  };
}

/** To somebody who may be away just now; who comes back learns the state anew. */
const toWho = <N extends ServerEventName>(to: ConnectionId | null, event: N, message: ServerMessage<N>): Effect[] =>
  to === null ? [] : [tell(to, event, message)];
