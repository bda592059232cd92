import { AuditLog, nodeTreeHasher } from '@sotto/audit/postgres';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import { random } from './installation.ts';
import { party } from './passkey.ts';
import { Registering } from './registering.ts';

let registering: Registering;
beforeEach(async () => {
  registering = await Registering.start();
});
afterEach(() => registering.remove());

const damaged = { name: 'LogStopped', code: 'damaged' };

/** Somebody with the database erases entries as the log's own format has it, and takes away what they tell of. */
const erase = (action: string, undo: string) =>
  registering.installation.asOwner(async (owner) => {
    const { rows } = await owner.query<{ index: string }>('select index from audit.entry where action = $1', [action]);
    expect(rows).toHaveLength(1);
    const log = new AuditLog(drizzle(owner), { hasher: nodeTreeHasher, random });
    const common = { actor: 'owner', role: 'owner', purpose: null, address: null, userAgent: null, session: null };
    for (const { index } of rows) await log.erase(Number(index), { ...common, time: new Date().toISOString() });
    await owner.query(undo);
  });
const verdict = async () => {
  const { context, installation } = registering;
  await context.log.cover();
  const { findings } = await verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
  return findings;
};
/** The physician asks for a note; no policy refuses it. */
async function ask(object: Awaited<ReturnType<Registering['handedIn']>>) {
  const { context, people, physician } = registering;
  const policy = { decide: async () => ({ tag: 'permit' as const }) };
  const releases = new Releases(productionPorts(context, { party, policy, requests: people.requests }));
  return releases.release((await people.viewer(physician, [object.object])).call);
}

it('of a restriction opens nothing, and is found at the start', async () => {
  const { people } = registering;
  const note = await registering.handedIn('note');
  const act = { action: 'restrict', pseudonym: note.pseudonym, object: note.object } as const;
  expect((await people.perform(people.officers, act)).tag).toBe('done');
  expect(await ask(note)).toMatchObject({ code: 'restricted' });
  expect(await verdict()).toEqual([]);
  await erase('restriction.place', 'delete from keystore.restriction');
  await expect(ask(note)).rejects.toMatchObject(damaged);
  expect(await verdict()).toEqual(['erased', 'restriction']);
});

it('of a revocation gives no passkey back, and is found at the start', async () => {
  const { people, physician } = registering;
  const note = await registering.handedIn('note');
  const { subject, credential } = physician;
  const act = { action: 'revoke', subject, credential, reason: 'lost' } as const;
  expect((await people.perform(people.officers.slice(0, 1), act)).tag).toBe('done');
  expect(await ask(note)).toMatchObject({ code: 'revoked' });
  expect(await verdict()).toEqual([]);
  await erase('clinician.revoke', 'update keystore.credential set revoked_at = null, revocation = null');
  await expect(ask(note)).rejects.toMatchObject(damaged);
  expect(await verdict()).toContain('erased');
});
