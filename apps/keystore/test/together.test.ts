import { objectId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import { Installation } from './installation.ts';
import { Passkey, party } from './passkey.ts';
import { entriesAbout, openRelease, People } from './people.ts';

let installation: Installation;
let context: KeystoreContext;
let people: People;
let releases: Releases;

beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open();
  people = await People.with(installation, context);
  const policy = { decide: async () => ({ tag: 'permit' as const }) };
  releases = new Releases(productionPorts(context, { party, policy, requests: people.requests }));
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
});
