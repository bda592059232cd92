import type { PeerId, ProducerId, RoomId } from '@sotto/protocol/ids';
import type { VisitRtpCapabilities } from '@sotto/protocol/rtp';
import type { SfuEvent, SfuEventName } from '@sotto/protocol/sfuControl';
import type { types } from 'mediasoup';
import { mediaCodecs, offeredCapabilities } from './codecs.ts';
import { limits } from './limits.ts';
import type { SfuLog } from './log.ts';
import { createPeer, type Peer } from './peer.ts';
import type { LiveWorker } from './workerPool.ts';

export interface Room {
  readonly id: RoomId;
  readonly workerIndex: number;
  readonly router: types.Router;
  readonly webRtcServer: types.WebRtcServer;
  readonly rtpCapabilities: VisitRtpCapabilities;
  readonly peers: Map<PeerId, Peer>;
}

export interface RoomsOptions {
  readonly workers: () => readonly LiveWorker[];
  /** Tells signaling. */
  readonly emit: <N extends SfuEventName>(name: N, event: SfuEvent<N>) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly log: SfuLog;
}

/** The rooms of this node. A room lives on one worker, a peer in one room. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<RoomId, Promise<Room>>();
  readonly #open = new Map<RoomId, Room>();

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get load(): { rooms: number; consumers: number } {
    return { rooms: this.#open.size, consumers: sum([...this.#open.values()].map(consumersIn)) };
  }

  /** The room, made on the least loaded worker if it isn't there. `undefined` if no worker lives. */
  async open(id: RoomId): Promise<Room | undefined> {
    const known = this.#rooms.get(id);
    if (known) return known;
    const target = this.#leastLoaded();
    if (!target) return undefined;
    const making = this.#make(id, target);
    this.#rooms.set(id, making);
    try {
      const room = await making;
      // Closed, or its worker died, while it was being made.
      if (this.#rooms.get(id) !== making || room.router.closed) {
        room.router.close();
        if (this.#rooms.get(id) === making) this.#rooms.delete(id);
        return undefined;
      }
      this.#open.set(id, room);
      return room;
    } catch (fault) {
      if (this.#rooms.get(id) === making) this.#rooms.delete(id);
      throw fault;
    }
  }

  find(id: RoomId): Room | undefined {
    return this.#open.get(id);
  }

  /** The peer, made if it isn't there. `undefined` if the room is full. */
  enter(room: Room, peerId: PeerId): Peer | undefined {
    const known = room.peers.get(peerId);
    if (known) return known;
    if (room.peers.size >= limits.peersPerRoom) return undefined;
    const { emit, log, now } = this.#options;
    const at = { roomId: room.id, peerId };
    const peer = createPeer(
      room.router,
      room.webRtcServer,
      {
        producerClosed: (producerId) => emit('producer:closed', { ...at, producerId }),
        consumerClosed: (consumerId) => emit('consumer:closed', { ...at, consumerId }),
        consumerLayers: (consumerId, layers) => emit('consumer:layers', { ...at, consumerId, layers }),
        transportClosed: (mediasoupId, reason) => log.warn('transportClosed', { ...at, mediasoupId, reason }),
      },
      now,
    );
    room.peers.set(peerId, peer);
    return peer;
  }

  closePeer(id: RoomId, peerId: PeerId): void {
    const room = this.#open.get(id);
    room?.peers.get(peerId)?.close();
    room?.peers.delete(peerId);
  }

  close(id: RoomId): void {
    const room = this.#open.get(id);
    this.#rooms.delete(id);
    this.#open.delete(id);
    room?.router.close();
  }

  closeAll(): void {
    for (const id of [...this.#rooms.keys()]) this.close(id);
  }

  /** Forgets what a dead worker carried, and says which rooms those were. */
  workerDied(index: number): void {
    const lost = [...this.#open.values()].filter((room) => room.workerIndex === index).map(({ id }) => id);
    for (const id of lost) this.close(id);
    for (let start = 0; start < lost.length; start += 4096) {
      this.#options.emit('room:lost', { roomIds: lost.slice(start, start + 4096) });
    }
  }

  async #make(id: RoomId, { index, worker, webRtcServer }: LiveWorker): Promise<Room> {
    const router = await worker.createRouter({ mediaCodecs });
    const rtpCapabilities = offeredCapabilities(router);
    return { id, workerIndex: index, router, webRtcServer, rtpCapabilities, peers: new Map() };
  }

  /** By consumers, which are what costs. A room counts as the four of a call of two, as it soon will have them. */
  #leastLoaded(): LiveWorker | undefined {
    const rooms = [...this.#open.values()];
    const loadOf = ({ index }: LiveWorker) => {
      const own = rooms.filter((room) => room.workerIndex === index);
      return sum(own.map((room) => Math.max(4, consumersIn(room))));
    };
    return this.#options
      .workers()
      .map((worker) => ({ worker, load: loadOf(worker) }))
      .sort((a, b) => a.load - b.load)[0]?.worker;
  }
}

/** Whether a peer of this room sends that. */
export const isProducedIn = (room: Room, id: ProducerId): boolean =>
  [...room.peers.values()].some((peer) => peer.producers.has(id));

const consumersIn = (room: Room): number => sum([...room.peers.values()].map((peer) => peer.consumers.size));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
