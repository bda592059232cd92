import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, sottoCommand } from './commands.ts';
import type { RunningSystem } from './runningSystem.ts';

/** The verifier keys of a system's logs and their witness, as who checks evidence has them from elsewhere. */
export function logKeys({ dataFolder }: Pick<RunningSystem, 'dataFolder'>) {
  const keyOf = (file: string) => readFileSync(join(dataFolder, file), 'utf8').trim();
  return {
    access: keyOf('keystore/log.verifier'),
    platform: keyOf('keys/platform-log.verifier'),
    witness: keyOf('keystore/witness.verifier'),
  };
}

/** Whether a folder of evidence is as it was signed for. */
export const checkManifest = (system: RunningSystem, folder: string): Promise<CommandResult> =>
  sottoCommand('audit', 'evidence', folder, '--check', '--log-key', logKeys(system).platform);

/** Checks a folder of evidence as somebody does who has the logs' keys and nothing else of the clinic: its manifest, then both logs. */
export async function checkEvidence(system: RunningSystem, folder: string): Promise<CommandResult[]> {
  const { access, platform, witness } = logKeys(system);
  const results = [await checkManifest(system, folder)];
  for (const [log, key] of Object.entries({ access, platform })) {
    const file = join(folder, 'logs', `${log}.jsonl`);
    const trust = ['--log-key', key, '--witness-key', witness, '--require-witness'];
    results.push(await sottoCommand('audit', 'verify', '--export', file, ...trust));
  }
  return results;
}
