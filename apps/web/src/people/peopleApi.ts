import type { StaffRole } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import {
  accountLinkRequest,
  accountOffer,
  giveRoleRequest,
  type InviteStaffRequest,
  inviteStaffRequest,
  leftOpen,
  type NewPasswordRequest,
  newAccountRequest,
  newPasswordMailRequest,
  newPasswordOffer,
  newPasswordRequest,
  staffPeople,
} from '@sotto/protocol/people';
import { type PolicyQuestion, policyAnswer, policyQuestion } from '@sotto/protocol/policyQuestion';
import type { RoleLimits } from '@sotto/protocol/roleLimits';
import { queryOptions } from '@tanstack/react-query';
import { ask, tell } from '../clinic/clinicRequest.ts';
import type { Locale } from '../i18n/locales.ts';
import { change } from '../staff/stepUp.ts';

/** Administration of people. Everything throws `ClinicFault`, and `change` also `PasskeyFault`. */

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => ask(staffPeople, { method: 'GET', path: '/api/people', signal }),
});

export const giveRole = (staff: StaffId, role: StaffRole, limits: RoleLimits) =>
  change({ method: 'POST', path: `/api/people/${staff}/roles`, body: giveRoleRequest.parse({ role, limits }) });
export const endRole = (staff: StaffId, role: StaffRole) =>
  change({ method: 'DELETE', path: `/api/people/${staff}/roles/${role}` });

export const askPolicy = (question: PolicyQuestion) =>
  ask(policyAnswer, { method: 'POST', path: '/api/policy/question', body: policyQuestion.parse(question) });
/** Whether the policies can be asked about somebody from there. */
export const isAddress = (text: string): boolean => policyQuestion.shape.address.safeParse(text).success;

export const disableAccount = (staff: StaffId) => change({ method: 'POST', path: `/api/people/${staff}/disable` });
export const enableAccount = (staff: StaffId) => change({ method: 'POST', path: `/api/people/${staff}/enable` });
/** What somebody who was let go leaves for others to see to. */
export const leftOpenQuery = (staff: StaffId) =>
  queryOptions({
    queryKey: ['people', 'open', staff],
    queryFn: ({ signal }) => ask(leftOpen, { method: 'GET', path: `/api/people/${staff}/open`, signal }),
    staleTime: 0,
  });

/** @throws ZodError for what is no address */
export const inviteStaff = (request: InviteStaffRequest) =>
  change({ method: 'POST', path: '/api/people/invitations', body: inviteStaffRequest.parse(request) });
export const isEmail = (text: string): boolean => inviteStaffRequest.shape.email.safeParse(text).success;
export const withdrawInvitation = (id: StaffId) => change({ method: 'DELETE', path: `/api/people/invitations/${id}` });

/** For whom a link is. @throws ZodError for what is no link's secret */
export const readOffer = (secret: string, signal: AbortSignal) =>
  ask(accountOffer, {
    ...{ method: 'POST', path: '/api/account/invitation', signal },
    body: accountLinkRequest.parse({ secret }),
  });
export const beginAccount = (secret: string, password: string) =>
  tell({ method: 'POST', path: '/api/account', body: newAccountRequest.parse({ secret, password }) });

/** Mails somebody a link to a new password. */
export const sendNewPassword = (staff: StaffId, locale: Locale) =>
  change({
    ...{ method: 'POST', path: `/api/people/${staff}/new-password` },
    body: newPasswordMailRequest.parse({ locale }),
  });
/** Forgets somebody's authenticator app, and signs them out everywhere. */
export const resetSignIn = (staff: StaffId) => change({ method: 'POST', path: `/api/people/${staff}/sign-in-reset` });

/** Whose password a link is for. @throws ZodError for what is no link's secret */
export const readNewPasswordOffer = (secret: string, signal: AbortSignal) =>
  ask(newPasswordOffer, {
    ...{ method: 'POST', path: '/api/account/new-password/offer', signal },
    body: accountLinkRequest.parse({ secret }),
  });
export const chooseNewPassword = (request: NewPasswordRequest) =>
  tell({ method: 'POST', path: '/api/account/new-password', body: newPasswordRequest.parse(request) });
