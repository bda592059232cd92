import type { PeerId } from '@sotto/protocol/ids';
import type { Result } from '@sotto/protocol/result';
import type { ServerEventName, ServerMessage } from '@sotto/protocol/signaling';

/** One Socket.IO connection, by the id that the server gave it. Never told to anybody. */
export type ConnectionId = string & { readonly brand: 'ConnectionId' };

type Tell = {
  [N in ServerEventName]: { tag: 'tell'; to: ConnectionId; event: N; message: ServerMessage<N> };
}[ServerEventName];

/** What the shell has to do after a change of state, in order. */
export type Effect =
  | Tell
  /** Close the connection, once what was told to it before is on its way. */
  | { tag: 'disconnect'; connection: ConnectionId }
  /** Close a peer's transports at the SFU. */
  | { tag: 'closePeer'; peerId: PeerId }
  /** Nobody is there any more who could use the visit's room at the SFU. */
  | { tag: 'closeRoom' }
  /** The visit is no more: its room at the SFU goes, and whoever is still connected for it. */
  | { tag: 'visitOver' };

/** An answer, and what follows from it. The answer goes out first. */
export interface Outcome<T> {
  readonly result: Result<T>;
  readonly effects: readonly Effect[];
}

export const tell = <N extends ServerEventName>(to: ConnectionId, event: N, message: ServerMessage<N>): Effect =>
  // One member of the union by construction; TypeScript can't see that through the type parameter.
  ({ tag: 'tell', to, event, message }) as Effect;
