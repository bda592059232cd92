import type { ObjectId, PatientId, StaffId } from '@sotto/protocol/ids';
import type { RestrictedStatement } from '@sotto/protocol/keystore';
import { canonicalHash } from './bytes.ts';
import { EvidenceFault } from './errors.ts';
import type { Pins } from './pins.ts';
import { isSigned } from './statements.ts';

/** What nobody opens at present, as the keystore signed it. */
export interface Restriction {
  readonly pseudonym: PatientId;
  /** Null for everything of the patient's, what comes later too. */
  readonly object: ObjectId | null;
  readonly by: readonly StaffId[];
  readonly since: Date;
  /** What an act that lifts it names it by. */
  readonly hash: string;
}

/**
 * @param pseudonym whose they have to be; null for anybody's
 * @throws EvidenceFault `statement` if the keystore with the pinned key hasn't signed one of them, or it is another patient's
 */
export const checkRestrictions = (
  signed: readonly RestrictedStatement[],
  pseudonym: PatientId | null,
  pins: Pins,
): Promise<readonly Restriction[]> =>
  Promise.all(
    signed.map(async (statement) => {
      const { payload } = statement;
      const isTheirs = payload.clinic === pins.clinic && (pseudonym === null || payload.pseudonym === pseudonym);
      if (!isTheirs || !(await isSigned(statement, pins.statementKey))) throw new EvidenceFault('statement');
      const { object, restrictedBy, restrictedAt } = payload;
      return {
        ...{ pseudonym: payload.pseudonym, object, by: restrictedBy, since: new Date(restrictedAt) },
        hash: await canonicalHash(payload),
      };
    }),
  );

/** Of everything of the patient's; null if only some of it is restricted, or nothing. */
export const restrictionOfAll = (restrictions: readonly Restriction[]): Restriction | null =>
  restrictions.find(({ object }) => object === null) ?? null;

/** Of one object by itself; null where it isn't, or is only with everything else. */
export const restrictionOf = (restrictions: readonly Restriction[], one: ObjectId): Restriction | null =>
  restrictions.find(({ object }) => object === one) ?? null;

/** Since when some objects that are opened together can't be; null if they can. */
export function restrictedSince(restrictions: readonly Restriction[], objects: readonly ObjectId[]): Date | null {
  const found = restrictions.filter(({ object }) => object === null || objects.includes(object));
  return found.length === 0 ? null : new Date(Math.min(...found.map(({ since }) => since.getTime())));
}
