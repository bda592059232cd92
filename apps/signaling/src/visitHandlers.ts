import { accepted } from '@sotto/protocol/result';
import type { ClientEventName } from '@sotto/protocol/signaling';
import type { Handler } from './caller.ts';
import type { Visits } from './visits.ts';

type VisitEvent = Extract<ClientEventName, `visit:${string}` | `waiting:${string}` | `mls:${string}`>;

/** Membership and MLS delivery: all in memory, all at once. */
export const createVisitHandlers = (visits: Visits): { readonly [N in VisitEvent]: Handler<N> } => ({
  'visit:enter': ({ claims, connection }, { keyPackage }, now) => visits.enter(claims, connection, keyPackage, now),
  'visit:leave': ({ claims, connection }) =>
    visits.find(claims.vis)?.leave(claims.sub, connection) ?? {
      result: accepted({}),
      effects: [{ tag: 'disconnect', connection }],
    },
  'visit:end': ({ caller }, _request, now) => ({
    result: accepted({}),
    effects: visits.end(caller.claims.vis, 'endedByHost', now),
  }),
  'waiting:admit': ({ visit }, { participantId }) => visit.admit(participantId),
  'waiting:decline': ({ visit }, { participantId }) => visit.decline(participantId),

  'mls:create': ({ visit, me }, request, now) => visit.createGroup(me, request, now),
  'mls:commit': ({ visit, me }, request, now) => visit.commit(me, request, now),
  'mls:application': ({ visit, me }, request, now) => visit.application(me, request, now),
  'mls:resume': ({ visit, me }, request) => visit.resume(me, request),
  'mls:rejoin': ({ visit, me }, request, now) => visit.rejoin(me, request, now),
});
