import type { NodeId, PeerId, RoomId } from '@sotto/protocol/ids';
import type { Result } from '@sotto/protocol/result';
import type { NodeHello, SfuCommandName, SfuEvent, SfuReply, SfuRequest } from '@sotto/protocol/sfuControl';

/** What is asked of a node. Always answers: a node that is gone, or too slow, is `unavailable`. */
export type SfuCommand = <N extends SfuCommandName>(
  node: NodeId,
  name: N,
  request: SfuRequest<N>,
) => Promise<Result<SfuReply<N>>>;

/** What nodes tell. */
export interface SfuListener {
  nodeUp(hello: NodeHello): void;
  nodeDown(id: NodeId): void;
  nodeLoad(id: NodeId, load: SfuEvent<'node:load'>): void;
  roomsLost(id: NodeId, rooms: readonly RoomId[]): void;
  producerClosed(event: SfuEvent<'producer:closed'>): void;
  consumerClosed(event: SfuEvent<'consumer:closed'>): void;
  consumerLayers(event: SfuEvent<'consumer:layers'>): void;
}

/** A peer's address at the SFU. */
export interface PeerAddress {
  readonly roomId: RoomId;
  readonly peerId: PeerId;
}
