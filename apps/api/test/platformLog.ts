import { decodeEntry, type Entry } from '@sotto/audit';
import { sql } from 'drizzle-orm';
import { vi } from 'vitest';
import type { TestClinic } from './clinic.ts';
import type { Operation } from './operations.ts';

/** How many entries a request may leave, of somebody who is signed in and is let do it or isn't. */
export function entriesOf({ recorded }: Pick<Operation, 'recorded'>, status: number): readonly number[] {
  // Too many, and those for which nobody is signed in: of a patient at a route of staff's too.
  if (status === 401 || status === 429) return [0];
  // Without a shape it says who asks for nothing; what has one and no sense is refused.
  if (status === 400) return [0, recorded === 'before' ? 2 : 1];
  // Asked for again it may be there already.
  if (recorded === 'again') return [1, 0];
  // What was begun and came to nothing is two.
  if (status >= 400) return recorded === 'before' ? [1, 2] : [1];
  return [recorded === 'nothing' || typeof recorded === 'object' ? 0 : 1];
}

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

/** Does something once the next act was let through, and before the transaction begins that does and records it. */
export function beforeNextAct(
  { platformLog }: Pick<TestClinic, 'platformLog'>,
  meanwhile: () => Promise<unknown>,
): void {
  const act = platformLog.act.bind(platformLog);
  const held = vi.spyOn(platformLog, 'act').mockImplementationOnce(async (run) => {
    held.mockRestore();
    await meanwhile();
    return act(run);
  });
}
