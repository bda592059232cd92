import { type StaffId, staffId } from '@sotto/protocol/ids';
import { type Act, challengeLabels } from '@sotto/protocol/keystore';
import * as routes from '@sotto/protocol/keystoreRoutes';
import { challengeOf } from '@sotto/service/assertion';
import type * as z from 'zod';
import { type Bytes, canonicalJson } from '../bytes.ts';
import { DefectError } from '../errors.ts';
import type { Subject } from '../ids.ts';

/**
 * How many people may sign. The first officers' own enrolment, on the host, nobody does; which enrolments take two, the
 * directory says (`enrol`).
 */
const signersNeeded: Record<Act['action'], readonly number[]> = {
  enrol: [0, 1, 2],
  replace: [2],
  revoke: [1],
  enrolPatient: [1],
  assist: [2],
  revokePatient: [1],
  shred: [2],
  hold: [1],
  liftHold: [2],
  restrict: [2],
  liftRestriction: [2],
  contain: [1],
  liftContainment: [1],
};

/** An act as it is handed in: signed by as many as it needs, with the new key's own request where one is enrolled. */
export const actCall = routes.actCall
  .refine(({ act: { action, by } }) => signersNeeded[action].includes(by.length))
  .refine(({ act: { by }, assertions }) => by.length === assertions.length)
  .refine(({ act, newcomer }) => 'entry' in act === (newcomer !== null));
export type ActCall = z.infer<typeof actCall>;

/** The passkeys' challenge. */
export const hashAct = (value: Act): Bytes => challengeOf(challengeLabels.act, canonicalJson(value));

/** Whom an act is about, where that is a person with keys here: nobody signs for herself. */
export function subjectOf(value: Act): Subject | null {
  if ('entry' in value) return 'subject' in value.entry ? value.entry.subject : value.entry.pseudonym;
  if ('whom' in value) return staffId.safeParse(value.whom).data ?? null;
  return 'subject' in value ? value.subject : null;
}

/** For whom the nonce was issued: the first to sign; on the host, who is enrolled. */
export function nonceHolderOf(value: Act): Subject {
  const holder: StaffId | Subject | null = value.by[0] ?? subjectOf(value);
  if (holder === null) throw new DefectError('an act of nobody');
  return holder;
}
