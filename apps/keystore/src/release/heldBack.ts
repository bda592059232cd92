import type { Entry } from '@sotto/audit';
import type { ClinicId, PatientId, StaffId } from '@sotto/protocol/ids';
import { releaseActions } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import { wholeEntry, withErasure } from '../log/erasure.ts';
import { containedFrom } from './containment.ts';

/** Openings of who is contained are at least so far apart: nobody reads faster. */
const paceMs = 10_000;
/** For so many patients within an hour the glass is broken by who is contained, and for no other until that is lifted. */
const emergencies = { patients: 12, withinMs: 60 * 60_000 } as const;

/** What somebody asks for who is contained. */
export interface ContainedOpening {
  /** Who signs it and is contained, one or both of two. */
  readonly people: readonly StaffId[];
  readonly isEmergency: boolean;
  readonly patients: readonly PatientId[];
  readonly at: Date;
}

interface Opened {
  readonly patient: string | null;
  readonly at: number;
  readonly isEmergency: boolean;
}

const openedOf = ({ patient, time, purpose }: Entry): Opened => ({
  ...{ patient, at: Date.parse(time) },
  isEmergency: purpose?.includes(':') ?? false,
});

/**
 * What somebody has opened since an entry of the log, in its order.
 *
 * @throws LogStopped `damaged` if an entry can't be read, or any was erased
 */
async function openedSince(transaction: Transaction, person: StaffId, place: number): Promise<Opened[]> {
  const { rows } = await transaction.execute<{ canonical: Buffer }>(
    withErasure(sql`
      select index, resource, canonical from audit.entry
       where index > ${place} and action in (${releaseActions.open}, ${releaseActions.copy})
         and (actor = ${person}
              or (actor like '%+%' and split_part(actor, '+', 1) = ${person})
              or (actor like '%+%' and split_part(actor, '+', 2) = ${person}))`),
  );
  return rows
    .map(({ canonical }) => wholeEntry(canonical))
    .filter(({ outcome }) => outcome === 'allowed')
    .map(openedOf);
}

const patientsOf = (opened: readonly Opened[]): ReadonlySet<string | null> =>
  new Set(opened.map(({ patient }) => patient));

/** Whether the glass was broken for as many patients within some hour as it may be. */
const wereMany = (broken: readonly Opened[]): boolean =>
  broken.some(({ at }) => {
    const hour = broken.filter((one) => one.at <= at && one.at > at - emergencies.withinMs);
    return patientsOf(hour).size >= emergencies.patients;
  });

function heldBackBy(opened: readonly Opened[], { isEmergency, patients, at }: ContainedOpening) {
  const now = at.getTime();
  if (!isEmergency) return opened.some((one) => Math.abs(now - one.at) < paceMs) ? ('pace' as const) : null;
  const broken = opened.filter((one) => one.isEmergency);
  const recent = patientsOf(broken.filter((one) => one.at > now - emergencies.withinMs));
  const isOfAnother = patients.some((patient) => !recent.has(patient));
  return isOfAnother && wereMany(broken) ? ('emergencies' as const) : null;
}

/**
 * Why who is contained opens nothing at present, though it is one thing: by what the log has of them (SPEC.md section 7.2). Asked with the
 * turn that all who record wait for.
 */
export async function heldBack(
  transaction: Transaction,
  clinic: ClinicId,
  opening: ContainedOpening,
): Promise<'pace' | 'emergencies' | null> {
  const { people, isEmergency } = opening;
  for (const person of people) {
    const place = await containedFrom({ database: transaction, clinic }, isEmergency ? [person] : [person, 'everyone']);
    // An officer has let them go on meanwhile.
    if (place === null) continue;
    const by = heldBackBy(await openedSince(transaction, person, place), opening);
    if (by !== null) return by;
  }
  return null;
}
