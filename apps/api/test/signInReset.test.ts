import { newPasswordOffer } from '@sotto/protocol/people';
import { newTotp, recoveryCodes } from '@sotto/protocol/signIn';
import { eq } from 'drizzle-orm';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disableAccount, enableAccount, endSessionsOf } from '../src/administration.ts';
import { newToken } from '../src/opaqueToken.ts';
import { hashPassword } from '../src/password.ts';
import { staffTable } from '../src/schema.ts';
import { resetSignIn } from '../src/signInReset.ts';
import { type Account, password, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { mailTo, newPasswordSecret } from './mailTo.ts';
import { onHost } from './onHost.ts';
import { beforeNextAct, LogWatch } from './platformLog.ts';
import { Records } from './records.ts';

let clinic: TestClinic;
let admin: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  admin = await clinic.signIn(await clinic.addStaff('admin'));
});
afterAll(() => clinic.close());

const next = 'another long password';
const signIn = ({ email }: Account, given: string) =>
  clinic.visitor().send('POST', '/api/session', { body: { email, password: given } });
const change = (browser: HttpClient, body: object) => browser.send('POST', '/api/session/password', { body });
const send = ({ id }: Account, by = admin) =>
  by.send('POST', `/api/people/${id}/new-password`, { body: { locale: 'en' } });
const takeAway = ({ id }: Account, by = admin) => by.send('POST', `/api/people/${id}/sign-in-reset`);
const choose = (body: object, browser = clinic.visitor()) =>
  browser.send('POST', '/api/account/new-password', { body });
const offerOf = async (secret: string, of = clinic) =>
  newPasswordOffer.parse(
    (await of.visitor().send('POST', '/api/account/new-password/offer', { body: { secret } })).json,
  );

async function secretFor({ email }: Account, of = clinic, officer?: HttpClient): Promise<string> {
  const mails = await mailTo(of, email, officer);
  const text = mails.find(({ kind }) => kind === 'newPassword')?.text ?? '';
  return /https:\S+\/new-password\/#(\S+)/.exec(text)?.[1] ?? '';
}
const subjectsTo = async ({ email }: Account) => (await mailTo(clinic, email)).map(({ kind }) => kind);

/** Somebody with an authenticator app. */
async function withTotp(given?: Account) {
  const account = given ?? (await clinic.addPhysician());
  const browser = await clinic.signIn(account);
  const factors = '/api/session/factors/totp';
  const { secret } = newTotp.parse((await browser.send('POST', factors, { body: { password } })).json);
  const code = () => generate({ secret, epoch: Math.floor(clinic.context.now().getTime() / 1000) });
  const answer = await browser.send('POST', `${factors}/confirmation`, { body: { code: await code() } });
  clinic.advance(30 / 3600);
  return { account, browser, code, codes: recoveryCodes.parse(answer.json).codes };
}

describe('changing one’s own password', () => {
  it('takes the one that is there, ends the other sessions, and is told by mail', async () => {
    const account = await clinic.addPhysician();
    const [here, there] = [await clinic.signIn(account), await clinic.signIn(account)];
    expect((await change(here, { current: 'not this one', next })).status).toBe(409);
    expect((await change(here, { current: null, next })).status).toBe(403);
    expect((await change(here, { current: password, next: 'short' })).status).toBe(400);
    expect((await change(clinic.visitor(), { current: password, next })).status).toBe(401);
    expect((await there.send('GET', '/api/session')).status).toBe(200);
    expect((await change(here, { current: password, next })).status).toBe(204);
    expect((await there.send('GET', '/api/session')).status).toBe(401);
    expect((await here.send('GET', '/api/session')).status).toBe(200);
    expect((await signIn(account, password)).status).toBe(401);
    expect((await signIn(account, next)).status).toBe(200);
    expect(await subjectsTo(account)).toContain('signInChanged');
  });

  it('takes a code too where there is an app', async () => {
    const { browser, code } = await withTotp();
    expect((await change(browser, { current: password, next })).status).toBe(403);
    expect((await change(browser, { current: password, code: '000000', next })).status).toBe(409);
    expect((await change(browser, { current: password, code: await code(), next })).status).toBe(204);
  });
});

describe('a new password by a link', () => {
  it('is the holder’s of an account with nothing more, once, and ends every session', async () => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    expect((await send(account)).status).toBe(204);
    const secret = await secretFor(account);
    expect(await offerOf(secret)).toMatchObject({ email: account.email, needs: 'nothing' });
    expect((await choose({ secret, password: next })).status).toBe(204);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
    expect((await signIn(account, next)).status).toBe(200);
    expect((await signIn(account, password)).status).toBe(401);
    expect((await choose({ secret, password: 'a third long password' })).status).toBe(404);
    expect(await subjectsTo(account)).toContain('signInChanged');
  });

  it('works for one of two who use it at once', async () => {
    const account = await clinic.addPhysician();
    await send(account);
    const secret = await secretFor(account);
    const answers = await Promise.all([choose({ secret, password: next }), choose({ secret, password: next })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
  });

  it('works for a day, not when another took its place, and not for who was let go', async () => {
    const [late, replaced, gone] = [
      await clinic.addPhysician(),
      await clinic.addPhysician(),
      await clinic.addPhysician(),
    ];
    for (const account of [replaced, gone, late]) await send(account);
    const [first, ofGone, ofLate] = [await secretFor(replaced), await secretFor(gone), await secretFor(late)];
    await send(replaced);
    expect((await choose({ secret: first, password: next })).status).toBe(404);
    await onHost(clinic, (context) => disableAccount(context, { by: 'host', staff: gone.id }));
    expect((await choose({ secret: ofGone, password: next })).status).toBe(404);
    expect((await send(gone)).status).toBe(409);
    clinic.advance(24.01);
    expect((await choose({ secret: ofLate, password: next })).status).toBe(404);
    expect((await choose({ secret: newToken(), password: next })).status).toBe(404);
    admin = await clinic.signIn(await clinic.addStaff('admin'));
  });

  it('takes a code of the app, or a recovery code', async () => {
    for (const kind of ['app', 'recovery'] as const) {
      const { account, code, codes } = await withTotp();
      await send(account);
      const secret = await secretFor(account);
      expect((await offerOf(secret)).needs).toBe('code');
      expect((await choose({ secret, password: next })).status).toBe(403);
      expect((await choose({ secret, password: next, code: '000000' })).status).toBe(409);
      const right = kind === 'app' ? await code() : codes[0];
      expect((await choose({ secret, password: next, code: right })).status).toBe(204);
    }
  });

  it('is sent by administrators alone, and not to themselves', async () => {
    const account = await clinic.addStaff('admin');
    const own = await clinic.signIn(account);
    expect((await send(account, own)).status).toBe(403);
    expect((await takeAway(account, own)).status).toBe(403);
    const nurse = await clinic.signIn(await clinic.addStaff('nurse'));
    expect((await send(account, nurse)).status).toBe(403);
    expect((await takeAway(account, nurse)).status).toBe(403);
  });

  it('isn’t mailed any more once it is of no use', async () => {
    const account = await clinic.addPhysician();
    await send(account);
    await takeAway(account);
    expect(await subjectsTo(account)).not.toContain('newPassword');
  });
});

it('is all in the platform’s log: a changed password, the mail of a link, its opening and its use', async () => {
  const account = await clinic.addPhysician();
  const browser = await clinic.signIn(account);
  const watch = await LogWatch.of(clinic);
  await change(browser, { current: password, next });
  await send(account);
  const secret = await secretFor(account);
  await offerOf(secret);
  await choose({ secret, password });
  await choose({ secret: newToken(), password });
  const resource = `account:${account.id}`;
  expect(await watch.take((entry) => entry.resource === resource)).toMatchObject([
    { action: 'factor:password', actor: account.id, outcome: 'allowed' },
    { action: 'people:resetSignIn:mail', role: 'admin', outcome: 'allowed' },
    { action: 'account:password:offer', actor: 'nobody', outcome: 'allowed' },
    { action: 'account:password', actor: account.id, outcome: 'allowed' },
  ]);
});

it('leaves no open link where the password was changed, or the account was closed', async () => {
  const [changed, gone] = [await clinic.addPhysician(), await clinic.addPhysician()];
  const browser = await clinic.signIn(changed);
  for (const account of [changed, gone]) await send(account);
  const [ofChanged, ofGone] = [await secretFor(changed), await secretFor(gone)];
  expect((await change(browser, { current: password, next })).status).toBe(204);
  expect((await choose({ secret: ofChanged, password })).status).toBe(404);
  await onHost(clinic, (context) => disableAccount(context, { by: 'host', staff: gone.id }));
  await onHost(clinic, (context) => enableAccount(context, { by: 'host', staff: gone.id }));
  expect((await choose({ secret: ofGone, password })).status).toBe(404);
});

describe('what was proven, and isn’t so any more when it is acted on', () => {
  const close = ({ id: staff }: Account) => onHost(clinic, (context) => disableAccount(context, { by: 'host', staff }));
  const endSessions = ({ id: staff }: Account) =>
    onHost(clinic, (context) => resetSignIn(context, { by: 'host', staff }));
  const endOnlySessions = ({ id }: Account) =>
    clinic.context.database.transaction((transaction) => endSessionsOf(transaction, id, clinic.context.now()));
  const replacePassword = async ({ id }: Account) => {
    const passwordHash = await hashPassword('a password of the owner');
    await clinic.context.database.update(staffTable).set({ passwordHash }).where(eq(staffTable.id, id));
  };

  it.each([
    ['the account was closed', close],
    ['its password was changed', replacePassword],
  ])('begins no session once %s', async (_, meanwhile) => {
    const account = await clinic.addPhysician();
    beforeNextAct(clinic, () => meanwhile(account));
    expect((await signIn(account, password)).status).toBe(401);
  });

  it('gives out no recovery codes once the session was ended', async () => {
    const { account, code } = await withTotp();
    const browser = clinic.visitor();
    await browser.send('POST', '/api/session', { body: { email: account.email, password, code: await code() } });
    beforeNextAct(clinic, () => endOnlySessions(account));
    const body = { password };
    expect((await browser.send('POST', '/api/session/factors/recovery-codes', { body })).status).toBe(401);
  });

  it.each([
    ['the session was ended', endSessions],
    ['somebody else changed it', replacePassword],
  ])('changes no password once %s', async (_, meanwhile) => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    beforeNextAct(clinic, () => meanwhile(account));
    expect((await change(browser, { current: password, next })).status).toBe(401);
    expect((await signIn(account, next)).status).toBe(401);
  });
});

describe('a lost authenticator app', () => {
  it('is forgotten, with every session, and its holder is told', async () => {
    const { account, browser } = await withTotp();
    const watch = await LogWatch.of(clinic);
    expect((await takeAway(account)).status).toBe(204);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
    expect((await signIn(account, password)).status).toBe(200);
    expect(await subjectsTo(account)).toContain('signInChanged');
    const entries = await watch.take(({ resource }) => resource === `account:${account.id}`);
    expect(entries.map(({ action }) => action)).toContain('people:resetSignIn');
  });

  it('takes two administrators, or the host, to be followed by a new password', async () => {
    const { account } = await withTotp();
    const second = await clinic.signIn(await clinic.addStaff('admin'));
    await send(account);
    const secret = await secretFor(account);
    await takeAway(account);
    // The link that was mailed before would take nothing beside it now.
    expect((await choose({ secret, password: next })).status).toBe(404);
    expect((await send(account)).status).toBe(409);
    expect((await send(account, second)).status).toBe(204);

    // What came in its place wasn't taken away by anybody.
    const { account: again } = await withTotp();
    await takeAway(again);
    const { code } = await withTotp(again);
    const browser = clinic.visitor();
    await browser.send('POST', '/api/session', { body: { email: again.email, password, code: await code() } });
    const ended = await browser.send('POST', '/api/session/factors/totp/removal', { body: { password } });
    expect(ended.status).toBe(204);
    expect((await send(again)).status).toBe(204);

    const { account: other } = await withTotp();
    await onHost(clinic, (context) => resetSignIn(context, { by: 'host', staff: other.id }));
    expect((await send(other)).status).toBe(204);
  });
});

describe('a new device', () => {
  it('is told by mail, in both languages, without a word of where or in what; the first one isn’t', async () => {
    const account = await clinic.addPhysician();
    await clinic.signIn(account);
    expect(await subjectsTo(account)).toEqual([]);
    const known = await clinic.signIn(account);
    const mails = await mailTo(clinic, account.email);
    expect(mails).toMatchObject([
      { kind: 'newDevice', subject: 'A new device signed in / Se ha conectado un dispositivo nuevo' },
    ]);
    expect(mails[0]?.text).toContain(`${clinic.origin}/sessions/`);
    expect(mails[0]?.text).not.toMatch(/127\.0\.0\.1|Firefox|Chrome|Test Clinic|Dr Test/);
    await known.send('POST', '/api/session', { body: { email: account.email, password } });
    expect(await subjectsTo(account)).toEqual(['newDevice']);
  });

  it('fills nobody’s mailbox', async () => {
    const account = await clinic.addPhysician();
    for (let count = 0; count < 13; count += 1) await clinic.signIn(account);
    expect(await subjectsTo(account)).toHaveLength(10);
  });
});

describe('who has a passkey', () => {
  it('changes their password only where it has come to the session, and follows a link only with it', async () => {
    const records = await Records.start(undefined, { passwordSessions: 'limited', idleLockSeconds: 3600 });
    try {
      const person = await records.enrolled('physician', 'Dr Both');
      const account = records.accountOf(person);
      expect((await change(person.browser, { current: password, next })).status).toBe(403);
      const withPasskey = (await records.signedInAgain(person)).browser;
      expect((await change(withPasskey, { current: password, next })).status).toBe(204);

      const first = await records.enrolled('admin', 'Ada Admin');
      const byAdmin = (await records.signedInAgain(first)).browser;
      expect((await send(account, first.browser)).status).toBe(403);
      expect((await send(account, byAdmin)).status).toBe(204);
      // Where passwords aren't all there is, no officer reads somebody's link.
      expect(await secretFor(account, records.clinic, records.officers[0]?.browser)).toBe('');
      expect((await send(account, byAdmin)).status).toBe(204);
      const secret = await newPasswordSecret(records.clinic, account.email);
      expect((await offerOf(secret, records.clinic)).needs).toBe('passkey');
      expect((await choose({ secret, password }, records.clinic.visitor())).status).toBe(403);
      expect((await choose({ secret, password }, byAdmin)).status).toBe(403);
      const left = (await records.signedInAgain(person)).browser;
      records.clinic.advance(1.1);
      expect((await choose({ secret, password }, left)).status).toBe(403);
      expect((await choose({ secret, password }, (await records.signedInAgain(person)).browser)).status).toBe(204);
    } finally {
      await records.close();
    }
  }, 120_000);
});
