import { challengeLabels, type ReleaseRequest } from '@sotto/protocol/keystore';
import * as routes from '@sotto/protocol/keystoreRoutes';
import { challengeOf } from '@sotto/service/assertion';
import type * as z from 'zod';
import { type Bytes, canonicalJson, fromBase64url } from '../bytes.ts';
import { isHpkePublicKey } from '../hpke.ts';

/** A release as it is asked for, with a viewer's key that is one, and an approval exactly where somebody approves. */
export const releaseCall = routes.releaseCall
  .refine(({ request }) => isHpkePublicKey(fromBase64url(request.viewerKey)))
  .refine(({ request, approval }) => (request.approver === null) === (approval === null));
export type ReleaseCall = z.infer<typeof releaseCall>;

/** The passkey's challenge, and HPKE's `info`. */
export const hashRequest = (request: ReleaseRequest): Bytes =>
  challengeOf(challengeLabels.release, canonicalJson(request));

/** Whom the log names as having asked: the user, and who approves. */
export const actorOf = ({ user, approver }: Pick<ReleaseRequest, 'user' | 'approver'>): string =>
  approver === null ? user : `${user}+${approver}`;
