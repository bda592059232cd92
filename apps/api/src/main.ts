import { openClinicPolicy } from '@sotto/policy/clinicPolicy';
import { createLog } from '@sotto/service/log';
import { runService } from '@sotto/service/shutdown';
import { configureSyslog } from '@sotto/service/syslogSettings';
import { openAlertWatch } from './alerts/alertWatch.ts';
import { configureAlertChannels } from './alerts/channelConfiguration.ts';
import { openPlatformLog } from './audit/openPlatformLog.ts';
import { forwardPlatformLog } from './audit/platformLogSyslog.ts';
import { assertClinicDatabase } from './clinicDatabase.ts';
import {
  configureClinic,
  configureControl,
  configureKeystore,
  configureListener,
  configurePlatformLog,
} from './configuration.ts';
import { watchEnds } from './ends.ts';
import { apiEvents } from './events.ts';
import { readExportedClient } from './exportedClient.ts';
import { indexPatients } from './indexedPatients.ts';
import { createKeystoreClient } from './keystoreClient.ts';
import { configureMail } from './mailConfiguration.ts';
import { configureOidc } from './oidcConfiguration.ts';
import { createOidcProvider } from './oidcProvider.ts';
import { openPostbox } from './postbox.ts';
import { createRecordingKeeper } from './recordingKeeper.ts';
import { renewOldFields } from './renewedFields.ts';
import { createServer } from './server.ts';
import { createEndsTeller } from './signalingControl.ts';
import { configureStorage, openRecordingStorage } from './storageConfiguration.ts';

const log = createLog('api', apiEvents);

await runService(async () => {
  const listener = configureListener();
  const syslog = configureSyslog('API_SYSLOG');
  const keystore = createKeystoreClient({
    ...configureKeystore(),
    onFault: (error) => log.warn('keystoreUnavailable', { error }),
  });
  const tellEnds = createEndsTeller(configureControl());
  const storage = await openRecordingStorage(configureStorage(), (error) => log.warn('storageUnavailable', { error }));
  const policy = openClinicPolicy(listener.clinic, 'API_TIME_ZONE');
  const oidc = await configureOidc();
  const client = readExportedClient(listener.webRoot, {
    signalingUrl: listener.signalingUrl,
    storageOrigin: storage.origin,
  });
  const { context, connection, origins } = await configureClinic(keystore, log);
  await assertClinicDatabase(connection.database, context.clinicId);
  const platformSettings = configurePlatformLog();
  const platform = await openPlatformLog(platformSettings, connection.database, log);
  const forwarding = forwardPlatformLog(syslog, platform.log, platformSettings.signer.key.name, log);
  const records = { ...context, keystore, storage };
  const keeper = createRecordingKeeper(records, log);
  const mail = configureMail((reason) => log.warn('mailUnsent', { reason }));
  const postbox = openPostbox(records, mail, log);
  const channels = configureAlertChannels();
  const alerts = openAlertWatch(
    { ...records, channels, platformLog: platform.log },
    { timeZone: listener.clinic.timeZone, onMail: () => void postbox.look(), log },
  );
  const renewing = renewOldFields(context, log);
  const indexing = indexPatients(context, log);
  const ends = watchEnds(records, tellEnds, log);
  const server = await createServer({
    tls: listener.tls,
    context: records,
    policy,
    timeZone: listener.clinic.timeZone,
    keeper,
    platformLog: platform.log,
    origins,
    facts: { signalingUrl: listener.signalingUrl, clinicians: listener.clinicians, ping: () => connection.ping() },
    provider:
      oidc && createOidcProvider(oidc, `${context.origin}/oidc/`, (error) => log.warn('oidcUnavailable', { error })),
    hasOutbox: mail.keepsMessages,
    channels,
    client,
    log,
  });
  await server.listen({ host: listener.host, port: listener.port });
  log.info('serving', { port: listener.port });
  return {
    async close() {
      await server.close();
      await keeper.close();
      await alerts.close();
      await postbox.close();
      await ends.close();
      await renewing.close();
      await indexing.close();
      await forwarding?.close();
      keystore.close();
      await platform.close();
      await connection.close();
      log.info('closed');
    },
    crashed: (error) => log.error('crashed', { error }),
  };
});
