import { open, readFile } from 'node:fs/promises';
import { base64url } from '@sotto/protocol/bytes';
import { clinicId, objectId, patientId, staffId } from '@sotto/protocol/ids';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import type { Bytes } from '../bytes.ts';
import { isSigned, type Statement } from '../statement.ts';
import type { ShreddedPayload } from './shredding.ts';

const receipt = z.strictObject({
  payload: z.strictObject({
    type: z.literal('sotto/shredded/v1'),
    clinic: clinicId,
    pseudonym: patientId,
    object: objectId.nullable(),
    shreddedBy: z.array(staffId),
    shreddedAt: z.iso.datetime(),
    backupsExpireAt: z.iso.datetime(),
  }),
  signature: base64url(86),
});

/** Where receipts of shreddings outlive the database: what a restored backup must lose again. */
export interface ShredJournal {
  /** Resolves once the receipt is on disk. Writing the same one again changes nothing for a reader. */
  append(entry: Statement<ShreddedPayload>): Promise<void>;
  /** Everything that was ever shredded. @throws StartError if a line isn't a receipt of ours */
  read(): Promise<Statement<ShreddedPayload>[]>;
}

/**
 * A file of JSON lines, outside the database and its backups.
 *
 * @param signingKey the keystore's own statement key
 * @param variable names the file in errors
 */
export function openShredJournal(path: string, signingKey: Bytes, variable: string): ShredJournal {
  return {
    async append(entry) {
      const file = await open(path, 'a', 0o600);
      try {
        // On a line of its own, even after one that a crash cut short.
        await file.writeFile(`\n${JSON.stringify(entry)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async read() {
      const text = await readFile(path, 'utf8').catch((fault: unknown) => {
        if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return '';
        throw fault;
      });
      return text.split('\n').flatMap((line) => {
        // A line that a crash cut short was never answered for, and its shredding is in the database.
        if (parseJson(line) === null) return [];
        const parsed = receipt.safeParse(parseJson(line));
        if (parsed.success && isSigned(signingKey, parsed.data)) return parsed.data;
        throw new StartError(`The file that ${variable} names was changed; restore it before starting.`);
      });
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
