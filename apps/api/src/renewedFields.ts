import type { PatientId } from '@sotto/protocol/ids';
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { ClinicContext } from './clinicContext.ts';
import { FieldKeysUnavailable } from './errors.ts';
import type { ApiLog } from './events.ts';
import { guestNamePlace } from './guests.ts';
import { type Background, doInBackground } from './inBackground.ts';
import { messagePlace } from './mailQueue.ts';
import { addressPlace } from './patientNotices.ts';
import { patientNamePlace } from './patientRecord.ts';
import { guestTable, mailTable, patientNoticeTable, patientTable, visitTable } from './schema.ts';
import { type FieldPlace, fieldVersions } from './sealedField.ts';

/** A column that was sealed under the clinic's key before patients had keys of their own. */
interface OldColumn {
  readonly table: PgTable;
  readonly id: PgColumn;
  readonly box: PgColumn;
  /** Whose it is; null for nobody's. */
  readonly patient: SQL | PgColumn;
  readonly place: (id: never) => FieldPlace;
  /** Sealed anew before everything else of the patient's. */
  readonly isFirst?: boolean;
}

const oldColumns: readonly OldColumn[] = [
  {
    ...{ table: patientTable, id: patientTable.id, box: patientTable.nameSealed },
    ...{ patient: patientTable.id, place: patientNamePlace, isFirst: true },
  },
  {
    ...{ table: guestTable, id: guestTable.participantId, box: guestTable.nameSealed, place: guestNamePlace },
    patient: sql`(select ${visitTable.patientId} from ${visitTable} where ${visitTable.id} = ${guestTable.visitId})`,
  },
  {
    ...{ table: patientNoticeTable, id: patientNoticeTable.patientId, box: patientNoticeTable.addressSealed },
    ...{ patient: patientNoticeTable.patientId, place: addressPlace },
  },
  {
    ...{ table: mailTable, id: mailTable.id, box: mailTable.messageSealed, patient: mailTable.patientId },
    place: messagePlace,
  },
];

/** Rows that are read and sealed at a time: one request to the keystore. */
const batch = 50;

type OldRow = { readonly id: string; readonly patient: PatientId; readonly box: Buffer };
type Context = Pick<ClinicContext, 'database' | 'patientFields'>;

async function readOld({ database }: Context, { table, id, box, patient }: OldColumn, after: string) {
  const { rows } = await database.execute<OldRow>(sql`
    select ${id} as id, ${patient} as patient, ${box} as box from ${table}
     where substring(${box} from 1 for 1) = ${Buffer.of(fieldVersions.clinic)}
       and ${patient} is not null and ${id} > ${after}
     order by ${id} limit ${batch}`);
  return rows;
}

/** Whether it was sealed anew. What changed meanwhile is left as it is, and what doesn't open. */
async function renewOne(
  { database, patientFields }: Context,
  { table, id, box, place, isFirst = false }: OldColumn,
  row: OldRow,
): Promise<boolean> {
  let renewed: Uint8Array;
  try {
    renewed = await patientFields.renew(row.patient, place(row.id as never), new Uint8Array(row.box), isFirst);
  } catch (fault) {
    if (fault instanceof FieldKeysUnavailable) throw fault;
    return false;
  }
  const { rowCount } = await database.execute(sql`
    update ${table} set ${sql.identifier(box.name)} = ${Buffer.from(renewed)}
     where ${id} = ${row.id} and ${box} = ${row.box}`);
  return rowCount === 1;
}

/**
 * Seals under patients' own keys what the clinic's one key had sealed. Killed and begun again, it goes on with what is left.
 *
 * @returns how many fields it sealed anew, and how many it left as they were
 * @throws FieldKeysUnavailable; what was done before stays done
 */
export async function renewFields(context: Context): Promise<{ readonly renewed: number; readonly left: number }> {
  const counts = { renewed: 0, left: 0 };
  for (const column of oldColumns) {
    let after = '';
    for (;;) {
      const rows = await readOld(context, column, after);
      const done = await Promise.all(rows.map((row) => renewOne(context, column, row)));
      for (const isRenewed of done) counts[isRenewed ? 'renewed' : 'left'] += 1;
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
  }
  return counts;
}

/** Does so at the start, and again until the keystore was there for all of it. Only counts are logged. */
export const renewOldFields = (context: Context, log: Pick<ApiLog, 'info' | 'error'>): Background =>
  doInBackground(
    async () => {
      const { renewed, left } = await renewFields(context);
      if (renewed > 0) log.info('fieldsRenewed', { count: renewed });
      if (left > 0) log.error('fieldsUnrenewed', { count: left });
    },
    (error) => log.error('fieldsUnrenewed', { error }),
  );
