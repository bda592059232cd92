import { type KeystoreCode, keystoreStatusOf } from '@sotto/protocol/keystoreRoutes';
import { type Clinician, Records } from './records.ts';
import { Thief } from './thief.ts';

/** A clinic with two physicians, and somebody who has what its api has. */
export interface TakenOver {
  readonly records: Records;
  readonly physician: Clinician;
  readonly colleague: Clinician;
  readonly thief: Thief;
  close(): Promise<void>;
}

export async function takeOver(): Promise<TakenOver> {
  const records = await Records.start();
  const thief = await Thief.at(records.keystore, records.clinic.origin);
  return {
    ...{ records, thief },
    physician: await records.enrolled('physician', 'Dr Ada Victim'),
    colleague: await records.enrolled('physician', 'Dr Ben Colleague'),
    async close() {
      thief.close();
      await records.close();
    },
  };
}

/** What the keystore's refusal is to whoever asked. */
export const refusedAs = (code: KeystoreCode) => ({ status: keystoreStatusOf[code], json: { code } });
