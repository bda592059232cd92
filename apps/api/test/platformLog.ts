import { decodeEntry, type Entry } from '@sotto/audit';
import { sql } from 'drizzle-orm';
import type { TestClinic } from './clinic.ts';

/** Entries that the log has of a clinic's people and patients since a place, oldest first. */
export class LogWatch {
  readonly #clinic: TestClinic;
  #from: number;

  private constructor(clinic: TestClinic, from: number) {
    this.#clinic = clinic;
    this.#from = from;
  }

  static async of(clinic: TestClinic): Promise<LogWatch> {
    const { rows } = await clinic.context.database.execute<{ size: string }>(sql`select size from audit.sequencer`);
    return new LogWatch(clinic, Number(rows[0]?.size ?? 0));
  }

  /** Those of one actor, or one resource, that came since the last time; the log is shared with the clinics of other tests. */
  async take(isMeant: (entry: Entry) => boolean): Promise<Entry[]> {
    const { rows } = await this.#clinic.context.database.execute<{ index: string; canonical: Buffer }>(sql`
      select index, canonical from audit.entry where index >= ${this.#from} order by index`);
    this.#from += rows.length;
    return rows.map(({ canonical }) => decodeEntry(new Uint8Array(canonical))).filter(isMeant);
  }
}
