import { fork } from 'node:child_process';
import { formatVerifierKey } from '@sotto/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../src/bytes.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import type { Policy } from '../src/release/policy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import type { ReleaseCall } from '../src/release/releaseRequest.ts';
import { type ReleaseOutcome, Releases } from '../src/release/releases.ts';
import { Installation } from './installation.ts';
import { type Passkey, party } from './passkey.ts';
import { entriesAbout, openRelease, People } from './people.ts';
import type { Order } from './releaseProcess.ts';

let installation: Installation;
let context: KeystoreContext;
let people: People;
let physician: Passkey;
let releases: Releases;
let witness: { url: string; close: () => void };

beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open();
  people = await People.with(installation, context);
  physician = await people.physician();
  const policy: Policy = { decide: async () => ({ tag: 'permit' }) };
  releases = new Releases(productionPorts(context, { party, policy, requests: people.requests }));
  witness = await installation.serveWitness();
});
afterAll(async () => {
  witness.close();
  await installation.remove();
});

/** Runs one release in a process; null if it died before it answered. */
function runProcess(
  call: ReleaseCall,
  killAt: string,
): Promise<{ outcome: ReleaseOutcome | null; signal: string | null }> {
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const order: Order = {
    databaseUrl: installation.postgres.appUrl,
    masterKeyFile: installation.masterKeyFile,
    logKey: installation.logKey.export(pem).toString(),
    statementKey: installation.statementKey.export(pem).toString(),
    witnessUrl: witness.url,
    witnessKey: formatVerifierKey(installation.witnessSigner.key),
    clinic: installation.clinic,
    recoveryKey: toBase64url(installation.ceremony.publicKey),
    killAt,
    call,
  };
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./releaseProcess.ts', import.meta.url), [], { execArgv: [] });
    let outcome: ReleaseOutcome | null = null;
    child.on('message', (message) => {
      outcome = message as ReleaseOutcome;
    });
    child.on('error', reject);
    child.on('exit', (_code, signal) => resolve({ outcome, signal }));
    child.send(order);
  });
}

/** Ids of the entries: the log gives each another one. */
const entriesOf = async (session: string) => (await entriesAbout(context, session)).map(({ id }) => id);

/** Steps of SPEC.md section 5 in their order, and whether the entry is there by then. */
const moments: [step: string, moment: string, isRecorded: boolean][] = [
  ['1 parsed', 'before find', false],
  ['1 not asked before', 'after find', false],
  ['2 before the nonce', 'before nonce', false],
  ['2 nonce is alive', 'after nonce', false],
  ['3 before the passkey', 'before directory', false],
  ['3 passkey is known', 'after directory', false],
  ['4 before policy', 'before policy', false],
  ['4 permitted', 'after policy', false],
  ['5 before recording', 'before record', false],
  ['5 nonce used, nothing appended', 'before append', false],
  ['5 appended, not committed', 'after append', false],
  ['5 committed', 'after record', true],
  ['6 before the checkpoint', 'before checkpoint', true],
  ['6 before signing', 'before signing', true],
  ['6 signed, not stored', 'after signing', true],
  ['8 signed and stored', 'before witness', true],
  ['8 witnessed, not stored', 'after witness', true],
  ['8 witnessed and stored', 'after checkpoint', true],
  ['9 before proving', 'before proof', true],
  ['9 proven', 'after proof', true],
  ['9 before unwrapping', 'before unwrap', true],
  ['9 patient’s key unwrapped', 'after unwrap', true],
  ['9 object’s key unwrapped', 'after open', true],
  ['10 before sealing', 'before seal', true],
  ['10 sealed', 'after seal', true],
  ['11 before the answer is out', 'after answer', true],
];

describe('a release whose process is killed', { timeout: 60_000 }, () => {
  it('answers from a process of its own when nobody kills it', async () => {
    const { object } = await people.object();
    const viewer = await people.viewer(physician, [object]);
    const { outcome } = await runProcess(viewer.call, '');
    if (outcome === null) throw new Error('no answer');
    expect((await openRelease(viewer, outcome, installation)).size).toBe(1);
    expect(await releases.release(viewer.call)).toEqual(outcome);
  });

  it.each(moments)(
    'at step %s (%s) leaves no key without its entry, and goes on when asked again',
    async (_step, moment, isRecorded) => {
      const { object } = await people.object();
      const viewer = await people.viewer(physician, [object]);
      const { id } = viewer.call.request;
      const killed = await runProcess(viewer.call, moment);
      expect(killed).toEqual({ outcome: null, signal: 'SIGKILL' });
      const before = await entriesOf(id);
      expect(before).toHaveLength(isRecorded ? 1 : 0);

      const { outcome } = await runProcess(viewer.call, '');
      if (outcome === null) throw new Error('no answer');
      expect((await openRelease(viewer, outcome, installation)).size).toBe(1);
      expect(outcome).toMatchObject({ tag: 'released', isWitnessed: true });
      const after = await entriesOf(id);
      expect(after).toHaveLength(1);
      if (isRecorded) expect(after).toEqual(before);
      const again = await runProcess(viewer.call, '');
      expect(again.outcome).toEqual(outcome);
      expect(await entriesOf(id)).toEqual(after);
    },
  );

  it('leaves a log that verifies as a whole, every checkpoint witnessed', async () => {
    await context.log.cover();
    const report = await verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
    expect(report.findings).toEqual([]);
    expect(report.witnessed).toBe(report.size);
  });
});
