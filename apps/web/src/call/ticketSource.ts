import { type ClientConfig, joinView, type TicketGrant, ticketGrant, visit } from '@sotto/protocol/clinic';
import type { LeafThumbprint, VisitId } from '@sotto/protocol/ids';
import { readConfig } from '../clinic/clinicApi.ts';
import { ask } from '../clinic/clinicRequest.ts';
import { type ClinicFault, faultCode } from '../clinic/errors.ts';
import type { VisitCallTarget } from './contract.ts';

/** A value of the clinic, or why there is none and whether asking again by itself makes sense. */
export type ClinicAnswer<T> =
  | { tag: 'answer'; value: T }
  | { tag: 'later' }
  | { tag: 'refused'; reason: 'signedOut' | 'notAvailable' | 'internal' };

/** What a call asks of the clinic: where the visit is, and a ticket for each leaf and connection. */
export interface TicketSource {
  visit(): Promise<ClinicAnswer<{ visitId: VisitId; config: ClientConfig }>>;
  /** Signed for the leaf key of that thumbprint; opens one connection within two minutes. */
  ticket(leaf: LeafThumbprint): Promise<ClinicAnswer<TicketGrant>>;
  /** Ends the visit at the clinic: its link and its tickets open nothing afterwards. A host's act. */
  end(): Promise<ClinicAnswer<void>>;
}

const timeoutMs = 10_000;

/** @param target whose session cookie vouches, and so which route signs */
export function createTicketSource(target: VisitCallTarget): TicketSource {
  const path = target.kind === 'physician' ? `/api/visits/${target.visitId}/ticket` : '/api/join/ticket';
  return {
    visit: () =>
      answer(async (signal) => {
        const [config, visitId] = await Promise.all([
          readConfig(signal),
          target.kind === 'physician'
            ? target.visitId
            : ask(joinView, { method: 'GET', path: '/api/join', signal }).then((view) => view.visitId),
        ]);
        return { visitId, config };
      }),
    end: () =>
      target.kind === 'physician'
        ? answer(async (signal) => {
            await ask(visit, { method: 'POST', path: `/api/visits/${target.visitId}/end`, signal });
          })
        : Promise.resolve({ tag: 'refused', reason: 'notAvailable' }),
    ticket: (leaf) => answer((signal) => ask(ticketGrant, { method: 'POST', path, body: { leaf }, signal })),
  };
}

async function answer<T>(request: (signal: AbortSignal) => Promise<T>): Promise<ClinicAnswer<T>> {
  try {
    return { tag: 'answer', value: await request(AbortSignal.timeout(timeoutMs)) };
  } catch (error) {
    return judge(faultCode(error));
  }
}

/** What a refusal means for a call that wants to go on by itself. */
function judge(code: ClinicFault['code']): Exclude<ClinicAnswer<never>, { tag: 'answer' }> {
  switch (code) {
    case 'unreachable':
    case 'unavailable':
    case 'rateLimited':
    case 'internal':
    case 'conflict':
    // Until its holder unlocks the page.
    case 'locked':
      return { tag: 'later' };
    case 'unauthenticated':
      return { tag: 'refused', reason: 'signedOut' };
    case 'forbidden':
    case 'stepUp':
    case 'noIntent':
    case 'notFound':
    case 'wrongState':
      return { tag: 'refused', reason: 'notAvailable' };
    case 'invalid':
    case 'unsealedPhi':
    case 'rejoin':
      return { tag: 'refused', reason: 'internal' };
  }
}
