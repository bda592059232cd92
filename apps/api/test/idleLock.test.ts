import { idleLock, type StaffRole, staffSession } from '@sotto/protocol/clinic';
import { eq } from 'drizzle-orm';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialsFrom } from '../src/clinicContext.ts';
import { standingNow } from '../src/idleLock.ts';
import { staffSessionTable } from '../src/schema.ts';
import { findSessionHolder } from '../src/staffSession.ts';
import { type Account, createVisit, leaf, password } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { sendPhi } from './phi.ts';
import { LogWatch } from './platformLog.ts';
import { type Clinician, Records } from './records.ts';

const afterSeconds = 900;
const locked = { status: 423, json: { code: 'locked' } };
const cookie = '__Secure-sotto-staff';

let records: Records;
let physician: Clinician;
beforeAll(async () => {
  records = await Records.start(undefined, { idleLockSeconds: afterSeconds });
  physician = await records.enrolled('physician', 'Dr Idle');
}, 120_000);
afterAll(() => records.close(), 60_000);

const wait = (seconds: number) => records.clinic.advance(seconds / 3600);
const today = (browser: HttpClient) => browser.send('GET', '/api/people');
const report = (browser: HttpClient, idleSeconds = 0) =>
  browser.send('POST', '/api/session/activity', { body: { idleSeconds } });
const standing = async (browser: HttpClient) =>
  staffSession.parse((await browser.send('GET', '/api/session')).json).idleLock;
const isLocked = async (browser: HttpClient) => (await standing(browser)).isLocked;
/** Somebody with a passkey, which an officer who is there has let in. */
async function enrolled(role: StaffRole, name: string): Promise<Clinician> {
  const officer = records.officer(0);
  await records.signInByPasskey(officer, officer.browser);
  return await records.enrolled(role, name);
}
/** Somebody with a password, who has just signed in. */
async function arrival(): Promise<{ account: Account; browser: HttpClient }> {
  const account = await records.clinic.addStaff('admin');
  return { account, browser: await records.clinic.signIn(account) };
}
const unlock = (browser: HttpClient, body: object = { password }) =>
  browser.send('POST', '/api/session/unlock', { body });

describe('a session in which nobody does anything', () => {
  it('locks after its time, and says so', async () => {
    const { browser } = await arrival();
    wait(afterSeconds - 2);
    expect((await today(browser)).status).toBe(200);
    expect(await standing(browser)).toMatchObject({ afterSeconds, isLocked: false, unlocksBy: 'password' });
    wait(3);
    expect(await today(browser)).toMatchObject(locked);
    expect(await browser.send('GET', '/api/sessions')).toMatchObject(locked);
    expect(await browser.send('GET', '/api/session/factors')).toMatchObject(locked);
    expect(await isLocked(browser)).toBe(true);
  });

  it('isn’t kept open by what pages ask by themselves', async () => {
    const { browser } = await arrival();
    for (let minute = 0; minute < 15; minute += 1) {
      wait(60);
      await browser.send('GET', '/api/session');
      await today(browser);
    }
    expect(await today(browser)).toMatchObject(locked);
  });

  it('is kept open by what somebody does, in whichever page, and as of then', async () => {
    const { browser } = await arrival();
    wait(600);
    expect((await report(browser, 300)).json).toMatchObject({ idleSeconds: 300, isLocked: false });
    // Another page, in which nobody has done anything since.
    expect((await report(browser, 600)).json).toMatchObject({ idleSeconds: 300 });
    wait(599);
    expect(await isLocked(browser)).toBe(false);
    wait(2);
    expect(await isLocked(browser)).toBe(true);
  });

  it('stays locked whatever a page says it was told, and in each session by itself', async () => {
    const account = await records.clinic.addStaff('admin');
    const [one, other] = [await records.clinic.signIn(account), await records.clinic.signIn(account)];
    wait(800);
    await report(other);
    wait(101);
    expect([await isLocked(one), await isLocked(other)]).toEqual([true, false]);
    expect((await report(one)).json).toMatchObject({ isLocked: true });
    expect(await today(one)).toMatchObject(locked);
  });

  it('is either kept or locked by what comes in the very moment, and says which', async () => {
    const { browser } = await arrival();
    wait(afterSeconds - 1);
    const answers = await Promise.all([report(browser), today(browser), report(browser)]);
    const told = idleLock.parse(answers[0].json);
    expect(told.isLocked).toBe(false);
    wait(afterSeconds);
    const [late, asked] = await Promise.all([report(browser), today(browser)]);
    expect([idleLock.parse(late.json).isLocked, asked.status]).toEqual([true, 423]);
  });

  it('isn’t locked by who read it before somebody did something, and asks in the very moment', async () => {
    const { browser } = await arrival();
    const { context } = records.clinic;
    const read = await findSessionHolder(context, browser.cookies.get(cookie));
    if (read === undefined) throw new Error('no session');
    wait(afterSeconds - 2);
    await report(browser);
    wait(3);
    const { isLocked: isLockedNow, activeAt } = await standingNow(context, { ...read, lockedAt: null });
    expect([isLockedNow, activeAt > read.activeAt]).toEqual([false, true]);
    expect((await today(browser)).status).toBe(200);
    wait(afterSeconds);
    // Nor open for who read it before another request locked it.
    expect(await isLocked(browser)).toBe(true);
    expect(await standingNow(context, { ...read, lockedAt: null })).toMatchObject({ isLocked: true });
  });

  it('isn’t set back by a process whose clock is behind', async () => {
    const { browser } = await arrival();
    wait(600);
    await report(browser);
    wait(-5);
    expect(idleLock.parse((await report(browser, 500)).json).idleSeconds).toBe(0);
    wait(afterSeconds - 60);
    expect(await isLocked(browser)).toBe(false);
  });

  it('locks by a page’s own clock, unless another page has told of somebody since', async () => {
    const { browser } = await arrival();
    wait(afterSeconds - 50);
    expect((await report(browser, afterSeconds)).json).toMatchObject({ isLocked: true });
    const second = (await arrival()).browser;
    wait(500);
    await report(second);
    wait(400);
    expect((await report(second, afterSeconds)).json).toMatchObject({ isLocked: false });
  });

  it('isn’t opened by a clock that is set back, and locks where it jumps', async () => {
    const { browser } = await arrival();
    wait(afterSeconds + 1);
    expect(await isLocked(browser)).toBe(true);
    wait(-300);
    expect(await isLocked(browser)).toBe(true);
    const second = (await arrival()).browser;
    wait(-afterSeconds - 10);
    expect(await isLocked(second)).toBe(true);
    const third = (await arrival()).browser;
    wait(-600);
    await report(third);
    wait(afterSeconds + 1);
    expect(await isLocked(third)).toBe(true);
  });

  it('ends after its twelve hours all the same, and can be ended while it is locked', async () => {
    const { browser } = await arrival();
    wait(12 * 3600 + 1);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
    expect((await unlock(browser)).status).toBe(401);
    wait(-12 * 3600 - 1);
    const second = (await arrival()).browser;
    wait(afterSeconds);
    expect((await second.send('DELETE', '/api/session')).status).toBe(204);
    expect((await second.send('GET', '/api/session')).status).toBe(401);
  });
});

describe('unlocking', () => {
  it('takes the passkey of whoever it is, and the session goes on', async () => {
    const { browser } = await records.signedInAgain(physician);
    const before = browser.cookies.get(cookie);
    const { expiresAt } = staffSession.parse((await browser.send('GET', '/api/session')).json);
    wait(afterSeconds);
    expect(await standing(browser)).toMatchObject({ isLocked: true, unlocksBy: 'passkey' });
    const answer = await records.signInByPasskey(physician, browser, { staff: physician.id });
    expect(staffSession.parse(answer.json)).toMatchObject({ expiresAt, idleLock: { isLocked: false, idleSeconds: 0 } });
    expect((await browser.send('GET', '/api/sessions')).status).toBe(200);
    // What its other pages ask meanwhile isn't refused.
    expect(browser.cookies.get(cookie)).toBe(before);
  });

  it('isn’t done by another’s passkey, nor by a password where a passkey came', async () => {
    const { browser } = await records.signedInAgain(physician);
    const other = await enrolled('nurse', 'Nurse Other');
    wait(afterSeconds);
    expect(await records.signInByPasskey(other, browser, { staff: physician.id })).toMatchObject({
      ...{ status: 403, json: { code: 'forbidden' } },
    });
    expect(await unlock(browser)).toMatchObject({ status: 202, json: { needs: 'passkey' } });
    expect(await isLocked(browser)).toBe(true);
  });

  it('isn’t done by a passkey that was ended: its session is over', async () => {
    const person = await enrolled('physician', 'Dr Lost');
    const { browser } = await records.signedInAgain(person);
    wait(afterSeconds);
    const officer = records.officer(0);
    await records.signInByPasskey(officer, officer.browser);
    const call = await records.act([officer], {
      ...{ action: 'revoke', subject: person.id, credential: person.passkey.credential, reason: 'lost' },
    });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: call })).status).toBe(200);
    expect(await records.signInByPasskey(person, browser, { staff: person.id })).toMatchObject({ status: 401 });
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
  });

  it('takes the password again of whoever has nothing else, and not for ever', async () => {
    const { browser } = await arrival();
    wait(afterSeconds);
    expect(await unlock(browser, { password: 'wrong' })).toMatchObject({ status: 409, json: { code: 'wrongState' } });
    expect(await today(browser)).toMatchObject(locked);
    expect(staffSession.parse((await unlock(browser)).json).idleLock.isLocked).toBe(false);
    expect((await today(browser)).status).toBe(200);
    wait(afterSeconds);
    for (let tries = 0; tries < 9; tries += 1) await unlock(browser, { password: 'wrong' });
    expect(await unlock(browser, { password: 'wrong' })).toMatchObject({ status: 429 });
    expect(await unlock(browser)).toMatchObject({ status: 429 });
  });

  it('takes the code too of whoever has an authenticator app', async () => {
    const { account, browser } = await arrival();
    const made = await browser.send('POST', '/api/session/factors/totp', { body: { password } });
    const { secret } = made.json as { secret: string };
    const code = () => generate({ secret, epoch: Math.floor(records.clinic.context.now().getTime() / 1000) });
    const confirmed = await browser.send('POST', '/api/session/factors/totp/confirmation', {
      body: { code: await code() },
    });
    expect(confirmed.status).toBe(200);
    wait(afterSeconds);
    expect(await unlock(browser)).toMatchObject({ status: 202, json: { needs: 'code', isWrong: false } });
    const watch = await LogWatch.of(records.clinic);
    expect(await unlock(browser, { password, code: '000000' })).toMatchObject({ status: 202, json: { isWrong: true } });
    expect(await watch.take(({ resource }) => resource === `account:${account.id}`)).toMatchObject([
      { action: 'session:unlock', actor: account.id, outcome: 'refused' },
    ]);
    expect(await isLocked(browser)).toBe(true);
    expect((await unlock(browser, { password, code: await code() })).status).toBe(200);
    expect(await isLocked(browser)).toBe(false);
  });

  it('is in the log by password, once where it was let and once where it wasn’t', async () => {
    const { account, browser } = await arrival();
    const holder = await findSessionHolder(records.clinic.context, browser.cookies.get(cookie));
    wait(afterSeconds);
    const watch = await LogWatch.of(records.clinic);
    const left = async (body?: object) => {
      const { status } = await unlock(browser, body);
      const entries = await watch.take(({ resource }) => resource === `account:${account.id}`);
      return [
        status,
        entries.map(({ action, actor, session, outcome }) => ({ action, actor, session, outcome })),
      ] as const;
    };
    const entry = { action: 'session:unlock', actor: account.id, session: holder?.session };
    expect(await left({ password: 'wrong' })).toEqual([409, [{ ...entry, outcome: 'refused' }]]);
    expect(await left()).toEqual([200, [{ ...entry, outcome: 'allowed' }]]);
  });

  it('is in the log by passkey too', async () => {
    const { browser } = await records.signedInAgain(physician);
    const holder = await findSessionHolder(records.clinic.context, browser.cookies.get(cookie));
    wait(afterSeconds);
    const watch = await LogWatch.of(records.clinic);
    await records.signInByPasskey(physician, browser, { staff: physician.id });
    expect(await watch.take(({ resource }) => resource === `account:${physician.id}`)).toMatchObject([
      { action: 'session:begin:passkey', actor: physician.id, session: holder?.session, outcome: 'allowed' },
    ]);
  });

  it('is nothing without a session', async () => {
    const stranger = records.clinic.visitor();
    expect((await unlock(stranger)).status).toBe(401);
    expect((await report(stranger)).status).toBe(401);
  });
});

describe('a live visit while its physician’s session is locked', () => {
  it('goes on: tickets, who is who, what is recorded and handed in, its end; and nothing is read', async () => {
    const { browser } = await records.signedInAgain(physician);
    const host = { ...physician, browser };
    const visit = await createVisit(browser, records.clinic, 'Pat Locked');
    const ticket = () => browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    // Not opened yet: a locked session opens none.
    wait(afterSeconds);
    expect(await ticket()).toMatchObject(locked);
    await records.signInByPasskey(physician, browser);
    expect((await ticket()).status).toBe(200);
    const note = await records.write(host, { visit, isStored: false });
    wait(afterSeconds);
    expect((await ticket()).status).toBe(200);
    expect((await browser.send('GET', '/api/keystore/directory')).status).toBe(200);
    expect((await browser.send('POST', `/api/visits/${visit.id}/objects`)).status).toBe(201);
    expect((await sendPhi(browser, 'storeNote', note.object, note.upload)).status).toBe(200);
    const closed = [
      ...[
        '/api/visits',
        `/api/visits/${visit.id}`,
        `/api/visits/${visit.id}/objects`,
        `/api/phi/objects/${note.object}`,
      ],
      ...[`/api/visits/${visit.id}/guests`, `/api/visits/${visit.id}/invitation`],
    ];
    for (const path of closed) {
      const query = path === '/api/visits' ? `?from=${visit.startsAt}&to=${visit.startsAt}` : '';
      expect([path, await browser.send('GET', `${path}${query}`)]).toMatchObject([path, locked]);
    }
    expect((await browser.send('POST', `/api/visits/${visit.id}/end`)).status).toBe(200);
    expect(await ticket()).toMatchObject(locked);
    expect(await browser.send('POST', `/api/visits/${visit.id}/end`)).toMatchObject(locked);
    expect(await browser.send('POST', `/api/visits/${visit.id}/objects`)).toMatchObject(locked);
  });

  it('is no way into another of one’s own visits, nor into one that another session is in', async () => {
    const host = await enrolled('physician', 'Dr Twice');
    const { browser } = await records.signedInAgain(host);
    const second = (await records.signedInAgain(host)).browser;
    const [one, other] = [await createVisit(browser, records.clinic), await createVisit(browser, records.clinic)];
    const ticket = (from: HttpClient, { id }: { id: string }) =>
      from.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } });
    // Both are open and its physician's: that alone lets nobody in.
    expect((await ticket(browser, other)).status).toBe(200);
    expect((await ticket(browser, one)).status).toBe(200);
    wait(afterSeconds);
    expect((await ticket(browser, one)).status).toBe(200);
    expect(await ticket(browser, other)).toMatchObject(locked);
    expect(await ticket(second, one)).toMatchObject(locked);
    await records.signInByPasskey(host, second);
    expect((await ticket(second, one)).status).toBe(200);
  });

  it('is no way back after the credential with which one came in has ended', async () => {
    const { browser } = await records.signedInAgain(await enrolled('physician', 'Dr Late'));
    const visit = await createVisit(browser, records.clinic);
    const ticket = () => browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    expect((await ticket()).status).toBe(200);
    wait(afterSeconds);
    // A ticket that a locked session got lets it into no more than the one before.
    expect((await ticket()).status).toBe(200);
    await records.clinic.context.database
      .update(staffSessionTable)
      .set({ hostedAt: credentialsFrom(records.clinic.context.now()) })
      .where(eq(staffSessionTable.hostedVisitId, visit.id));
    expect(await ticket()).toMatchObject(locked);
  });

  it('is no way into a visit of somebody else’s', async () => {
    const { browser } = await records.signedInAgain(physician);
    const other = await enrolled('physician', 'Dr Elsewhere');
    const visit = await createVisit(other.browser, records.clinic);
    expect((await other.browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } })).status).toBe(200);
    wait(afterSeconds);
    expect(await browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } })).toMatchObject(locked);
    expect(await browser.send('GET', '/api/keystore/directory')).toMatchObject(locked);
  });
});
