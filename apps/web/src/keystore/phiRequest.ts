import type { StaffSession } from '@sotto/protocol/clinic';
import { type IntentRequest, intentGrant, intentHeader, phiRequest } from '@sotto/protocol/phi';
import type * as z from 'zod';
import { ask, type ClinicRequest } from '../clinic/clinicRequest.ts';
import { ClinicFault } from '../clinic/errors.ts';
import { reviewsOnly } from '../staff/heldRoles.ts';
import { askKeystore } from './keystoreRequest.ts';

/** Why something is read, and by which of a browser's sessions. */
export type ReadFor = Pick<IntentRequest, 'purpose' | 'as'>;

type Given = Pick<ClinicRequest, 'body' | 'signal'>;

/** What a member of staff looks at something sealed for. */
export function staffReadsFor(staff: Pick<StaffSession['staff'], 'roles' | 'resting'>): ReadFor {
  // A disabled account has nothing but emergencies left.
  if (staff.resting !== null) return { purpose: 'emergency', as: 'staff' };
  return { purpose: reviewsOnly(staff) ? 'operations' : 'treatment', as: 'staff' };
}

/**
 * One request with a patient's content: says first what for, which the clinic records, then does it. Where that has taken too
 * long, it is said once more.
 *
 * @throws KeystoreFault, ClinicFault
 */
export async function askPhi<S extends z.ZodType>(
  schema: S,
  intent: IntentRequest,
  given: Given = {},
): Promise<z.infer<S>> {
  try {
    return await askOnce(schema, intent, given);
  } catch (error) {
    if (!(error instanceof ClinicFault) || error.code !== 'noIntent') throw error;
    return askOnce(schema, intent, given);
  }
}

async function askOnce<S extends z.ZodType>(schema: S, intent: IntentRequest, given: Given): Promise<z.infer<S>> {
  const { signal } = given;
  const { id } = await ask(intentGrant, {
    ...{ method: 'POST', path: '/api/intents', body: intent },
    ...(signal ? { signal } : {}),
  });
  const { route, object } = intent;
  return askKeystore(schema, { ...phiRequest(route, object), ...given, headers: { [intentHeader]: id } });
}
