import type { StaffRole } from '@sotto/protocol/clinic';
import { staffSession } from '@sotto/protocol/clinic';
import { maxRolesShown, staffPeople } from '@sotto/protocol/people';
import { noLimits, type RoleLimits } from '@sotto/protocol/roleLimits';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../src/opaqueToken.ts';
import { roleAssignmentId, roleAssignmentTable, staffSessionTable } from '../src/schema.ts';
import { type Account, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { LogWatch } from './platformLog.ts';

let clinic: TestClinic;
let admin: Account;
let browser: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  admin = await clinic.addStaff('admin', 'Ada Admin');
  browser = await clinic.signIn(admin);
});
afterAll(() => clinic.close());

const give = (by: HttpClient, { id }: Account, role: StaffRole, limits: Partial<RoleLimits> = {}) =>
  by.send('POST', `/api/people/${id}/roles`, { body: { role, limits: { ...noLimits, ...limits } } });
const end = (by: HttpClient, { id }: Account, role: StaffRole) => by.send('DELETE', `/api/people/${id}/roles/${role}`);
async function rolesOf({ id }: Account) {
  const { people } = staffPeople.parse((await browser.send('GET', '/api/people')).json);
  return people.find((one) => one.id === id)?.roles ?? [];
}
const heldIn = async (by: HttpClient) => staffSession.parse((await by.send('GET', '/api/session')).json).staff.roles;
const inHours = (hours: number) => new Date(clinic.context.now().getTime() + hours * 3_600_000).toISOString();

describe('the list of people', () => {
  it('names everybody of the clinic, and what each may be asked by whose clock', async () => {
    const nurse = await clinic.addStaff('nurse', 'Noor Nurse');
    const elsewhere = await startClinic();
    await elsewhere.addStaff('nurse', 'Somebody Elsewhere');
    const list = staffPeople.parse((await browser.send('GET', '/api/people')).json);
    await elsewhere.close();
    expect(list.timeZone).toBe('Europe/Madrid');
    expect(list.people.map(({ name }) => name)).toEqual(expect.arrayContaining(['Ada Admin', 'Noor Nurse']));
    expect(list.people.map(({ name }) => name)).not.toContain('Somebody Elsewhere');
    expect(list.people.find(({ id }) => id === nurse.id)).toMatchObject({
      email: nurse.email,
      disabledAt: null,
      roles: [{ role: 'nurse', state: 'held', until: null, network: null, hours: null, liftedBy: [] }],
    });
  });
});

it('whoever had hundreds of roles is shown with those that count, and the newest that are over', async () => {
  const nurse = await clinic.addStaff('nurse');
  const { database, now } = clinic.context;
  const until = new Date(now().getTime() - 60_000);
  const over = Array.from({ length: 250 }, (_, index) => ({
    ...{ id: newId(roleAssignmentId), staffId: nurse.id, role: 'staff' as const, grantedAt: until, validUntil: until },
    validFrom: new Date(until.getTime() - (index + 1) * 60_000),
  }));
  await database.insert(roleAssignmentTable).values(over);
  const roles = await rolesOf(nurse);
  expect(roles).toHaveLength(maxRolesShown);
  expect(roles[0]).toMatchObject({ role: 'nurse', state: 'held' });
  expect(roles[1]?.from).toBe(over[0]?.validFrom.toISOString());
});

describe('a role that an administrator gives', () => {
  let nurse: Account;
  let theirs: HttpClient;
  beforeEach(async () => {
    nurse = await clinic.addStaff('nurse');
    theirs = await clinic.signIn(nurse);
  });

  it('counts from the next request on, until it is ended, and stands in the list', async () => {
    expect((await theirs.send('GET', '/api/people')).status).toBe(403);
    expect((await give(browser, nurse, 'admin')).status).toBe(204);
    expect((await theirs.send('GET', '/api/people')).status).toBe(200);
    expect(await heldIn(theirs)).toEqual(['admin', 'nurse']);
    expect((await end(browser, nurse, 'admin')).status).toBe(204);
    expect((await theirs.send('GET', '/api/people')).status).toBe(403);
    expect(await heldIn(theirs)).toEqual(['nurse']);
    expect((await rolesOf(nurse)).map(({ role, state }) => [role, state])).toEqual([
      ['nurse', 'held'],
      ['admin', 'over'],
    ]);
  });

  it('takes a passkey that was shown just now, where the session has one, and says so', async () => {
    const account = await clinic.addStaff('admin');
    const by = await clinic.signIn(account);
    const { database, now } = clinic.context;
    const show = (aheadMs = 0) =>
      database
        .update(staffSessionTable)
        .set({ passkeyAt: new Date(now().getTime() + aheadMs) })
        .where(eq(staffSessionTable.staffId, account.id));
    await show();
    expect((await give(by, nurse, 'staff')).status).toBe(204);
    clinic.advance(5.1 / 60);
    for (const answer of [await end(by, nurse, 'staff'), await give(by, nurse, 'physician')]) {
      expect(answer).toMatchObject({ status: 403, json: { code: 'stepUp' } });
    }
    expect(await heldIn(theirs)).toEqual(['nurse', 'staff']);
    expect((await by.send('GET', '/api/people')).status).toBe(200);
    // Whoever may not at all isn't asked for a passkey.
    expect((await give(by, account, 'physician')).json).toMatchObject({ code: 'forbidden' });
    // Shown later than now: the clock was set back meanwhile, and it may be any time ago.
    await show(6 * 60_000);
    expect((await end(by, nurse, 'staff')).json).toMatchObject({ code: 'stepUp' });
    await show();
    expect((await end(by, nurse, 'staff')).status).toBe(204);
    await end(browser, account, 'admin');
  });

  it('keeps the limits that it was given with, and says what else they hold without them', async () => {
    const limits: RoleLimits = {
      ...{ from: inHours(1), until: inHours(48), network: '10.0.0.0/8' },
      hours: { from: 1320, to: 360, days: [5, 6] },
    };
    expect((await give(browser, nurse, 'staff', limits)).status).toBe(204);
    const [, staff] = await rolesOf(nurse);
    expect(staff).toMatchObject({ ...limits, role: 'staff', state: 'ahead', liftedBy: ['nurse'] });
  });

  it('can be ended before it begins, and then given anew', async () => {
    expect((await give(browser, nurse, 'staff', { from: inHours(5) })).status).toBe(204);
    expect((await end(browser, nurse, 'staff')).status).toBe(204);
    expect((await rolesOf(nurse)).map(({ state }) => state)).toEqual(['held', 'over']);
    expect((await give(browser, nurse, 'staff')).status).toBe(204);
    expect(await heldIn(theirs)).toEqual(['nurse', 'staff']);
  });

  it('isn’t given twice, nor to whoever isn’t there, nor by anybody else', async () => {
    expect(await give(browser, nurse, 'nurse', { network: '10.0.0.0/8' })).toMatchObject({
      status: 409,
      json: { code: 'conflict' },
    });
    expect(await rolesOf(nurse)).toHaveLength(1);
    expect((await give(browser, { ...nurse, id: admin.id.replace(/^./, '~') as Account['id'] }, 'nurse')).status).toBe(
      400,
    );
    for (const role of ['physician', 'nurse', 'staff', 'privacyOfficer'] as const) {
      const other = await clinic.signIn(await clinic.addStaff(role));
      expect([role, (await give(other, nurse, 'admin')).status]).toEqual([role, 403]);
      expect([role, (await end(other, nurse, 'nurse')).status]).toEqual([role, 403]);
    }
    expect((await end(browser, nurse, 'physician')).status).toBe(404);
  });

  it.each<[string, Partial<RoleLimits>]>([
    ['an end that has passed', { until: '2020-01-01T00:00:00Z' }],
    ['an end before its beginning', { from: '2099-01-02T00:00:00Z', until: '2099-01-01T00:00:00Z' }],
    ['no network', { network: '10.0.0.0/33' }],
    ['one machine of a network', { network: '10.0.0.5/8' }],
    ['hours that last for none', { hours: { from: 480, to: 480, days: [1] } }],
    ['a day twice', { hours: { from: 480, to: 500, days: [1, 1] } }],
    ['no day', { hours: { from: 480, to: 500, days: [] } }],
  ])('is refused with %s', async (_, limits) => {
    expect(await give(browser, nurse, 'staff', limits)).toMatchObject({ status: 400, json: { code: 'invalid' } });
    expect(await rolesOf(nurse)).toHaveLength(1);
  });

  it('is an entry of the log, by pseudonyms alone, with who gave it and with what, and so is its end', async () => {
    const before = clinic.log.length;
    const watch = await LogWatch.of(clinic);
    await give(browser, nurse, 'staff');
    await end(browser, nurse, 'staff');
    const entries = await watch.take(({ actor }) => actor === admin.id);
    const about = { resource: `account:${nurse.id}/role:staff`, outcome: 'allowed', role: 'admin' };
    expect(entries).toMatchObject([
      { action: 'people:giveRole', before: null, after: expect.any(String) as string, ...about },
      { action: 'people:endRole', before: expect.any(String) as string, after: null, ...about },
    ]);
    for (const word of [nurse.email, nurse.name, admin.email, admin.name]) {
      expect(JSON.stringify(entries) + clinic.log.slice(before).join('')).not.toContain(word);
    }
  });
});

describe('an administrator', () => {
  it('gives themselves nothing', async () => {
    expect((await give(browser, admin, 'physician')).status).toBe(403);
    expect(await heldIn(browser)).toEqual(['admin']);
  });

  it('who is the last one stays one; beside another they may go', async () => {
    expect(await end(browser, admin, 'admin')).toMatchObject({ status: 409, json: { code: 'conflict' } });
    const second = await clinic.addStaff('nurse');
    // One who is only to be an administrator is none yet.
    expect((await give(browser, second, 'admin', { from: inHours(10) })).status).toBe(204);
    expect((await end(browser, admin, 'admin')).status).toBe(409);
    expect((await end(browser, second, 'admin')).status).toBe(204);
    // Nor one who is one only until then, from there, or at those hours.
    for (const limits of [
      { until: inHours(10) },
      { network: '0.0.0.0/0' },
      { hours: { from: 0, to: 1440, days: [1, 2, 3, 4, 5, 6, 7] } },
    ]) {
      expect((await give(browser, second, 'admin', limits)).status).toBe(204);
      expect((await end(browser, admin, 'admin')).status).toBe(409);
      expect((await end(browser, second, 'admin')).status).toBe(204);
    }
    expect((await give(browser, second, 'admin')).status).toBe(204);
    const theirs = await clinic.signIn(second);
    expect((await end(theirs, admin, 'admin')).status).toBe(204);
    expect((await end(theirs, second, 'admin')).status).toBe(409);
    expect((await give(theirs, admin, 'admin')).status).toBe(204);
    expect((await end(browser, second, 'admin')).status).toBe(204);
  });

  it('isn’t ended by another at the very moment at which they end that one', async () => {
    const second = await clinic.addStaff('admin');
    const theirs = await clinic.signIn(second);
    const both = await Promise.all([end(browser, second, 'admin'), end(theirs, admin, 'admin')]);
    const statuses = both.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(204);
    expect([403, 409]).toContain(statuses[1]);
    const winner = both[0].status === 204 ? browser : theirs;
    expect((await winner.send('GET', '/api/people')).status).toBe(200);
  });
});

it('a password alone shows who is there, and changes nothing', async () => {
  const strict = await startClinic({ passwordSessions: 'limited' });
  const by = await strict.signIn(await strict.addStaff('admin'));
  const nurse = await strict.addStaff('nurse');
  expect((await by.send('GET', '/api/people')).status).toBe(200);
  const invited = { name: 'New Nurse', email: 'new@clinic.example', role: 'nurse', locale: 'en' };
  const acts = [
    await give(by, nurse, 'staff'),
    await end(by, nurse, 'nurse'),
    await by.send('POST', `/api/people/${nurse.id}/disable`),
    await by.send('POST', `/api/people/${nurse.id}/enable`),
    await by.send('POST', '/api/people/invitations', { body: invited }),
    await by.send('DELETE', `/api/people/invitations/${nurse.id}`),
  ];
  const { people } = staffPeople.parse((await by.send('GET', '/api/people')).json);
  await strict.close();
  expect(acts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
  expect(people.find(({ id }) => id === nurse.id)).toMatchObject({ disabledAt: null, roles: [{ state: 'held' }] });
});

describe('privacy officers', () => {
  const conflict = { status: 409, json: { code: 'conflict' } };

  it('are two at least, once there were; of fewer the last one stays', async () => {
    const own = await startClinic();
    const by = await own.signIn(await own.addStaff('admin'));
    const disable = ({ id }: Account) => by.send('POST', `/api/people/${id}/disable`);
    const [one, two, three] = [
      await own.addStaff('privacyOfficer'),
      await own.addStaff('nurse'),
      await own.addStaff('nurse'),
    ];
    expect(await end(by, one, 'privacyOfficer')).toMatchObject(conflict);
    expect(await disable(one)).toMatchObject(conflict);
    // One with limits may go, and keeps nobody else's place.
    await give(by, two, 'privacyOfficer', { until: inHours(10) });
    expect(await end(by, one, 'privacyOfficer')).toMatchObject(conflict);
    expect((await end(by, two, 'privacyOfficer')).status).toBe(204);
    await give(by, two, 'privacyOfficer');
    expect(await end(by, one, 'privacyOfficer')).toMatchObject(conflict);
    expect(await disable(two)).toMatchObject(conflict);
    await give(by, three, 'privacyOfficer');
    expect((await disable(one)).status).toBe(204);
    expect(await end(by, three, 'privacyOfficer')).toMatchObject(conflict);
    await own.close();
  });
});
