import type { TicketClaims } from '@sotto/protocol/credential';
import { clockToleranceSeconds, ticketLifetimeSeconds } from '@sotto/protocol/credential';
import type { PeerId, SessionId, VisitId } from '@sotto/protocol/ids';
import { refused } from '@sotto/protocol/result';
import type { ClientReply, ServerMessage } from '@sotto/protocol/signaling';
import type { ConnectionId, Effect, Outcome } from './effect.ts';
import type { Limits } from './limits.ts';
import { Visit } from './visit.ts';

/** The visits that somebody has entered, and those that ended a short while ago. */
export class Visits {
  readonly #limits: Limits;
  readonly #newPeer: () => PeerId;
  readonly #open = new Map<VisitId, Visit>();
  readonly #ended = new Map<VisitId, number>();

  constructor(limits: Limits, newPeer: () => PeerId) {
    this.#limits = limits;
    this.#newPeer = newPeer;
  }

  find(id: VisitId): Visit | undefined {
    return this.#open.get(id);
  }

  /** Ended, and tickets that were issued for it before may still be about. */
  hasEnded(id: VisitId): boolean {
    return this.#ended.has(id);
  }

  /** Enters a person, making the visit if they are its first. */
  enter(
    claims: TicketClaims,
    connection: ConnectionId,
    keyPackage: Uint8Array,
    now: number,
  ): Outcome<ClientReply<'visit:enter'>> {
    if (this.#ended.has(claims.vis)) return { result: refused('wrongState'), effects: [] };
    let visit = this.#open.get(claims.vis);
    if (!visit) {
      if (this.#open.size >= this.#limits.visits) return { result: refused('unavailable'), effects: [] };
      visit = new Visit({ limits: this.#limits, createdAt: now, newPeer: this.#newPeer });
      this.#open.set(claims.vis, visit);
    }
    return visit.enter(claims, connection, keyPackage, now);
  }

  /** Ends a visit for everyone; again, it only keeps it ended for longer. */
  end(id: VisitId, reason: ServerMessage<'visit:ended'>['reason'], now: number): readonly Effect[] {
    const isAgain = this.#ended.has(id);
    const effects = this.#open.get(id)?.end(reason) ?? [];
    this.#open.delete(id);
    // The longest that a ticket issued this moment could be accepted.
    this.#ended.set(id, now + (ticketLifetimeSeconds + 2 * clockToleranceSeconds) * 1000);
    return isAgain ? [] : [...effects, { tag: 'visitOver' }];
  }

  /** Takes whoever is in a visit by one of these sessions out of it, visit by visit. */
  endSessions(sessions: readonly SessionId[]): readonly { visitId: VisitId; effects: readonly Effect[] }[] {
    return [...this.#open].map(([visitId, visit]) => ({ visitId, effects: visit.endSessions(sessions) }));
  }

  /** What the passing of time brings, visit by visit. */
  tick(now: number): readonly { visitId: VisitId; effects: readonly Effect[] }[] {
    for (const [id, until] of this.#ended) if (until <= now) this.#ended.delete(id);
    return [...this.#open].map(([visitId, visit]) => {
      if (now - visit.createdAt >= this.#limits.visitLifetimeMs) {
        return { visitId, effects: this.end(visitId, 'expired', now) };
      }
      const effects = visit.tick(now);
      if (!visit.isForgettable(now)) return { visitId, effects };
      this.#open.delete(visitId);
      return { visitId, effects: [...effects, { tag: 'visitOver' } as const] };
    });
  }
}
