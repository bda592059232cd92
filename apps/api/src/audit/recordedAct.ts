import { type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import type { FastifyRequest } from 'fastify';
import type { ClinicContext } from '../clinicContext.ts';
import { UnrecordedActError } from '../errors.ts';
import type { Act } from './act.ts';
import type { RequestRecorder } from './requestRecorder.ts';

/** Does something on a transaction that records it too, both or neither. */
export type InOne = <T>(act: (database: Transaction) => Promise<Result<T>>) => Promise<Result<T>>;

/** What records a request. @throws UnrecordedActError where its route says that there is nothing to record: a defect */
export function recorderOf({ recorder, routeOptions }: FastifyRequest): RequestRecorder {
  if (recorder === null) throw new UnrecordedActError(routeOptions.url ?? '');
  return recorder;
}

/** For acts that look at more than the clinic's records before they change them: nothing waits for that. */
export const inOneOf =
  (request: FastifyRequest): InOne =>
  (act) =>
    recorderOf(request).inOne(act);

/**
 * Does something with the clinic's records and records it, both or neither (`RequestRecorder.inOne`). `unauthenticated` where
 * there is nobody who could do it.
 *
 * @param act with the context, on the transaction
 * @param describe says more of the act by what came of it
 */
export const recordedAct = async <C extends Pick<ClinicContext, 'database'>, T>(
  request: FastifyRequest,
  context: C,
  act: (context: C & { readonly database: Transaction }) => Promise<Result<T>>,
  describe?: (value: T) => Partial<Act>,
): Promise<Result<T>> =>
  request.recorder?.inOne((database) => act({ ...context, database }), describe) ?? refused('unauthenticated');
