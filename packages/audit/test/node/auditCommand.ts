import { expect } from 'vitest';
import { auditCommand } from '../../src/command/main.ts';

/** Runs `sotto audit …` and says what it said. */
export async function audit(...args: string[]) {
  const said = { out: '', err: '' };
  const code = await auditCommand(args, {
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    stop: AbortSignal.timeout(60_000),
  });
  return { code, ...said };
}

/** Runs `sotto audit witness` until it is told to stop. */
export async function startWitness(name: string, key: string, state: string, logKey: string) {
  const stop = new AbortController();
  let out = '';
  const ended = auditCommand(['witness', '--name', name, '--key', key, '--state', state, '--log-key', logKey], {
    out: (text) => (out += text),
    err: () => undefined,
    stop: stop.signal,
  });
  await expect.poll(() => out).toMatch(/http/);
  const [verifierKey = '', address = ''] = out.trim().split('\n');
  return {
    key: verifierKey,
    address,
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}
