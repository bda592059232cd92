import { errorBody } from '@sotto/protocol/errors';
import type { RegistrationAnswer } from '@sotto/protocol/keystoreRoutes';
import { registrationAnswer } from '@sotto/protocol/keystoreRoutes';
import { partGrant, partList, type RecordingUpload } from '@sotto/protocol/recordings';
import type { ObjectId } from '@sotto/vault';
import { ask } from '../clinic/clinicRequest.ts';
import { ClinicFault } from '../clinic/errors.ts';
import { askPhi } from '../keystore/phiRequest.ts';
import type { KeptPart } from './keptObject.ts';

/** What is stored of an object: lengths by name. @throws ClinicFault */
export async function storedParts(object: ObjectId, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const { parts } = await ask(partList, { method: 'GET', path: `/api/objects/${object}/parts`, signal });
  return new Map(parts.map(({ leaf, length }) => [leaf, length]));
}

/**
 * Stores one part, once; the same octets again are stored already. A grant whose time was over when it was used is asked
 * for anew, once.
 *
 * @throws ClinicFault
 */
export async function uploadPart(object: ObjectId, part: KeptPart, signal: AbortSignal): Promise<void> {
  const first = await tryPart(object, part, signal);
  if (first === 'stored') return;
  const second = isOver(first) ? await tryPart(object, part, signal) : first;
  if (second !== 'stored') throw second;
}

/** A store of its own says so in words of its own. */
const isOver = ({ code }: ClinicFault): boolean => code === 'unauthenticated' || code === 'unavailable';

/** @returns why the store didn't take it */
async function tryPart(object: ObjectId, part: KeptPart, signal: AbortSignal): Promise<'stored' | ClinicFault> {
  const { leaf, length } = part;
  const path = `/api/objects/${object}/parts`;
  const grant = await ask(partGrant, { method: 'POST', path, body: { leaf, length }, signal });
  const body = await part.content();
  const response = await fetch(grant.url, {
    method: 'PUT',
    // A store of another origin has its own word in the grant.
    credentials: 'same-origin',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
    headers: grant.headers,
    body,
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new ClinicFault('unreachable');
  });
  if (response.ok) return 'stored';
  const refusal = errorBody.safeParse(await response.json().catch(() => null));
  return new ClinicFault(refusal.success ? refusal.data.code : 'unavailable');
}

/** @throws KeystoreFault, ClinicFault */
export const registerRecording = (object: ObjectId, upload: RecordingUpload): Promise<RegistrationAnswer> =>
  askPhi(registrationAnswer, { route: 'storeRecording', object, purpose: 'treatment' }, { body: upload });
