import {
  clockToleranceSeconds,
  createTokenVerifier,
  type IdentityKey,
  type TicketClaims,
  ticketLifetimeSeconds,
} from '@sotto/protocol/credential';
import type { ClinicId, SessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { handshake } from '@sotto/protocol/signaling';
import { UsedTickets } from './usedTickets.ts';
import type { Visits } from './visits.ts';

/** Decides who may connect: by ticket alone, each ticket once, none of before the start, none for a visit or a stay that has ended. */
export interface TicketGate {
  /** @param auth what the client sent in the Socket.IO handshake */
  admit(auth: unknown): Promise<Result<TicketClaims>>;
  /** Lets nobody in by a ticket of these sessions any more. */
  end(sessions: readonly SessionId[]): void;
  /** Whether a session was ended lately: no ticket of it is issued since. */
  hasEnded(session: SessionId): boolean;
  /** Forgets tickets that have expired. */
  tick(now: number): void;
}

/** @param now Unix ms */
export async function createTicketGate(
  keys: readonly IdentityKey[],
  clinic: ClinicId,
  visits: Visits,
  now: () => number,
): Promise<TicketGate> {
  const verifier = await createTokenVerifier(keys, clinic);
  const used = new UsedTickets();
  const ended = new Map<SessionId, number>();
  // Which tickets were used before a restart isn't remembered: none of that time is taken. Full seconds, as `iat` is;
  // should this clock be ahead of the api's, clients get new tickets until it's past.
  const startedAt = Math.ceil(now() / 1000);
  return {
    async admit(auth) {
      const parsed = handshake.safeParse(auth);
      if (!parsed.success) return refused('unauthenticated');
      const verdict = await verifier.ticket(parsed.data.ticket, new Date(now()));
      if (verdict.tag !== 'valid') return refused('unauthenticated');
      const { claims } = verdict;
      if (claims.iat < startedAt) return refused('unauthenticated');
      if (ended.has(claims.ses)) return refused('unauthenticated');
      if (claims.end * 1000 <= now() || visits.hasEnded(claims.vis)) return refused('wrongState');
      // Used up last, without a pause in between: two connections with one ticket can't both get here first.
      const until = (claims.exp + clockToleranceSeconds) * 1000;
      return used.use(claims.jti, until) ? accepted(claims) : refused('unauthenticated');
    },
    end(sessions) {
      // The longest that a ticket issued this moment could be accepted.
      const until = now() + (ticketLifetimeSeconds + 2 * clockToleranceSeconds) * 1000;
      for (const session of sessions) ended.set(session, until);
    },
    hasEnded: (session) => ended.has(session),
    tick(time) {
      used.forget(time);
      for (const [session, until] of ended) if (until <= time) ended.delete(session);
    },
  };
}
