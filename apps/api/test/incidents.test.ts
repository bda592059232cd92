import type { ObjectId } from '@sotto/protocol/ids';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smsChannel, webhookChannel } from '../src/alerts/alertChannels.ts';
import { keepAlerts } from '../src/alerts/incidents.ts';
import { incidentMessageTable, incidentTable } from '../src/incidentSchema.ts';
import { mailTable } from '../src/schema.ts';
import { isSignedBy, startAlertScene, startReceiver } from './alertScene.ts';
import { leaf } from './clinic.ts';
import { LogWatch } from './platformLog.ts';
import type { Clinician } from './records.ts';

const key = 'k'.repeat(32);
const token = 'gateway-token';

let scene: Awaited<ReturnType<typeof startAlertScene>>;
let hook: Awaited<ReturnType<typeof startReceiver>>;
let gateway: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  // The first try of each is refused, the hook's by sending it elsewhere.
  [hook, gateway] = await Promise.all([startReceiver([307]), startReceiver([500])]);
  scene = await startAlertScene({
    webhook: webhookChannel(hook, key),
    sms: smsChannel(gateway, token, ['+34600000000']),
  });
});
afterAll(async () => {
  await scene.close();
  await hook.close();
  await gateway.close();
});

describe('many patients at once', () => {
  let physician: Clinician;
  let objects: readonly ObjectId[];

  it('open an incident and hold up the account within seconds, all else goes on', async () => {
    physician = await scene.records.enrolled();
    objects = await scene.openMany(physician);
    await scene.look();
    expect(scene.faults).toEqual([]);
    const incident = await scene.incidentOf(physician);
    expect(incident).toMatchObject({ disabling: 'none', alerts: [{ rule: 'bulk', count: 13, limit: 12 }] });
    expect(incident?.steps).toMatchObject([{ step: 'isolated', by: null }]);
    expect(await scene.opened(physician, objects)).toBe('contained');
    expect(await scene.opened(physician, objects.slice(0, 1))).toBe('released');
    expect(await scene.isSignedIn(physician)).toBe(true);
  });

  it('are told once: by mail, and by each channel until it is taken, with the same id', async () => {
    await scene.look();
    const [incident] = (await scene.incidents()).incidents;
    const staff = await scene.context.database.select().from(mailTable).where(eq(mailTable.kind, 'incident'));
    expect(staff.map(({ staffId }) => staffId).sort()).toEqual(scene.records.officers.map(({ id }) => id).sort());
    await scene.context.database.update(incidentMessageTable).set({ dueAt: new Date(0) });
    await scene.look();
    await scene.context.database.update(incidentMessageTable).set({ dueAt: new Date(0) });
    await scene.look();
    expect(hook.told.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    expect(hook.told.every((message) => isSignedBy(key, message))).toBe(true);
    expect(isSignedBy('another key', hook.told[0] ?? { body: '', headers: {} })).toBe(false);
    const [first, second] = hook.told.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ type: 'sotto/incident/v1', incident: incident?.id });
    expect(gateway.told).toHaveLength(2);
    expect(gateway.told[1]?.headers['authorization']).toBe(`Bearer ${token}`);
    for (const { body } of [...hook.told, ...gateway.told]) expect(body).not.toContain(physician.id);
  });

  it('are kept once, also by an api that starts again', async () => {
    const again = scene.open();
    await again.look();
    await again.look();
    await again.close();
    expect((await scene.incidentOf(physician))?.alerts).toHaveLength(1);
  });

  it('let it go on once an officer has signed, and not before', async () => {
    expect((await scene.letGoOn(physician, physician)).status).toBe(401);
    expect((await scene.incidents()).containments).toMatchObject([{ whom: physician.id, by: null }]);
    expect((await scene.letGoOn(scene.records.officer(0), physician)).status).toBe(200);
    expect(await scene.opened(physician, objects)).toBe('released');
    await scene.look();
    // Those again, and no more, since the account was let go on: as many are too many again.
    expect(await scene.opened(physician, objects)).toBe('contained');
  });
});

describe('what the api itself refuses', () => {
  /** Asks for this visit's record of objects. */
  const ask = async (who: Clinician, visit: string) =>
    (await who.browser.send('GET', `/api/visits/${visit}/objects`)).status;

  it('counts where it isn’t theirs: five other people’s visits hold up the account', async () => {
    const [physician, other] = [await scene.records.enrolled(), await scene.records.enrolled()];
    for (let one = 0; one < 5; one += 1) {
      expect(await scene.incidentOf(physician)).toBeUndefined();
      const { visit } = await scene.records.write(other, { isStored: false });
      expect(await ask(physician, visit.id)).toBe(404);
      await scene.look();
    }
    expect((await scene.incidentOf(physician))?.alerts).toMatchObject([{ rule: 'repeatedDenials', count: 5 }]);
    expect((await scene.incidentOf(physician))?.steps).toMatchObject([{ step: 'isolated', by: null }]);
  });

  it('counts what no role of theirs was ever for', async () => {
    const [reception, other] = [await scene.records.enrolled('staff'), await scene.records.enrolled()];
    for (let one = 0; one < 5; one += 1) {
      const { visit } = await scene.records.write(other, { isStored: false });
      expect(await ask(reception, visit.id)).toBe(403);
    }
    await scene.look();
    expect((await scene.incidentOf(reception))?.alerts).toMatchObject([{ rule: 'repeatedDenials', count: 5 }]);
  });

  it('counts nothing that was theirs until a role ended: a locum’s own visits', async () => {
    const [locum, admin] = [await scene.records.enrolled(), await scene.records.enrolled('admin')];
    const visits: string[] = [];
    for (let one = 0; one < 5; one += 1) {
      visits.push((await scene.records.write(locum, { isStored: false })).visit.id);
    }
    expect((await admin.browser.send('DELETE', `/api/people/${locum.id}/roles/physician`)).status).toBe(204);
    for (const visit of visits) expect(await ask(locum, visit)).toBe(403);
    await scene.look();
    expect(await scene.incidentOf(locum)).toBeUndefined();
  });

  it('counts once what is asked for again and again, and never what is nobody’s or one’s own', async () => {
    const [physician, other] = [await scene.records.enrolled(), await scene.records.enrolled()];
    const theirs = await scene.records.write(other, { isStored: false });
    const own = await scene.records.write(physician, { isStored: false });
    const about = async (path: string) => (await physician.browser.send('GET', path)).status;
    for (let again = 0; again < 6; again += 1) {
      expect(await ask(physician, theirs.visit.id)).toBe(404);
      expect(await about('/api/incidents')).toBe(403);
      expect(await about(`/api/visits/${own.visit.id}/invitation`)).toBe(404);
    }
    await scene.look();
    expect(await scene.incidentOf(physician)).toBeUndefined();
  });
});

describe('two rules that confirm each other', () => {
  it('disable the account, which the platform’s log says like all that the rules do', async () => {
    const physician = await scene.records.enrolled();
    const log = await LogWatch.of(scene.records.clinic);
    await scene.openMany(physician);
    await scene.tryOthers(physician);
    await scene.look();
    const incident = await scene.incidentOf(physician);
    expect(incident).toMatchObject({ disabling: 'done' });
    expect(await scene.isSignedIn(physician)).toBe(false);
    const own = [physician.id, incident?.id ?? ''];
    const done = await log.take(({ actor, resource }) => actor === 'rules' && own.some((id) => resource.includes(id)));
    expect(done.map(({ action, resource, outcome }) => [action, resource, outcome])).toEqual([
      ['incident:open', `incident:${incident?.id}`, 'allowed'],
      ['incident:step', `incident:${incident?.id}/step:isolated`, 'allowed'],
      ['people:suspend', `account:${physician.id}`, 'allowed'],
      ['people:disable', `account:${physician.id}`, 'allowed'],
    ]);
  });

  it('are undone at once by an officer’s signature, roles too, and what was found before counts no more', async () => {
    const physician = await scene.records.enrolled();
    const objects = await scene.openMany(physician);
    await scene.tryOthers(physician);
    await scene.look();
    expect(await scene.isSignedIn(physician)).toBe(false);
    const log = await LogWatch.of(scene.records.clinic);
    const officer = scene.records.officer(1);
    expect((await scene.letGoOn(officer, physician)).status).toBe(200);
    expect((await scene.records.signInByPasskey(physician, physician.browser)).status).toBe(200);
    expect(await scene.opened(physician, objects)).toBe('released');
    const [entry] = await log.take(({ actor }) => actor === officer.id);
    expect(entry).toMatchObject({ action: 'people:enable', resource: `account:${physician.id}`, outcome: 'allowed' });
    // Those are found anew, and confirmed by nothing of before.
    await scene.look();
    expect(await scene.opened(physician, objects)).toBe('contained');
    expect(await scene.isSignedIn(physician)).toBe(true);
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'none' });
    await scene.tryOthers(physician);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
    expect(await scene.isSignedIn(physician)).toBe(false);
  });

  it('cut no visit: what it takes goes on, nothing else does, and the account follows', async () => {
    const physician = await scene.records.enrolled();
    const { visit } = await scene.records.write(physician, { isStored: false });
    const ticket = () => physician.browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    expect((await ticket()).status).toBe(200);
    const objects = await scene.openMany(physician);
    await scene.tryOthers(physician);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'waiting' });
    expect((await ticket()).status).toBe(200);
    expect((await physician.browser.send('POST', '/api/visits', { body: {} })).status).not.toBe(201);
    // In an emergency the keystore decides still.
    expect(await scene.opened(physician, objects.slice(0, 1))).toBe('forbidden');
    const emergency = { breakGlass: 'covering', purpose: 'emergency' } as const;
    expect(await scene.opened(physician, objects.slice(0, 1), emergency)).toBe('released');
    expect((await physician.browser.send('POST', `/api/visits/${visit.id}/end`)).status).toBe(200);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
    expect(await scene.isSignedIn(physician)).toBe(false);
  });

  it('are called off by an officer who lets the account go on', async () => {
    const physician = await scene.records.enrolled();
    const { visit } = await scene.records.write(physician, { isStored: false });
    await physician.browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    await scene.openMany(physician);
    await scene.tryOthers(physician);
    await scene.look();
    expect((await physician.browser.send('GET', '/api/keystore/enrolments')).status).toBe(403);
    expect((await scene.letGoOn(scene.records.officer(1), physician)).status).toBe(200);
    expect((await physician.browser.send('GET', '/api/keystore/enrolments')).status).toBe(200);
    expect((await physician.browser.send('POST', `/api/visits/${visit.id}/end`)).status).toBe(200);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'none' });
    expect(await scene.isSignedIn(physician)).toBe(true);
  });

  it('leave the last officers alone but for holding them up', async () => {
    const [officer] = scene.records.officers;
    if (officer === undefined) throw new Error('there are officers');
    const [one, two] = ['bulk', 'repeatedDenials'] as const;
    const at = new Date();
    const alert = { actor: officer.id, at, count: 1, limit: 1 };
    await keepAlerts(
      scene.context,
      [
        { ...alert, rule: one, key: 'a' },
        { ...alert, rule: two, key: 'b' },
      ],
      null,
    );
    await scene.look();
    expect(await scene.incidentOf(officer)).toMatchObject({ disabling: 'none', steps: [{ step: 'isolated' }] });
    expect(await scene.isSignedIn(officer)).toBe(true);
  });
});

describe('the plan', () => {
  it('is noted step by step, once each, with who did it; nobody else than officers and administrators sees it', async () => {
    const officer = scene.records.officer(1);
    const log = await LogWatch.of(scene.records.clinic);
    const opened = await officer.browser.send('POST', '/api/incidents', { body: { about: null } });
    expect(opened.status).toBe(201);
    const { id } = opened.json as { id: string };
    const note = (step: string, of = id) => officer.browser.send('PUT', `/api/incidents/${of}/steps/${step}`);
    expect((await note('complianceTold')).status).toBe(204);
    expect((await note('complianceTold')).status).toBe(409);
    expect((await note('closed')).status).toBe(204);
    expect((await note('closed', 'A'.repeat(22))).status).toBe(404);
    expect((await note('anything')).status).toBe(400);
    const noted = await log.take(({ actor, action }) => actor === officer.id && action.startsWith('incident:'));
    expect(noted.map(({ resource, outcome }) => `${resource} ${outcome}`)).toEqual([
      `incident:${id} allowed`,
      `incident:${id}/step:complianceTold allowed`,
      `incident:${id}/step:complianceTold refused`,
      `incident:${id}/step:closed allowed`,
      `incident:${'A'.repeat(22)}/step:closed refused`,
    ]);
    const incident = (await scene.incidents()).incidents.find((one) => one.id === id);
    expect(incident).toMatchObject({ about: null, alerts: [] });
    expect(incident?.criticalAt).not.toBeNull();
    expect(incident?.steps.map(({ step, by }) => [step, by?.name])).toEqual([
      ['complianceTold', officer.name],
      ['closed', officer.name],
    ]);
    const physician = await scene.records.enrolled();
    expect((await physician.browser.send('GET', '/api/incidents')).status).toBe(403);
    expect((await physician.browser.send('POST', '/api/incidents', { body: { about: null } })).status).toBe(403);
    const rows = await scene.context.database
      .select()
      .from(incidentTable)
      .where(eq(incidentTable.id, id as never));
    expect(rows[0]?.closedAt).not.toBeNull();
  });

  it('has a person disable an account: held up and signed out within a second, once a visit of theirs is over', async () => {
    const [physician, officer] = [await scene.records.enrolled(), scene.records.officer(1)];
    const { visit } = await scene.records.write(physician, { isStored: false });
    await physician.browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    const log = await LogWatch.of(scene.records.clinic);
    const begin = (about: string) => officer.browser.send('POST', '/api/incidents', { body: { about } });
    const opened = await begin(physician.id);
    expect(opened.status).toBe(201);
    expect((await begin(physician.id)).status).toBe(409);
    expect((await begin('Z'.repeat(21).concat('A'))).status).toBe(404);
    const { id } = opened.json as { id: string };
    const disable = (who: Clinician, of = id) => who.browser.send('POST', `/api/incidents/${of}/disable`);
    expect((await disable(physician)).status).toBe(403);
    expect((await disable(officer)).status).toBe(204);
    expect((await disable(officer)).status).toBe(409);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'waiting', steps: [{ step: 'isolated' }] });
    expect((await physician.browser.send('POST', `/api/visits/${visit.id}/end`)).status).toBe(200);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
    expect(await scene.isSignedIn(physician)).toBe(false);
    const done = await log.take(({ actor, action }) => actor === officer.id && action === 'incident:disable');
    expect(done.map(({ resource, outcome }) => `${resource} ${outcome}`)).toEqual([
      `incident:${id}/disabling allowed`,
      `incident:${id}/disabling refused`,
    ]);
  });

  it('is nobody’s to see to in an incident about themselves', async () => {
    const [officer, other] = [scene.records.officer(1), scene.records.officer(0)];
    const opened = await other.browser.send('POST', '/api/incidents', { body: { about: officer.id } });
    const path = `/api/incidents/${(opened.json as { id: string }).id}`;
    expect((await officer.browser.send('POST', `${path}/disable`)).status).toBe(403);
    expect((await officer.browser.send('PUT', `${path}/steps/closed`)).status).toBe(403);
    expect((await other.browser.send('PUT', `${path}/steps/closed`)).status).toBe(204);
  });
});
