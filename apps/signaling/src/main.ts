import { randomBytes } from 'node:crypto';
import { runService } from '@sotto/service/shutdown';
import { defaultLimits } from './limits.ts';
import { createSignalingLog } from './log.ts';
import { readSettings } from './settings.ts';
import { startSignaling } from './signaling.ts';

await runService(async () => {
  const log = createSignalingLog();
  const signaling = await startSignaling({
    settings: readSettings(),
    limits: defaultLimits,
    log,
    now: Date.now,
    newId: () => randomBytes(16).toString('base64url'),
  });
  log.info('started', { port: signaling.port });
  return { close: () => signaling.close(), crashed: (fault) => log.error('crashed', { error: fault }) };
});
