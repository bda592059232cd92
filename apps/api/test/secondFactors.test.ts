import { staffSession } from '@sotto/protocol/clinic';
import { newTotp, recoveryCodes, secondFactors } from '@sotto/protocol/signIn';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suspendAccount } from '../src/administration.ts';
import { recoveryCodeTable, staffTotpTable } from '../src/schema.ts';
import { resetSignIn } from '../src/signInReset.ts';
import { type Account, createVisit, leaf, password, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { mailTo } from './mailTo.ts';
import { onHost } from './onHost.ts';

const path = '/api/session/factors';
const wrongStep = { status: 202, json: { needs: 'code', isWrong: true } };

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const proof = { password };

/** The code of an authenticator app, so many steps away from now. */
const codeOf = (secret: string, steps = 0) =>
  generate({ secret, epoch: Math.floor(clinic.context.now().getTime() / 1000) + steps * 30 });

/** Goes on to the next step of time, so that the next code wasn't taken yet. */
const nextStep = () => clinic.advance(30 / 3600);

/** Everything that changes how somebody signs in. */
const changes = [
  ['/totp', proof],
  ['/totp/confirmation', { code: '000000' }],
  ['/totp/removal', proof],
  ['/recovery-codes', proof],
] as const;

const attempt = ({ email }: Account, code?: string, browser = clinic.visitor()) =>
  browser.send('POST', '/api/session', { body: { email, password, ...(code === undefined ? {} : { code }) } });

interface WithTotp {
  readonly account: Account;
  readonly browser: HttpClient;
  readonly secret: string;
  readonly codes: readonly string[];
}

async function withTotp(): Promise<WithTotp> {
  const account = await clinic.addPhysician();
  const browser = await clinic.signIn(account);
  const { secret, uri } = newTotp.parse((await browser.send('POST', `${path}/totp`, { body: proof })).json);
  expect(new URL(uri).searchParams.get('secret')).toBe(secret);
  const answer = await browser.send('POST', `${path}/totp/confirmation`, { body: { code: await codeOf(secret) } });
  const { codes } = recoveryCodes.parse(answer.json);
  nextStep();
  return { account, browser, secret, codes };
}

describe('a code of an authenticator app', () => {
  it('counts once it was confirmed, and from then on the password alone lets nobody in', async () => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    const state = async () => secondFactors.parse((await browser.send('GET', path)).json);
    expect(await state()).toMatchObject({ totp: 'none', recoveryCodes: 0, needsPassword: true });
    const { secret } = newTotp.parse((await browser.send('POST', `${path}/totp`, { body: proof })).json);
    expect(await state()).toMatchObject({ totp: 'waiting', recoveryCodes: 0, needsPassword: true });
    expect((await attempt(account)).status).toBe(200);
    const confirm = (code: string) => browser.send('POST', `${path}/totp/confirmation`, { body: { code } });
    expect(await confirm(await codeOf(secret, 40))).toMatchObject({ status: 409 });
    expect((await confirm(await codeOf(secret))).status).toBe(200);
    expect(await state()).toMatchObject({ totp: 'on', recoveryCodes: 10, needsPassword: true });
    const refused = await attempt(account);
    expect([refused.status, refused.json]).toEqual([202, { needs: 'code', isWrong: false }]);
    expect(refused.headers['set-cookie']).toBeUndefined();
  });

  it('lets in once, one step early or late, and never twice', async () => {
    const { account, secret } = await withTotp();
    clinic.advance(1);
    for (const steps of [-2, 2]) expect(await attempt(account, await codeOf(secret, steps))).toMatchObject(wrongStep);
    const early = await codeOf(secret, -1);
    expect((await attempt(account, early)).status).toBe(200);
    expect(await attempt(account, early)).toMatchObject(wrongStep);
    const late = await codeOf(secret, 1);
    const both = await Promise.all([attempt(account, late), attempt(account, late)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 202]);
    // What came before the last one that was taken is over too.
    expect(await attempt(account, await codeOf(secret))).toMatchObject(wrongStep);
  });

  it('is refused, and nothing breaks, where the clock was set back behind the last one', async () => {
    const { account, secret } = await withTotp();
    expect((await attempt(account, await codeOf(secret))).status).toBe(200);
    clinic.advance(-1);
    expect(await attempt(account, await codeOf(secret))).toMatchObject(wrongStep);
    clinic.advance(1);
  });

  it('begins a session that makes visits and hosts none, also where a password may', async () => {
    const { account, secret } = await withTotp();
    const browser = clinic.visitor();
    const session = staffSession.parse((await attempt(account, await codeOf(secret), browser)).json);
    expect(session).toMatchObject({ method: 'totp', mayHost: false });
    const visit = await createVisit(browser, clinic);
    const ticket = await browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    expect(ticket).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });

  it('helps nobody who hasn’t the password, and says nothing to them', async () => {
    const { account, secret } = await withTotp();
    const body = { email: account.email, password: 'wrong', code: await codeOf(secret) };
    expect(await clinic.visitor().send('POST', '/api/session', { body })).toMatchObject({
      ...{ status: 401, json: { code: 'unauthenticated' } },
    });
  });

  it('isn’t guessed: ten wrong ones in 15 minutes are all', async () => {
    const { account, secret } = await withTotp();
    for (let index = 0; index < 10; index++) expect(await attempt(account, '000000')).toMatchObject({ status: 202 });
    expect(await attempt(account, await codeOf(secret))).toMatchObject({ status: 429 });
  });

  it('is kept sealed, as recovery codes are kept hashed', async () => {
    const { secret, codes } = await withTotp();
    const rows = [
      ...(await clinic.context.database.select().from(staffTotpTable)),
      ...(await clinic.context.database.select().from(recoveryCodeTable)),
    ];
    const stored = rows
      .flatMap((row) => Object.values<unknown>(row))
      .flatMap((value) => (value instanceof Uint8Array ? [Buffer.from(value).toString('latin1')] : []));
    expect(stored.length).toBeGreaterThan(10);
    for (const told of [secret, ...codes, ...codes.map((code) => code.replaceAll('-', ''))]) {
      expect(stored.some((one) => one.includes(told))).toBe(false);
    }
  });
});

describe('a recovery code', () => {
  it('lets in once, however it is typed, into a session that hosts nothing', async () => {
    const { account, codes, browser } = await withTotp();
    expect(new Set(codes).size).toBe(10);
    const [first = '', second = ''] = codes;
    expect(first).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
    const session = staffSession.parse((await attempt(account, first)).json);
    expect(session).toMatchObject({ method: 'recovery', mayHost: false });
    expect(await attempt(account, first)).toMatchObject(wrongStep);
    expect((await attempt(account, ` ${second.toUpperCase().replaceAll('-', ' ')}`)).status).toBe(200);
    expect(secondFactors.parse((await browser.send('GET', path)).json).recoveryCodes).toBe(8);
  });

  it('is one of ten, also where two renewals come at once', async () => {
    const { account, browser, secret } = await withTotp();
    await attempt(account, await codeOf(secret), browser);
    const renew = () => browser.send('POST', `${path}/recovery-codes`, { body: proof });
    const renewed = await Promise.all(Array.from({ length: 6 }, renew));
    expect(renewed.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(secondFactors.parse((await browser.send('GET', path)).json).recoveryCodes).toBe(10);
  });

  it('is made for nobody without an authenticator app', async () => {
    const browser = await clinic.physician();
    expect(await browser.send('POST', `${path}/recovery-codes`, { body: proof })).toMatchObject({ status: 404 });
  });

  it('is nobody else’s', async () => {
    const [one, other] = [await withTotp(), await withTotp()];
    expect(await attempt(other.account, one.codes[0])).toMatchObject(wrongStep);
  });

  it('is replaced by new ones', async () => {
    const { account, secret, codes } = await withTotp();
    const browser = clinic.visitor();
    await attempt(account, await codeOf(secret), browser);
    const renewed = recoveryCodes.parse(
      (await browser.send('POST', `${path}/recovery-codes`, { body: proof })).json,
    ).codes;
    expect(await attempt(account, codes[0])).toMatchObject(wrongStep);
    expect((await attempt(account, renewed[0])).status).toBe(200);
  });
});

it('is forgotten by an act on the clinic’s host, where it was lost or stolen, and everybody is out', async () => {
  const { account, browser } = await withTotp();
  const other = await withTotp();
  const acts: object[] = [];
  const reset = () =>
    clinic.context.database.transaction((database) =>
      resetSignIn(
        { ...clinic.context, database, tell: (act) => void acts.push(act) },
        { by: 'host', staff: account.id },
      ),
    );
  expect(await reset()).toMatchObject({ ok: true });
  expect(acts).toEqual([{ action: 'people:resetSignIn', by: 'host', staff: account.id }]);
  expect((await browser.send('GET', '/api/session')).status).toBe(401);
  const anew = clinic.visitor();
  expect((await attempt(account, undefined, anew)).status).toBe(200);
  expect((await anew.send('GET', path)).json).toMatchObject({ totp: 'none', recoveryCodes: 0 });
  expect((await other.browser.send('GET', path)).json).toMatchObject({ totp: 'on', recoveryCodes: 10 });
});

describe('a session that a password alone began', () => {
  it('changes nothing without the password, which it tries ten times', async () => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    const begin = (body: object) => browser.send('POST', `${path}/totp`, { body });
    expect(await begin({ password: null })).toMatchObject({ status: 403 });
    for (let index = 0; index < 10; index++) expect(await begin({ password: 'wrong' })).toMatchObject({ status: 409 });
    expect(await begin(proof)).toMatchObject({ status: 429 });
    expect(secondFactors.parse((await browser.send('GET', path)).json)).toMatchObject({ totp: 'none' });
    // Whoever has the session doesn't keep the owner out.
    expect((await (await clinic.signIn(account)).send('POST', `${path}/totp`, { body: proof })).status).toBe(201);
  });

  it('is over once another one has had codes asked for, unless they asked for them', async () => {
    const account = await clinic.addPhysician();
    const [asking, other] = [await clinic.signIn(account), await clinic.signIn(account)];
    const stranger = await clinic.physician();
    const { secret } = newTotp.parse((await asking.send('POST', `${path}/totp`, { body: proof })).json);
    const statuses = async () =>
      Promise.all([asking, other, stranger].map(async (one) => (await one.send('GET', '/api/session')).status));
    expect(await statuses()).toEqual([200, 200, 200]);
    await asking.send('POST', `${path}/totp/confirmation`, { body: { code: await codeOf(secret) } });
    expect(await statuses()).toEqual([200, 401, 200]);
  });

  it('changes nothing once there is more than the password', async () => {
    const { browser, account, secret } = await withTotp();
    for (const [to, body] of changes) {
      expect([to, await browser.send('POST', `${path}${to}`, { body })]).toMatchObject([to, { status: 403 }]);
    }
    const better = clinic.visitor();
    await attempt(account, await codeOf(secret), better);
    expect((await better.send('POST', `${path}/totp/removal`, { body: proof })).status).toBe(204);
    expect((await attempt(account)).status).toBe(200);
  });
});

it('is told by mail each time: an app that is confirmed, other recovery codes, an app that is ended', async () => {
  const { account, secret } = await withTotp();
  const told = async () => (await mailTo(clinic, account.email)).filter(({ kind }) => kind === 'signInChanged').length;
  expect(await told()).toBe(1);
  const browser = clinic.visitor();
  await attempt(account, await codeOf(secret), browser);
  expect((await browser.send('POST', `${path}/recovery-codes`, { body: proof })).status).toBe(201);
  expect(await told()).toBe(2);
  expect((await browser.send('POST', `${path}/totp/removal`, { body: proof })).status).toBe(204);
  expect(await told()).toBe(3);
});

it('stays as it is while its holder is suspended, and so does the password', async () => {
  const account = await clinic.addPhysician();
  const browser = await clinic.signIn(account);
  await onHost(clinic, (context) => suspendAccount(context, { by: 'host', staff: account.id }));
  for (const [to, body] of changes) {
    expect([to, await browser.send('POST', `${path}${to}`, { body })]).toMatchObject([to, { status: 403 }]);
  }
  const body = { current: password, next: 'another long password' };
  expect((await browser.send('POST', '/api/session/password', { body })).status).toBe(403);
});

it('is nobody’s without a session', async () => {
  expect(await clinic.visitor().send('GET', path)).toMatchObject({ status: 401 });
  for (const [to, body] of changes) {
    expect([to, await clinic.visitor().send('POST', `${path}${to}`, { body })]).toMatchObject([to, { status: 401 }]);
  }
});
