import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The one door to benchmarks: which program has which. Each prints one line of JSON a figure on stdout, everything
 * else on stderr.
 */
const benches: Readonly<Record<string, string>> = {
  access: 'e2e/bench/access.ts',
  audit: 'e2e/bench/audit.ts',
  e2ee: 'e2e/bench/e2ee.ts',
  join: 'e2e/bench/join.ts',
  keystore: 'e2e/bench/keystore.ts',
  recording: 'e2e/bench/recording.ts',
  vault: 'e2e/bench/vault.ts',
};

const name = process.argv[2] ?? '';
const program = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (program === undefined) {
  console.error(`Say which benchmark: npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 2;
} else {
  const path = join(import.meta.dirname, '..', '..', program);
  process.exitCode = spawnSync(process.execPath, [path, ...process.argv.slice(3)], { stdio: 'inherit' }).status ?? 1;
}
