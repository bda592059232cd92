import { patientId } from '@sotto/protocol/ids';
import { type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import type { FastifyRequest } from 'fastify';
import type { ClinicContext } from '../clinicContext.ts';
import { UnrecordedActError } from '../errors.ts';
import type { Act } from './act.ts';
import type { InOne } from './inOne.ts';
import type { RequestRecorder, WhenRefused } from './requestRecorder.ts';

/** What records a request. @throws UnrecordedActError where its route says that there is nothing to record: a defect */
export function recorderOf({ recorder, routeOptions }: FastifyRequest): RequestRecorder {
  if (recorder === null) throw new UnrecordedActError(routeOptions.url ?? '');
  return recorder;
}

/**
 * For acts that look at more than the clinic's records before they change them: nothing waits for that. `rateLimited` for who
 * changes too much (`AttemptLimits.changes`).
 */
export const inOneOf =
  (request: FastifyRequest): InOne =>
  async (act) => {
    const recorder = recorderOf(request);
    const taken = await recorder.takeChange();
    return taken.ok ? recorder.inOne(act) : taken;
  };

const recordedWith =
  (whenRefused: WhenRefused, needsKey = false) =>
  async <C extends Pick<ClinicContext, 'database' | 'patientFields'>, T>(
    request: FastifyRequest,
    context: C,
    act: (context: C & { readonly database: Transaction }) => Promise<Result<T>>,
    describe?: (value: T) => Partial<Act>,
  ): Promise<Result<T>> => {
    const { recorder } = request;
    if (recorder === null) return refused('unauthenticated');
    const taken = await recorder.takeChange();
    if (!taken.ok) return taken;
    const patient = patientId.safeParse(recorder.patient);
    const patientFields =
      needsKey && patient.success ? await context.patientFields.keyed(patient.data) : context.patientFields;
    return recorder.inOne((database) => act({ ...context, patientFields, database }), describe, whenRefused);
  };

/**
 * Does something with the clinic's records and records it, both or neither (`RequestRecorder.inOne`); what is refused changes
 * nothing. `unauthenticated` where there is nobody who could do it, `rateLimited` for who changes too much
 * (`AttemptLimits.changes`).
 *
 * @param act with the context, on the transaction
 * @param describe says more of the act by what came of it
 */
export const recordedAct = recordedWith('undo');

/** As `recordedAct`, of what needs the key of the patient whom the request is about: no transaction waits for the keystore. */
export const recordedKeyedAct = recordedWith('undo', true);

/** As `recordedAct`, of what is tried: what it wrote stands also where it is refused, such as that it was tried. */
export const recordedTry = recordedWith('keep');
