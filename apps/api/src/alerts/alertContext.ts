import type { Transaction } from '@sotto/service/postgres';
import type { PlatformLog } from '../audit/platformLog.ts';
import type { ClinicContext } from '../clinicContext.ts';
import type { KeystoreClient } from '../keystoreClient.ts';
import type { AlertChannels } from './alertChannels.ts';

/** What incidents are kept and told with. */
interface IncidentParts extends Pick<ClinicContext, 'clinicId' | 'fields' | 'now' | 'origin' | 'patientFields'> {
  /** By what incidents are told besides mail. */
  readonly channels: AlertChannels;
}

/** What changes incidents, in the transaction that records it as well. */
export interface IncidentContext extends IncidentParts {
  readonly database: Transaction;
}

/** What finds and answers unusual access. */
export interface AlertContext extends IncidentParts, Pick<ClinicContext, 'blindIndexes' | 'database'> {
  readonly keystore: Pick<KeystoreClient, 'readAccesses' | 'contain' | 'containments'>;
  readonly platformLog: Pick<PlatformLog, 'act' | 'onRecorded'>;
}
