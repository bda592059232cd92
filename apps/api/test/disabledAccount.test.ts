import { staffSession } from '@sotto/protocol/clinic';
import { staffPeople } from '@sotto/protocol/people';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailTable } from '../src/schema.ts';
import { startAlertScene } from './alertScene.ts';
import { createVisit, leaf, password } from './clinic.ts';
import { sendPhi } from './phi.ts';
import type { Clinician } from './records.ts';

let scene: Awaited<ReturnType<typeof startAlertScene>>;
beforeAll(async () => {
  scene = await startAlertScene();
}, 120_000);
afterAll(() => scene.close(), 60_000);

const missing = (): never => {
  throw new Error('There is one.');
};

const emergency = { purpose: 'emergency', breakGlass: 'unconscious' } as const;
const refused = { status: 401, json: { code: 'unauthenticated' } };

/** Somebody whose account an officer had disabled, in a browser in which nobody is signed in. */
async function disabled(): Promise<Clinician> {
  const [physician, officer] = [await scene.records.enrolled('physician', 'Dr Disabled'), scene.records.officer(1)];
  await scene.disable(officer, physician);
  expect(await scene.isSignedIn(physician)).toBe(false);
  return { ...physician, browser: scene.records.clinic.visitor() };
}

describe('a disabled account', () => {
  it('lets its passkey in for emergencies, and nothing else lets anybody in', async () => {
    const physician = await disabled();
    const byPassword = await physician.browser.send('POST', '/api/session', {
      body: { email: scene.records.accountOf(physician).email, password },
    });
    expect(byPassword).toMatchObject(refused);
    const { status, json } = await scene.records.signInByPasskey(physician, physician.browser);
    expect(status).toBe(200);
    expect(staffSession.parse(json)).toMatchObject({
      ...{ staff: { roles: [], resting: ['physician'] }, method: 'passkey', mayHost: true },
    });
    expect((await physician.browser.send('GET', '/api/session')).json).toEqual(json);
    expect((await physician.browser.send('DELETE', '/api/session')).status).toBe(204);
    expect(await scene.isSignedIn(physician)).toBe(false);
  });

  it('opens something in an emergency, and nothing without one', async () => {
    const writer = await scene.records.enrolled();
    const note = await scene.records.write(writer);
    const physician = await disabled();
    expect(await scene.letsIn(physician)).toBe('emergencies');
    expect((await sendPhi(physician.browser, 'readNote', note.object)).status).toBe(200);
    expect(await scene.opened(physician, [note.object])).toBe('forbidden');
    expect(await scene.opened(physician, [note.object], emergency)).toBe('released');
  });

  it('has officers told of each patient for whom it was used, at once and not on the page alone', async () => {
    const [physician, writer] = [await disabled(), await scene.records.enrolled()];
    expect(await scene.letsIn(physician)).toBe('emergencies');
    const [one = missing(), other = missing()] = await scene.objects(writer, 2);
    const told = () => scene.context.database.$count(mailTable, eq(mailTable.kind, 'incident'));
    for (const [object, anew] of [
      [one, 1],
      [one, 0],
      [other, 1],
    ] as const) {
      const before = await told();
      expect(await scene.opened(physician, [object], emergency)).toBe('released');
      await scene.look();
      expect(await told()).toBe(before + anew * scene.records.officers.length);
    }
    expect(scene.faults).toEqual([]);
    const incident = await scene.incidentOf(physician);
    expect(incident?.alerts.map(({ rule, count }) => [rule, count])).toEqual([
      ['emergencyWhileHeldUp', 1],
      ['emergencyWhileHeldUp', 2],
    ]);
  });

  it('has no visit, also none that goes on later', async () => {
    const physician = await scene.records.enrolled();
    const visit = await createVisit(physician.browser, scene.records.clinic, 'Planted Later', 2);
    await scene.disable(scene.records.officer(1), physician);
    expect(await scene.letsIn(physician)).toBe('emergencies');
    const asked = (method: 'GET' | 'POST', path: string, body?: object) =>
      physician.browser.send(method, `/api/visits/${visit.id}${path}`, body === undefined ? {} : { body });
    expect((await asked('GET', '')).status).toBe(200);
    expect((await asked('POST', '/ticket', { leaf })).status).toBe(403);
    expect((await asked('POST', '/objects')).status).toBe(403);
  });

  it('shows and changes nothing of itself', async () => {
    const physician = await disabled();
    expect(await scene.letsIn(physician)).toBe('emergencies');
    const { browser } = physician;
    const status = async (method: 'GET' | 'POST' | 'DELETE', path: string) => (await browser.send(method, path)).status;
    const own = [
      '/api/sessions',
      '/api/sessions/devices',
      '/api/session/factors',
      '/api/people',
      '/api/keystore/notices',
    ];
    expect(await Promise.all(own.map((path) => status('GET', path)))).toEqual(own.map(() => 403));
    expect(await status('DELETE', '/api/sessions')).toBe(403);
    expect(await scene.isSignedIn(physician)).toBe(true);
  });

  it('has its roles told as resting, until they count again', async () => {
    const physician = await disabled();
    const told = async () => {
      const { json } = await scene.records.officer(1).browser.send('GET', '/api/people');
      const person = staffPeople.parse(json).people.find(({ id }) => id === physician.id);
      return [person?.suspendedAt === null, person?.disabledAt === null, person?.roles.map(({ state }) => state)];
    };
    expect(await told()).toEqual([false, false, ['resting']]);
    expect((await scene.letGoOn(scene.records.officer(1), physician)).status).toBe(200);
    expect(await told()).toEqual([true, true, ['held']]);
  });

  it('lets nobody in by a passkey that an officer has ended', async () => {
    const [physician, officer] = [await disabled(), scene.records.officer(0)];
    expect(await scene.letsIn(physician)).toBe('emergencies');
    const { credential } = physician.passkey;
    const body = await scene.records.act([officer], {
      ...{ action: 'revoke', subject: physician.id, credential, reason: 'lost' },
    });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body })).status).toBe(200);
    expect(await scene.isSignedIn(physician)).toBe(false);
    expect(await scene.letsIn(physician)).toBeNull();
  });

  it('lets nobody in any more once its holder was let go', async () => {
    const [physician, admin] = [await disabled(), await scene.records.enrolled('admin')];
    expect(await scene.letsIn(physician)).toBe('emergencies');
    expect((await admin.browser.send('POST', `/api/people/${physician.id}/disable`)).status).toBe(204);
    expect(await scene.isSignedIn(physician)).toBe(false);
    expect(await scene.letsIn(physician)).toBeNull();
  });

  it('is as before once an officer has lifted it, to who signs in anew', async () => {
    const physician = await disabled();
    expect(await scene.letsIn(physician)).toBe('emergencies');
    expect((await scene.letGoOn(scene.records.officer(1), physician)).status).toBe(200);
    expect(await scene.isSignedIn(physician)).toBe(false);
    expect(await scene.letsIn(physician)).toBe('work');
  });
});
