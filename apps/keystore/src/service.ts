import { createLog } from '@sotto/service/log';
import type { RunningService } from '@sotto/service/shutdown';
import { configureSyslog } from '@sotto/service/syslogSettings';
import {
  configureApprovals,
  configureCore,
  configureExpiry,
  configureIdentities,
  configureListener,
} from './configuration.ts';
import { keystoreEvents } from './events.ts';
import { createExpiryKeeper } from './expiryKeeper.ts';
import { shredExpired } from './keys/expiry.ts';
import { openKeystore } from './keystore.ts';
import { forwardAccessLog } from './log/accessLogSyslog.ts';
import { openConfiguredMasterKey } from './master/configuredMasterKey.ts';
import { Closings } from './release/closings.ts';
import type { Policy, SigningPolicy } from './release/policy.ts';
import { productionPorts } from './release/productionPorts.ts';
import { Releases } from './release/releases.ts';
import { createLimits } from './routes/limits.ts';
import { createServer } from './server.ts';

/** How often what nobody heard of any more is ended in the log. */
const sweepMs = 60_000;

/**
 * Starts the keystore by its environment.
 *
 * @param policy what decides about releases and acts
 * @throws StartError with what to do
 */
export async function startKeystore(policy: Policy & SigningPolicy): Promise<RunningService> {
  const log = createLog('keystore', keystoreEvents);
  const settings = configureCore();
  const listener = configureListener();
  const twoApprovers = configureApprovals();
  const deleteDays = configureExpiry();
  const syslog = configureSyslog('KEYSTORE_SYSLOG');
  const identities = await configureIdentities();
  const master = await openConfiguredMasterKey({ mayCreate: false });
  const keystore = await openKeystore(settings, master, policy, (error) =>
    log.warn('databaseConnectionLost', { error }),
  );
  if (keystore.replayed > 0) log.warn('shredsReplayed', { count: keystore.replayed });
  const { context, requests, journal } = keystore;
  const { party } = settings;
  const releases = new Releases(productionPorts(context, { party, policy, requests, twoApprovers }));
  const closings = new Closings(context, requests);
  const server = createServer({
    ...{
      tls: listener.tls,
      ca: listener.ca,
      keystore,
      releases,
      closings,
      party,
      identities,
      limits: createLimits(),
      log,
    },
    ...{ logKey: settings.logSigner.key, witnessKey: settings.witness.key },
  });
  try {
    await server.listen({ host: listener.host, port: listener.port });
  } catch (fault) {
    await keystore.close();
    throw fault;
  }
  const keeper =
    deleteDays === null ? null : createExpiryKeeper(() => shredExpired(context, journal, { days: deleteDays }), log);
  const forwarding = forwardAccessLog(syslog, context.log, settings.logSigner.key.name, log);
  const sweeping = setInterval(() => {
    closings.sweep().then(
      ({ unloggable }) => {
        if (unloggable > 0) log.warn('closingsUnloggable', { count: unloggable });
      },
      (error: unknown) => log.warn('closingsUnswept', { error }),
    );
  }, sweepMs);
  log.info('serving', { port: listener.port });
  return {
    async close() {
      clearInterval(sweeping);
      await server.close();
      await keeper?.close();
      await forwarding?.close();
      await keystore.close();
      log.info('closed');
    },
    crashed: (error) => log.error('crashed', { error }),
  };
}
