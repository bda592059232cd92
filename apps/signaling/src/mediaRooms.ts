import type { NodeId, PeerId, RoomId, VisitId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import type { VisitRtpCapabilities } from '@sotto/protocol/rtp';
import type { SfuCommandName, SfuReply, SfuRequest } from '@sotto/protocol/sfuControl';
import type { SignalingLog } from './log.ts';
import type { SfuCommand } from './sfuLink.ts';
import { SfuNodes } from './sfuNodes.ts';

interface Room {
  readonly roomId: RoomId;
  readonly node: NodeId;
  readonly rtpCapabilities: VisitRtpCapabilities;
}

/** What is known of a visit's room. A visit that has none here has asked for none. */
type Place =
  | { readonly tag: 'open'; readonly room: Room }
  | { readonly tag: 'opening'; readonly done: Promise<Room | undefined> }
  /** It had one, which is gone. */
  | { readonly tag: 'lost' }
  /** No node could take it, and its people have been told. */
  | { readonly tag: 'none' };

export interface MediaRoomsOptions {
  readonly command: SfuCommand;
  readonly newRoom: () => RoomId;
  /** The visit's room is another one than before. */
  readonly onMoved: (visit: VisitId) => void;
  /** The visit has no room, until `onMoved`. */
  readonly onUnavailable: (visit: VisitId) => void;
  readonly log: SignalingLog;
}

type RoomRequest<N extends SfuCommandName> = Omit<SfuRequest<N>, 'roomId'>;

/**
 * Gives each visit a room on the least loaded SFU node, and another one when a worker or a node is gone. Without any
 * node a visit waits; the first node that appears takes it.
 */
export class MediaRooms {
  readonly #options: MediaRoomsOptions;
  readonly #nodes = new SfuNodes();
  readonly #places = new Map<VisitId, Place>();
  readonly #visits = new Map<RoomId, VisitId>();

  constructor(options: MediaRoomsOptions) {
    this.#options = options;
  }

  /** The visit that a room belongs to now. */
  visitOf(room: RoomId): VisitId | undefined {
    return this.#visits.get(room);
  }

  /** The visit's room, made if need be. `undefined` if no node can take it. */
  async ensure(visit: VisitId): Promise<Room | undefined> {
    const before = this.#places.get(visit);
    if (before?.tag === 'open') return before.room;
    if (before?.tag === 'opening') return before.done;
    const done = this.#open(visit);
    this.#places.set(visit, { tag: 'opening', done });
    const room = await done;
    if (room && before !== undefined) this.#options.onMoved(visit);
    if (!room && before?.tag !== 'none') this.#options.onUnavailable(visit);
    return room;
  }

  /**
   * Asks the visit's node, making the room first if need be.
   *
   * @param check asked right before sending: refuses if what allowed the command no longer holds
   */
  async command<N extends SfuCommandName>(
    visit: VisitId,
    name: N,
    request: RoomRequest<N>,
    check: () => Result<never> | undefined,
  ): Promise<Result<SfuReply<N>>> {
    const room = await this.ensure(visit);
    if (!room) return refused('unavailable');
    const refusal = check();
    if (refusal) return refusal;
    // `RoomRequest` is the request without the room, which is put back here; TypeScript can't add it up generically.
    const complete = { ...request, roomId: room.roomId } as unknown as SfuRequest<N>;
    const result = await this.#options.command(room.node, name, complete);
    // An answer about a room that is no longer the visit's says nothing about the one that is.
    return this.#isCurrent(visit, room.roomId) ? result : refused('unavailable');
  }

  /** Closes a peer wherever its visit's room is; without a room there is nothing to close. */
  closePeer(visit: VisitId, peerId: PeerId): void {
    const place = this.#places.get(visit);
    if (place?.tag !== 'open') return;
    const { node, roomId } = place.room;
    void this.#options.command(node, 'peer:close', { roomId, peerId }).then((result) => {
      if (!result.ok) this.#options.log.error('peerNotClosed', { roomId, peerId, code: result.code });
    });
  }

  /** The visit is over. */
  close(visit: VisitId): void {
    const place = this.#places.get(visit);
    this.#places.delete(visit);
    if (place?.tag === 'open') this.#discard(place.room);
  }

  nodeUp(id: NodeId, workers: number): void {
    this.#nodes.add(id, workers);
    this.#serveWaiting();
  }

  nodeDown(id: NodeId): void {
    this.#reopen(this.#nodes.remove(id));
  }

  nodeLoad(id: NodeId, load: { workers: number; rooms: number; consumers: number }): void {
    this.#nodes.report(id, load);
    if (load.workers > 0) this.#serveWaiting();
  }

  roomsLost(id: NodeId, rooms: readonly RoomId[]): void {
    this.#reopen(rooms.filter((room) => this.#nodes.release(room, id)));
  }

  async #open(visit: VisitId): Promise<Room | undefined> {
    // A node may die while it is asked; then the next one is asked, once.
    const room = (await this.#openSomewhere()) ?? (await this.#openSomewhere());
    const place = this.#places.get(visit);
    // The visit ended meanwhile.
    if (place?.tag !== 'opening') {
      if (room) this.#discard(room);
      return undefined;
    }
    if (!room) {
      this.#places.set(visit, { tag: 'none' });
      return undefined;
    }
    this.#places.set(visit, { tag: 'open', room });
    this.#visits.set(room.roomId, visit);
    return room;
  }

  async #openSomewhere(): Promise<Room | undefined> {
    const node = this.#nodes.leastLoaded();
    if (node === undefined) return undefined;
    const roomId = this.#options.newRoom();
    this.#nodes.place(roomId, node);
    const opened = await this.#options.command(node, 'room:open', { roomId });
    if (opened.ok && this.#nodes.has(node)) return { roomId, node, rtpCapabilities: opened.value.rtpCapabilities };
    this.#nodes.release(roomId, node);
    if (!opened.ok) this.#options.log.warn('roomNotOpened', { nodeId: node, code: opened.code });
    return undefined;
  }

  #discard({ roomId, node }: Room): void {
    this.#visits.delete(roomId);
    this.#nodes.release(roomId, node);
    void this.#options.command(node, 'room:close', { roomId });
  }

  #reopen(rooms: readonly RoomId[]): void {
    for (const roomId of rooms) {
      const visit = this.#visits.get(roomId);
      this.#visits.delete(roomId);
      if (visit === undefined) continue;
      this.#places.set(visit, { tag: 'lost' });
      void this.ensure(visit);
    }
  }

  #serveWaiting(): void {
    for (const [visit, place] of this.#places) if (place.tag === 'none') void this.ensure(visit);
  }

  #isCurrent(visit: VisitId, roomId: RoomId): boolean {
    return this.#visits.get(roomId) === visit;
  }
}
