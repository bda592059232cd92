import { clinicId, patientId, type StaffId, staffId } from '@sotto/protocol/ids';
import { objectId } from '@sotto/vault';
import * as z from 'zod';
import { type Bytes, canonicalJson } from '../bytes.ts';
import { DefectError } from '../errors.ts';
import { credentialId, nonce, requestId } from '../ids.ts';
import { instant } from '../release/releaseRequest.ts';
import { assertion, challengeLabels, challengeOf } from '../webauthn/assertion.ts';
import { clinicianEntry } from './clinician.ts';

/** Why a passkey is revoked. */
const revocationReasons = { lost: 'lost', left: 'left', suspected: 'suspected' } as const;

const common = {
  type: z.literal('sotto/act/v1'),
  id: requestId,
  nonce,
  clinic: clinicId,
  /** Who signs, ascending: officers; nobody for the first ones, who are enrolled on the host. */
  by: z
    .array(staffId)
    .max(2)
    .refine((list) => list.every((id, index) => index === 0 || (list[index - 1] ?? '') < id)),
  expiry: instant,
};

/** What officers' passkeys sign (SPEC.md section 6). */
export const act = z.discriminatedUnion('action', [
  z.strictObject({ ...common, action: z.literal('enrol'), entry: clinicianEntry }),
  z.strictObject({ ...common, action: z.literal('replace'), entry: clinicianEntry }),
  z.strictObject({
    ...common,
    action: z.literal('revoke'),
    subject: staffId,
    credential: credentialId,
    reason: z.enum(revocationReasons),
  }),
  z.strictObject({ ...common, action: z.literal('shred'), pseudonym: patientId, object: objectId.nullable() }),
  z.strictObject({ ...common, action: z.literal('hold'), pseudonym: patientId }),
  z.strictObject({ ...common, action: z.literal('liftHold'), pseudonym: patientId }),
]);
export type Act = z.infer<typeof act>;

/** How many officers must sign. The first ones' own enrolment, on the host, nobody does. */
const signersNeeded: Record<Act['action'], readonly number[]> = {
  enrol: [0, 1],
  replace: [2],
  revoke: [1],
  shred: [2],
  hold: [1],
  liftHold: [2],
};

export const actCall = z
  .strictObject({
    act,
    /** One for each of `by`, in that order. */
    assertions: z.array(assertion).max(2),
    /** The new passkey's own, over the same act; null where none is enrolled. */
    newcomer: assertion.nullable(),
  })
  .refine(({ act: { action, by } }) => signersNeeded[action].includes(by.length))
  .refine(({ act: { by }, assertions }) => by.length === assertions.length)
  .refine(({ act: given, newcomer }) => 'entry' in given === (newcomer !== null));
export type ActCall = z.infer<typeof actCall>;

/** The passkeys' challenge. */
export const hashAct = (value: Act): Bytes => challengeOf(challengeLabels.act, canonicalJson(value));

/** Whom an act is about, where that is one of the directory: nobody signs for herself. */
export function subjectOf(value: Act): StaffId | null {
  if ('entry' in value) return value.entry.subject;
  return 'subject' in value ? value.subject : null;
}

/** For whom the nonce was issued: the first to sign; on the host, who is enrolled. */
export function nonceHolderOf(value: Act): StaffId {
  const holder = value.by[0] ?? subjectOf(value);
  if (holder === null) throw new DefectError('an act of nobody');
  return holder;
}
