import {
  type NoticeRequest,
  noticeConfirmation,
  noticeEnding,
  noticeRequest,
  outbox,
  patientNotices,
} from '@sotto/protocol/patientNotices';
import { ask, tell } from '../clinic/clinicRequest.ts';

/** Mail about openings, for patients, and where it goes. Everything throws `ClinicFault`. */

const own = '/api/portal/notices';

export const readOwnNotices = (signal: AbortSignal) => ask(patientNotices, { method: 'GET', path: own, signal });
/** @throws ZodError for what is no address */
export const requestNotices = (request: NoticeRequest) =>
  tell({ method: 'PUT', path: own, body: noticeRequest.parse(request) });
export const confirmNotices = (code: string) =>
  tell({ method: 'POST', path: `${own}/confirmation`, body: noticeConfirmation.parse({ code }) });
export const endNotices = () => tell({ method: 'DELETE', path: own });

/** By a mail's own link. */
export const endByMail = (secret: string) =>
  tell({ method: 'POST', path: '/api/notices/end', body: noticeEnding.parse({ secret }) });

export const readOutbox = (signal: AbortSignal) => ask(outbox, { method: 'GET', path: '/api/outbox', signal });
