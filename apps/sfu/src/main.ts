import { runService } from '@sotto/service/shutdown';
import { createSfuLog } from './log.ts';
import { readSettings } from './settings.ts';
import { startSfu } from './sfu.ts';

await runService(async () => {
  const log = createSfuLog();
  const sfu = await startSfu(readSettings(), log);
  log.info('started');
  return { close: () => sfu.close(), crashed: (fault) => log.error('crashed', { error: fault }) };
});
