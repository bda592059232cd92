import type { ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import type { ProvenEnrolment, ReadingNonce } from '@sotto/protocol/keystore';
import {
  type ActCall,
  actAnswer,
  keystoreIdentity,
  mintAnswer,
  nonceGrant,
  registrationAnswer,
  releaseAnswer,
  type SignedClosing,
  type SignedRelease,
} from '@sotto/protocol/keystoreRoutes';
import {
  directoryView,
  enrolmentView,
  entriesView,
  type SealedUpload,
  sealedList,
  sealedObject,
} from '@sotto/protocol/records';
import { shownNotices } from '../notices/noticeWords.ts';
import { askKeystore, tellKeystore } from './keystoreRequest.ts';
import { askPhi, type ReadFor } from './phiRequest.ts';

/** The keystore behind the api, and the sealed objects. Everything throws `KeystoreFault` or `ClinicFault`. */

export const readIdentity = (signal?: AbortSignal) =>
  askKeystore(keystoreIdentity, { method: 'GET', path: '/api/keystore/identity', ...(signal ? { signal } : {}) });

/** Which of a browser's two sessions asks. */
export type AskingSession = 'staff' | 'visit';

export const askNonce = (as: AskingSession) =>
  askKeystore(nonceGrant, { method: 'POST', path: `/api/keystore/nonces?as=${as}` });

export const readDirectory = (signal?: AbortSignal) =>
  askKeystore(directoryView, { method: 'GET', path: '/api/keystore/directory', ...(signal ? { signal } : {}) });

export const handInEnrolment = (enrolment: ProvenEnrolment) =>
  tellKeystore({ method: 'POST', path: '/api/keystore/enrolments', body: enrolment });
export const readEnrolments = (signal: AbortSignal) =>
  askKeystore(enrolmentView, { method: 'GET', path: '/api/keystore/enrolments', signal });

export const perform = (call: ActCall) =>
  askKeystore(actAnswer, { method: 'POST', path: '/api/keystore/acts', body: call });

export const askRelease = (release: SignedRelease) =>
  askKeystore(releaseAnswer, { method: 'POST', path: '/api/keystore/releases', body: release });

/** Goes out also while the page goes. */
export const tellClosing = (said: SignedClosing) =>
  tellKeystore({ method: 'POST', path: '/api/keystore/closings', body: said, keepalive: true });

/** The part of a list that is older than a place; the newest part for null. */
export const pathBefore = (path: string, before: string | null): string =>
  before === null ? path : `${path}?${new URLSearchParams({ before }).toString()}`;

/**
 * What is read of the log. `mine`: a patient's own, whom the session names; `known` are those whom this browser knows as
 * its own by a key. `patient`: one whom a member of staff names.
 */
export type About =
  | { readonly of: 'own' }
  | { readonly of: 'all' }
  | { readonly of: 'mine'; readonly known: readonly PatientId[] }
  | Followed
  /** The platform's own log: all of it, or what is of somebody. */
  | { readonly of: 'platform'; readonly followed: Followed | null };

/** Somebody whose entries are looked for. */
export type Followed =
  | { readonly of: 'patient'; readonly patient: PatientId }
  | { readonly of: 'person'; readonly person: StaffId };

type KeystoreAbout = Exclude<About, { of: 'platform' }>;

/** @param nonce made for this reading alone */
export function readEntries(about: KeystoreAbout, nonce: ReadingNonce, before: number | null, signal: AbortSignal) {
  const query = new URLSearchParams({ about: about.of === 'mine' ? 'patient' : about.of, nonce });
  if (about.of === 'patient') query.set('patient', about.patient);
  if (about.of === 'person') query.set('person', about.person);
  if (before !== null) query.set('before', String(before));
  return askKeystore(entriesView, { method: 'GET', path: `/api/keystore/entries?${query.toString()}`, signal });
}

export const readNotices = (after: number, signal: AbortSignal) =>
  askKeystore(shownNotices, { method: 'GET', path: `/api/keystore/notices?after=${after}`, signal });

export const mintObject = (visit: VisitId) =>
  askKeystore(mintAnswer, { method: 'POST', path: `/api/visits/${visit}/objects` });
export const listObjects = (visit: VisitId, signal: AbortSignal) =>
  askKeystore(sealedList, { method: 'GET', path: `/api/visits/${visit}/objects`, signal });

export const storeObject = (object: ObjectId, upload: SealedUpload) =>
  askPhi(registrationAnswer, { route: 'storeNote', object, purpose: 'treatment' }, { body: upload });
export const readObject = (object: ObjectId, why: ReadFor, signal?: AbortSignal) =>
  askPhi(sealedObject, { route: 'readNote', object, ...why }, signal ? { signal } : {});
