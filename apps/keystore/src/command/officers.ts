import { StartError } from '@sotto/service/errors';
import { enrolFirstOfficer, waitingOfficers } from '../directory/firstOfficers.ts';
import { withKeystore } from './openedKeystore.ts';

/** Lists officers whose keys wait, with the code that each one's own browser shows (SPEC.md section 6). */
export const officers = (_args: string[], out: (line: string) => void): Promise<void> =>
  withKeystore(async ({ context }) => {
    for (const { code, enrolment } of await waitingOfficers(context)) {
      out(`${code}  ${enrolment.entry.subject}  asked ${enrolment.requestedAt}`);
    }
  });

/** Enrols one of the first two officers: the one who reads that code out to whoever types it here. */
export async function officerEnrol([code = '']: string[], out: (line: string) => void): Promise<void> {
  if (!/^\d{4}(-\d{4}){4}$/.test(code))
    throw new StartError('The check code that the officer’s browser shows is needed.');
  await withKeystore(async ({ context, acts }) => {
    const outcome = await enrolFirstOfficer(context, acts, code);
    if (outcome === null) throw new StartError('No officer with that check code waits: compare it with the browser’s.');
    if (outcome.tag === 'refused') throw new StartError(`The officer was not enrolled: ${outcome.code}.`);
    out(JSON.stringify(outcome.statement));
  });
}
