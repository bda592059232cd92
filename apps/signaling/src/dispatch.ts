import { type Result, refused } from '@sotto/protocol/result';
import { type ClientEventName, type ClientRequest, clientEvents } from '@sotto/protocol/signaling';
import type { Caller, Handler } from './caller.ts';
import type { Effect, Outcome } from './effect.ts';
import { isHost } from './roster.ts';
import type { Refusal } from './tally.ts';
import type { Visits } from './visits.ts';

export type Handlers = { readonly [N in ClientEventName]: Handler<N> };

/** What came of an event; `refusal` is set if that was a refusal, by its kind. */
export interface Dispatched {
  readonly result: Result<unknown>;
  readonly effects: readonly Effect[];
  readonly refusal?: Refusal;
}

/**
 * Parses one event, checks that its sender may send it, and has it done. In that order: what isn't understood changes
 * nothing, and neither does what isn't allowed.
 *
 * @param parts what came with the event, without the acknowledgement: has to be one object
 */
export async function dispatch(
  handlers: Handlers,
  visits: Visits,
  caller: Caller,
  event: unknown,
  parts: readonly unknown[],
  now: number,
): Promise<Dispatched> {
  if (!isEventName(event)) return { ...refusal('invalid'), refusal: 'unknownEvent' };
  const parsed = parts.length === 1 ? clientEvents[event].request.safeParse(parts[0]) : undefined;
  if (!parsed?.success) return refusal('invalid');
  const outcome = await handle(handlers, visits, caller, event, parsed.data as ClientRequest<typeof event>, now);
  return outcome.result.ok ? outcome : { ...outcome, refusal: outcome.result.code };
}

async function handle<N extends ClientEventName>(
  handlers: Handlers,
  visits: Visits,
  caller: Caller,
  event: N,
  request: ClientRequest<N>,
  now: number,
): Promise<Outcome<unknown>> {
  // Each handler is looked up by its event's name and gets what that event's `who` promises; TypeScript can't follow
  // that pairing through the type parameter.
  const handler = handlers[event] as (
    who: unknown,
    request: ClientRequest<N>,
    now: number,
  ) => Promise<Outcome<unknown>>;
  const { who } = clientEvents[event];
  if (who === 'waiting') return handler(caller, request, now);
  if (who === 'host' && !isHost(caller.claims.role)) return refusal('forbidden');
  const visit = visits.find(caller.claims.vis);
  const me = visit?.present(caller.claims.sub, caller.connection);
  return visit && me ? handler({ caller, visit, me }, request, now) : refusal('wrongState');
}

const refusal = (code: 'invalid' | 'forbidden' | 'wrongState') => ({
  result: refused(code),
  effects: [],
  refusal: code,
});
const isEventName = (name: unknown): name is ClientEventName =>
  typeof name === 'string' && Object.hasOwn(clientEvents, name);
