import type { AdminContext } from '../administration.ts';
import type { ClinicContext } from '../clinicContext.ts';
import type { KeystoreClient } from '../keystoreClient.ts';
import type { AlertChannels } from './alertChannels.ts';

/** What finds, keeps and answers unusual access. */
export interface AlertContext extends AdminContext, Pick<ClinicContext, 'fields' | 'origin'> {
  readonly keystore: Pick<KeystoreClient, 'readAccesses' | 'contain'>;
  /** By what incidents are told besides mail. */
  readonly channels: AlertChannels;
}
