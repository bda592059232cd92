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

/** How far some objects that belong together, as a recording's tracks do, are restricted. */
export interface RestrictedExtent {
  /** Since when all of them are; where some aren't, since when the first one is. */
  readonly since: Date;
  /** Those that can be opened all the same: a restriction of one closes no other. */
  readonly rest: readonly ObjectId[];
}

/** @returns null where none of them is restricted */
export function restrictedAmong(
  restrictions: readonly Restriction[],
  objects: readonly ObjectId[],
): RestrictedExtent | null {
  const begins = objects.map((one) => {
    const found = restrictions.filter(({ object }) => object === null || object === one);
    return found.length === 0 ? null : Math.min(...found.map(({ since }) => since.getTime()));
  });
  const known = begins.filter((begin) => begin !== null);
  if (known.length === 0) return null;
  const rest = objects.filter((_, index) => begins[index] === null);
  return { since: new Date(rest.length === 0 ? Math.max(...known) : Math.min(...known)), rest };
}
