import { type ErrorCode, errorBody } from '@sotto/protocol/errors';
import { type KeystoreCode, keystoreRefusal, keystoreStatusOf } from '@sotto/protocol/keystoreRoutes';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { answer, refuse } from './answer.ts';
import type { KeystoreOutcome } from './keystoreClient.ts';

const refusal = z.union([errorBody, keystoreRefusal]);

/** The refusals' schemas of routes whose refusals may be the keystore's own. */
export const relayedRefusals = { '4xx': refusal, '5xx': refusal } as const;

/** The api's own decision, and if it was to ask: what the keystore said. */
export type Relayed<T> = Result<KeystoreOutcome<T>>;

/** What the keystore answered, changed on its way; refusals stay as they are. */
export async function mapAnswer<T, U>(
  outcome: KeystoreOutcome<T>,
  change: (value: T) => U | Promise<U>,
): Promise<Relayed<U>> {
  return accepted(outcome.tag === 'answered' ? { tag: 'answered', value: await change(outcome.value) } : outcome);
}

/** Sends what the keystore answered, or its refusal as it is. No value is an empty 204. */
export function answerRelayed(reply: FastifyReply, result: Relayed<unknown>, status = 200): FastifyReply {
  if (!result.ok) return answer(reply, result);
  const outcome = result.value;
  switch (outcome.tag) {
    case 'answered':
      return answer(reply, accepted(outcome.value), status);
    case 'refused':
      return reply.code(keystoreStatusOf[outcome.refusal.code]).send(outcome.refusal);
    case 'unavailable':
      return refuse(reply, 'unavailable');
  }
}

/** The keystore's codes in the api's own words, for routes that are the api's. */
const ownCodeOf: Record<KeystoreCode, ErrorCode> = {
  invalid: 'invalid',
  nonce: 'forbidden',
  expired: 'forbidden',
  assertion: 'forbidden',
  revoked: 'forbidden',
  denied: 'forbidden',
  notOnHost: 'forbidden',
  notFirst: 'forbidden',
  lastOfficers: 'forbidden',
  notYet: 'forbidden',
  notFound: 'notFound',
  unknownObject: 'notFound',
  unknownCredential: 'forbidden',
  conflict: 'conflict',
  exists: 'conflict',
  held: 'wrongState',
  notHeld: 'wrongState',
  restricted: 'wrongState',
  notRestricted: 'wrongState',
  contained: 'forbidden',
  notContained: 'wrongState',
  shredded: 'notFound',
  rateLimited: 'rateLimited',
  internal: 'internal',
  witnessGone: 'unavailable',
  logStopped: 'unavailable',
  masterKey: 'unavailable',
  unavailable: 'unavailable',
};

/** What the keystore said as the api's own outcome. */
export function ownOutcome<T>(outcome: KeystoreOutcome<T>): Result<T> {
  switch (outcome.tag) {
    case 'answered':
      return accepted(outcome.value);
    case 'refused':
      return refused(ownCodeOf[outcome.refusal.code]);
    case 'unavailable':
      return refused('unavailable');
  }
}
