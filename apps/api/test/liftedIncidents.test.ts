import { incidentId } from '@sotto/protocol/incidents';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentTable } from '../src/incidentSchema.ts';
import { newId } from '../src/opaqueToken.ts';
import { mailTable } from '../src/schema.ts';
import { startAlertScene } from './alertScene.ts';
import { LogWatch } from './platformLog.ts';
import type { Clinician } from './records.ts';

let scene: Awaited<ReturnType<typeof startAlertScene>>;
beforeAll(async () => {
  scene = await startAlertScene();
});
afterAll(() => scene.close());

/** How many messages have told of incidents so far. */
const told = () => scene.context.database.$count(mailTable, eq(mailTable.kind, 'incident'));

/** Somebody whose account the rules have disabled. */
async function disabled(): Promise<Clinician> {
  const physician = await scene.records.enrolled();
  await scene.openMany(physician);
  await scene.tryOthers(physician);
  await scene.look();
  expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
  return physician;
}

describe('an account that an officer let go on', () => {
  it('is told of again with what is found next, by clocks that begin anew', async () => {
    const physician = await scene.records.enrolled();
    await scene.openMany(physician);
    await scene.look();
    const [before, first] = [await told(), await scene.incidentOf(physician)];
    expect((await scene.letGoOn(scene.records.officer(1), physician)).status).toBe(200);
    expect((await scene.incidentOf(physician))?.criticalAt).toBeNull();
    await scene.look();
    expect(await told()).toBe(before);
    await scene.openMany(physician);
    await scene.look();
    const second = await scene.incidentOf(physician);
    expect(second?.id).toBe(first?.id);
    expect(Date.parse(second?.criticalAt ?? '')).toBeGreaterThan(Date.parse(first?.criticalAt ?? ''));
    expect(await told()).toBe(before + scene.records.officers.length);
  });

  it('is told of where another rule is broken later, without a lift too', async () => {
    const physician = await scene.records.enrolled();
    await scene.openMany(physician);
    await scene.look();
    const before = await told();
    await scene.tryOthers(physician);
    await scene.look();
    expect(await told()).toBe(before + scene.records.officers.length);
  });

  it('goes on also where the keystore’s answer was lost: whoever signs again is told that it was done, and it is', async () => {
    const [physician, officer] = [await disabled(), scene.records.officer(1)];
    const done = await scene.context.keystore.act(await scene.lifting(officer, physician));
    expect(done.tag).toBe('answered');
    expect(await scene.letsIn(physician)).toBe('emergencies');
    const log = await LogWatch.of(scene.records.clinic);
    expect(await scene.letGoOn(officer, physician)).toMatchObject({ status: 409, json: { code: 'notContained' } });
    expect(await scene.letsIn(physician)).toBe('work');
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'none' });
    const entries = await log.take(({ actor }) => actor === officer.id);
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'people:enable allowed',
      'relay:act refused',
    ]);
  });

  it('isn’t let go on again by the old signature, handed in again', async () => {
    const [physician, officer] = [await disabled(), scene.records.officer(1)];
    const body = await scene.lifting(officer, physician);
    const handIn = () => officer.browser.send('POST', '/api/keystore/acts', { body });
    expect((await handIn()).status).toBe(200);
    expect(await scene.letsIn(physician)).toBe('work');
    await scene.openMany(physician);
    await scene.tryOthers(physician);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
    expect((await handIn()).status).toBe(200);
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
    expect(await scene.letsIn(physician)).toBe('emergencies');
  });

  it('is on record as such where it wasn’t disabled', async () => {
    const physician = await scene.records.enrolled();
    await scene.openMany(physician);
    await scene.look();
    const log = await LogWatch.of(scene.records.clinic);
    const officer = scene.records.officer(1);
    expect((await scene.letGoOn(officer, physician)).status).toBe(200);
    const id = (await scene.incidentOf(physician))?.id ?? '';
    const entries = await log.take(({ actor }) => actor === officer.id);
    expect(entries.map(({ action, resource, outcome }) => [action, resource, outcome])).toEqual([
      ['incident:lift', `incident:${id}`, 'allowed'],
    ]);
  });
});

describe('an administrator', () => {
  it('has a disabled account sign in again, and it can be disabled once more', async () => {
    const [physician, admin] = [await disabled(), await scene.records.enrolled('admin')];
    const change = (what: string) => admin.browser.send('POST', `/api/people/${physician.id}/${what}`);
    expect((await change('enable')).status).toBe(204);
    const incident = await scene.incidentOf(physician);
    expect(incident).toMatchObject({ disabling: 'none' });
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'none' });
    const before = await told();
    const again = `/api/incidents/${incident?.id ?? ''}/disable`;
    expect((await scene.records.officer(1).browser.send('POST', again)).status).toBe(204);
    expect(await told()).toBeGreaterThan(before);
    await scene.look();
    expect(await scene.incidentOf(physician)).toMatchObject({ disabling: 'done' });
  });

  it('lets somebody whom the rules have disabled go for good: no officer’s signature brings them back', async () => {
    const [physician, admin] = [await disabled(), await scene.records.enrolled('admin')];
    const disable = () => admin.browser.send('POST', `/api/people/${physician.id}/disable`);
    expect((await disable()).status).toBe(204);
    expect((await disable()).status).toBe(409);
    expect((await scene.letGoOn(scene.records.officer(1), physician)).status).toBe(200);
    expect(await scene.letsIn(physician)).toBeNull();
  });
});

it('the page has every open incident, before closed ones', async () => {
  const physician = await scene.records.enrolled();
  await scene.openMany(physician);
  await scene.look();
  const { database, clinicId } = scene.context;
  const later = new Date(Date.now() + 60_000);
  await database.insert(incidentTable).values(
    Array.from({ length: 101 }, () => ({
      ...{ id: newId(incidentId), clinicId, openedAt: later, criticalAt: later, closedAt: later },
    })),
  );
  const { incidents } = await scene.incidents();
  expect(incidents[0]?.about?.id).toBe(physician.id);
  expect(incidents.filter(({ about }) => about === null)).toHaveLength(100);
});
