import type { TicketClaims } from '@sotto/protocol/credential';
import type { ClientEventName, ClientReply, ClientRequest, clientEvents } from '@sotto/protocol/signaling';
import type { ConnectionId, Outcome } from './effect.ts';
import type { Present } from './roster.ts';
import type { Visit } from './visit.ts';

/** A connection whose ticket was accepted. Everything that decides rights comes from its claims. */
export interface Caller {
  readonly connection: ConnectionId;
  readonly claims: TicketClaims;
}

/** A caller who is in the visit. */
export interface Attendance {
  readonly caller: Caller;
  readonly visit: Visit;
  readonly me: Present;
}

type Answer<N extends ClientEventName> = Outcome<ClientReply<N>> | Promise<Outcome<ClientReply<N>>>;
type Attended<N extends ClientEventName> = (typeof clientEvents)[N]['who'] extends 'waiting' ? Caller : Attendance;

/** What is done on an event. `now` is Unix ms. Only `waiting` events are handed on for people not in the visit. */
export type Handler<N extends ClientEventName> = (
  who: Attended<N>,
  request: ClientRequest<N>,
  now: number,
) => Answer<N>;
