import type { NodeId, RoomId } from '@sotto/protocol/ids';
import type { SfuEvent } from '@sotto/protocol/sfuControl';

interface Node {
  workers: number;
  consumers: number;
  readonly rooms: Set<RoomId>;
}

/** Which SFU nodes are there and which rooms each carries. Pure bookkeeping. */
export class SfuNodes {
  readonly #nodes = new Map<NodeId, Node>();

  /** A node has connected, with nothing on it. */
  add(id: NodeId, workers: number): void {
    this.#nodes.set(id, { workers, consumers: 0, rooms: new Set() });
  }

  /** A node is gone. Gives the rooms that went with it. */
  remove(id: NodeId): readonly RoomId[] {
    const rooms = [...(this.#nodes.get(id)?.rooms ?? [])];
    this.#nodes.delete(id);
    return rooms;
  }

  report(id: NodeId, { workers, consumers }: SfuEvent<'node:load'>): void {
    const node = this.#nodes.get(id);
    if (node) Object.assign(node, { workers, consumers });
  }

  /** The node with the least to do for each of its workers; `undefined` if none has a live worker. */
  leastLoaded(): NodeId | undefined {
    // A room counts as the four consumers of a call of two before the node has reported them.
    const loadOf = ({ workers, consumers, rooms }: Node) => Math.max(consumers, 4 * rooms.size) / workers;
    return [...this.#nodes]
      .filter(([, { workers }]) => workers > 0)
      .sort(([, a], [, b]) => loadOf(a) - loadOf(b))[0]?.[0];
  }

  place(room: RoomId, id: NodeId): void {
    this.#nodes.get(id)?.rooms.add(room);
  }

  /** True if the room was there. */
  release(room: RoomId, id: NodeId): boolean {
    return this.#nodes.get(id)?.rooms.delete(room) ?? false;
  }

  has(id: NodeId): boolean {
    return this.#nodes.has(id);
  }
}
