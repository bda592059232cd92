import { errorBody } from '@sotto/protocol/errors';
import { releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { noticesView, sealedList } from '@sotto/protocol/records';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endRole, giveRole, type Limits } from '../src/access/roleAssignment.ts';
import { sendPhi } from './phi.ts';
import { type Clinician, Records } from './records.ts';

let records: Records;
let writer: Clinician;
beforeAll(async () => {
  records = await Records.start();
  writer = await records.enrolled('physician', 'Dr Writer');
}, 120_000);
afterAll(() => records.close(), 60_000);

/** Minutes of the clinic's clock that are far from now, on every day. */
function otherHours(): NonNullable<Limits['hours']> {
  const shown = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Madrid', hour: '2-digit', hourCycle: 'h23' });
  const from = ((Number(shown.format(records.clinic.context.now())) + 12) % 24) * 60;
  return { from, to: from + 30, days: [1, 2, 3, 4, 5, 6, 7] };
}

describe('breaking the glass', () => {
  it.each<[string, () => Limits]>([
    ['network', () => ({ network: '192.0.2.0/24' })],
    ['hours', () => ({ hours: otherHours() })],
  ])('opens out of a role’s %s, where nothing else does, and officers are told', async (_, limits) => {
    const note = await records.write(writer);
    const covering = await records.enrolled('physician', 'Dr Covering');
    const own = await records.write(covering);
    const { database, now } = records.clinic.context;
    await endRole(database, covering.id, 'physician', now());
    await giveRole(database, covering.id, 'physician', now(), limits());

    // A visit of their own has its page, with the list from which something is opened; another's has none.
    const pages = (id: string) => [`/api/visits/${id}`, `/api/visits/${id}/objects`];
    const status = async (path: string) => (await covering.browser.send('GET', path)).status;
    expect(await Promise.all(pages(own.visit.id).map(status))).toEqual([200, 200]);
    expect(await Promise.all(pages(note.visit.id).map(status))).toEqual([404, 404]);
    const { objects } = sealedList.parse(
      (await covering.browser.send('GET', `/api/visits/${own.visit.id}/objects`)).json,
    );
    expect(objects.map(({ object }) => object)).toEqual([own.object]);

    const open = async (changes: Parameters<Records['release']>[2]) => {
      const body = await records.release(covering, [note.object], changes);
      return covering.browser.send('POST', '/api/keystore/releases', { body });
    };
    expect((await sendPhi(covering.browser, 'readNote', note.object)).status).toBe(200);
    const routine = await open({});
    expect([routine.status, errorBody.parse(routine.json).code]).toEqual([403, 'forbidden']);
    const before = await notices();
    const broken = await open({ purpose: 'emergency', breakGlass: 'unconscious' });
    expect(releaseAnswer.parse(broken.json).keys).toHaveLength(1);
    const kinds = (await notices()).slice(before.length).map(({ kind }) => kind);
    expect(kinds).toContain('breakGlass');
  });

  it('opens nothing for whose role is over', async () => {
    const note = await records.write(writer);
    const former = await records.enrolled('physician', 'Dr Former');
    const body = await records.release(former, [note.object], { purpose: 'emergency', breakGlass: 'unconscious' });
    const { database, now } = records.clinic.context;
    await endRole(database, former.id, 'physician', now());
    expect((await former.browser.send('POST', '/api/keystore/releases', { body })).status).toBe(403);
    expect((await sendPhi(former.browser, 'readNote', note.object)).status).toBe(403);
  });
});

async function notices() {
  const { json } = await records.officer(0).browser.send('GET', '/api/keystore/notices?after=0');
  return noticesView.parse(json).notices;
}
