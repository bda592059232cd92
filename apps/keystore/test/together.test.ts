import { setImmediate } from 'node:timers/promises';
import { objectId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import type { Policy } from '../src/release/policy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import { RequestLedger } from '../src/requestLedger.ts';
import { Installation } from './installation.ts';
import { Passkey, party } from './passkey.ts';
import { entriesAbout, openRelease, People } from './people.ts';

const permit: Policy = { decide: async () => ({ tag: 'permit' }) };

let installation: Installation;
let context: KeystoreContext;
let people: People;
let releases: Releases;

beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open();
  people = await People.with(installation, context);
  releases = new Releases(productionPorts(context, { party, policy: permit, requests: people.requests }));
});
afterAll(() => installation.remove());

describe('releases at the same moment', () => {
  it('get each their own answer, and one’s refusal or damaged row is nobody else’s', async () => {
    const physicians = [await people.physician(), await people.physician(), await people.physician()];
    const synced = await people.physician(new Passkey(undefined, null));
    const askers = [...physicians, synced, synced];
    const viewers = [];
    for (const asker of askers) viewers.push(await people.viewer(asker, [(await people.object()).object]));
    const unknown = await people.viewer(synced, [newId(objectId)]);
    const stranger = await people.viewer(new Passkey(), [(await people.object()).object]);
    const { object: damaged } = await people.object();
    const stopped = await people.viewer(synced, [damaged]);
    await installation.asOwner((client) =>
      client.query("update keystore.object_key set statement = '{}' where object = $1", [damaged]),
    );

    const asked = [...viewers, unknown, stranger, stopped].map(({ call }) => releases.release(call));
    const outcomes = await Promise.allSettled(asked);
    for (const [place, viewer] of viewers.entries()) {
      const outcome = outcomes[place];
      if (outcome?.status !== 'fulfilled') throw new Error('another’s fault');
      const opened = await openRelease(viewer, outcome.value, installation);
      expect([...opened.keys()]).toEqual(viewer.call.request.objects);
      expect(await entriesAbout(context, viewer.call.request.id)).toHaveLength(1);
      expect(await releases.release(viewer.call)).toEqual(outcome.value);
    }
    expect(outcomes.slice(viewers.length)).toMatchObject([
      { value: { tag: 'refused', code: 'unknownObject' } },
      { value: { tag: 'refused', code: 'assertion' } },
      { reason: { name: 'LogStopped', code: 'damaged' } },
    ]);
    const report = await verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
    expect(report.findings).toEqual([]);
  });

  it('count an assertion of a passkey that was copied once', async () => {
    const [copied, another] = [await people.physician(), await people.physician()];
    const { object } = await people.object();
    const viewers = [];
    for (const asker of [copied, copied, another]) {
      viewers.push(await people.viewer(asker, [object], { assertion: { counter: 7 } }));
    }
    const outcomes = await Promise.all(viewers.map(({ call }) => releases.release(call)));
    expect(outcomes.map(({ tag }) => tag).sort()).toEqual(['refused', 'released', 'released']);
    expect(outcomes[2]).toMatchObject({ tag: 'released' });
    expect(outcomes.slice(0, 2)).toContainEqual({ tag: 'refused', code: 'assertion', reasons: [] });
  });

  it('opens nothing for who was revoked between the decision and its record, and all for their neighbours', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const neighbours = [await people.physician(), await people.physician(), await people.physician()];
    const revoked = await people.physician();
    const { object } = await people.object();
    const { subject, credential } = revoked;
    const decided = Promise.withResolvers<undefined>();
    const opened = Promise.withResolvers<undefined>();
    let waiting = 0;
    const policy: Policy = {
      decide: async ({ user }) => {
        if (user.subject === subject) {
          // Judged as alive; now every neighbour waits to be recorded.
          await decided.promise;
          const outcome = await people.perform([officer], {
            action: 'revoke',
            subject,
            credential,
            reason: 'suspected',
          });
          expect(outcome).toMatchObject({ tag: 'done' });
          opened.resolve(undefined);
          // Not the first, which is written alone: one of those who wait behind it.
          await setImmediate();
        } else {
          waiting += 1;
          if (waiting === neighbours.length) decided.resolve(undefined);
          await opened.promise;
        }
        return { tag: 'permit' };
      },
    };
    const batches: number[] = [];
    const log = {
      append: (...[transaction, drafts]: Parameters<typeof context.log.append>) => {
        batches.push(drafts.length);
        return context.log.append(transaction, drafts);
      },
    };
    const requests = new RequestLedger({ ...context, log });
    const shared = new Releases(productionPorts(context, { party, policy, requests }));
    const viewers = [];
    for (const asker of [...neighbours, revoked]) viewers.push(await people.viewer(asker, [object]));
    const outcomes = await Promise.all(viewers.map(({ call }) => shared.release(call)));
    expect(outcomes.map(({ tag }) => tag)).toEqual(['released', 'released', 'released', 'refused']);
    expect(outcomes.at(-1)).toEqual({ tag: 'refused', code: 'assertion', reasons: [] });
    // The first was written alone, the others together.
    expect(batches).toEqual([1, 3]);
    const { id } = viewers.at(-1)?.call.request ?? {};
    expect(await entriesAbout(context, id ?? '')).toMatchObject([{ outcome: 'refused' }]);
  });

  it('opens nothing that was shredded after it was looked up for all of them', async () => {
    const physicians = [await people.physician(), await people.physician(), await people.physician()];
    const [gone, kept] = [await people.object(), await people.object()];
    const ports = productionPorts(context, { party, policy: permit, requests: people.requests });
    const looks: number[] = [];
    let shredding: Promise<unknown> | null = null;
    const slow = new Releases({
      ...ports,
      keys: {
        ...ports.keys,
        find: async (objects) => {
          const found = await ports.keys.find(objects);
          looks.push(found.length);
          return found;
        },
      },
      log: {
        ...{ prove: (index) => context.log.prove(index), unwitnessedSince: () => context.log.unwitnessedSince() },
        cover: async () => {
          // Each was found and decided by now; the second look is still to come.
          const { pseudonym, object } = gone;
          shredding ??= people.perform(people.officers, { action: 'shred', pseudonym, object });
          await shredding;
          return context.log.cover();
        },
      },
    });
    const viewers = [];
    for (const [place, asker] of physicians.entries()) {
      viewers.push(await people.viewer(asker, [place === 1 ? kept.object : gone.object]));
    }
    const outcomes = await Promise.all(viewers.map(({ call }) => slow.release(call)));
    expect(looks.slice(0, 3)).toEqual([1, 1, 1]);
    expect(outcomes).toMatchObject([
      { tag: 'refused', code: 'unknownObject' },
      { tag: 'released' },
      { tag: 'refused', code: 'unknownObject' },
    ]);
  });
});
