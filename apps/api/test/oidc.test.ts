import { clientConfig, staffSession } from '@sotto/protocol/clinic';
import { staffPeople } from '@sotto/protocol/people';
import { oidcStart, ownSessions } from '@sotto/protocol/signIn';
import { eq } from 'drizzle-orm';
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { disableAccount } from '../src/administration.ts';
import { hashToken, newToken } from '../src/opaqueToken.ts';
import { oidcAttemptTable } from '../src/schema.ts';
import { createVisit, password } from './clinic.ts';
import { mailTo } from './mailTo.ts';
import { factorsOf, handIn, OidcPlace, redirectUri } from './oidcPlace.ts';
import { onHost } from './onHost.ts';
import { LogWatch } from './platformLog.ts';

let place: OidcPlace;
beforeAll(async () => {
  place = await OidcPlace.start();
});
afterAll(() => place.close());

const cookieName = '__Host-sotto-oidc';
const refused = { status: 401, json: { code: 'unauthenticated' } };

describe('signing in through the clinic’s provider', () => {
  it('is offered by the name that staff know it by', async () => {
    const { json } = await place.clinic.visitor().send('GET', '/api/config');
    expect(clientConfig.parse(json).provider).toEqual({ label: 'Example ID', asksAnew: true });
  });

  it('asks for a code by PKCE, behind the #, and for the one page that is registered', async () => {
    const browser = place.clinic.visitor();
    const answer = await browser.send('POST', '/api/session/oidc/start');
    const { searchParams, origin } = new URL(oidcStart.parse(answer.json).url);
    expect(origin).toBe(place.provider.issuer);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ...{ response_type: 'code', response_mode: 'fragment', scope: 'openid', code_challenge_method: 'S256' },
      ...{ redirect_uri: redirectUri, prompt: 'login' },
    });
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/^__Host-sotto-oidc=/);
    expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Strict/);
    const [state, nonce, verifier = ''] = (browser.cookies.get(cookieName) ?? '').split('.');
    expect(searchParams.get('state')).toBe(state);
    expect(searchParams.get('nonce')).toBe(nonce);
    expect(answer.body.toString()).not.toContain(verifier);
  });

  it('lets in who has bound it to their account, to plan and never to host, and says how the provider knows', async () => {
    const { account } = await place.bound('planner');
    const browser = place.clinic.visitor();
    place.provider.spoilNext((claims) => ({ ...claims, acr: 'urn:example:gold', amr: ['pwd', 'otp'] }));
    const answer = await place.signIn(browser, 'planner');
    expect(staffSession.parse(answer.json)).toMatchObject({
      ...{ staff: { id: account.id }, method: 'oidc', mayHost: false },
    });
    expect(browser.cookies.has(cookieName)).toBe(false);
    const visit = await createVisit(browser, place.clinic);
    const ticket = await browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf: 'L'.repeat(43) } });
    expect(ticket.status).toBe(403);
    const { sessions } = ownSessions.parse((await browser.send('GET', '/api/sessions')).json);
    expect(sessions.find(({ isThis }) => isThis)).toMatchObject({ method: 'oidc', said: 'urn:example:gold pwd otp' });
  });

  it('lets in nobody whom no account knows, whatever the provider calls them', async () => {
    const { email } = await place.clinic.addPhysician();
    for (const login of ['nobody-bound-it', email]) {
      expect(await place.signIn(place.clinic.visitor(), login)).toMatchObject({ status: 404 });
    }
  });

  it('lets in nobody whose account is disabled', async () => {
    const { account } = await place.bound('let-go');
    await onHost(place.clinic, (context) => disableAccount(context, { by: 'host', staff: account.id }));
    expect(await place.signIn(place.clinic.visitor(), 'let-go')).toMatchObject({ status: 404 });
  });

  it('takes an answer once, within ten minutes, and from the browser alone that was sent', async () => {
    await place.bound('once');
    const browser = place.clinic.visitor();
    const returned = await place.depart(browser, 'once');
    const cookie = browser.cookies.get(cookieName) ?? '';
    // A browser that nobody sent: an answer that somebody else got, brought to it by a link.
    expect(await handIn(place.clinic.visitor(), returned)).toMatchObject(refused);
    const sent = place.clinic.visitor();
    await sent.send('POST', '/api/session/oidc/start');
    expect(await handIn(sent, returned)).toMatchObject(refused);
    // It goes on with its own.
    expect(sent.cookies.has(cookieName)).toBe(true);
    expect((await handIn(browser, returned)).status).toBe(200);
    browser.cookies.set(cookieName, cookie);
    expect(await handIn(browser, returned)).toMatchObject(refused);

    const late = place.clinic.visitor();
    const answer = await place.depart(late, 'once');
    place.clinic.advance(10 / 60 + 0.001);
    expect(await handIn(late, answer)).toMatchObject(refused);
  });

  it('takes neither a code of another attempt, nor one that was used, nor an answer of another issuer', async () => {
    await place.bound('mixed');
    const [first, second] = [place.clinic.visitor(), place.clinic.visitor()];
    const [one, other] = [await place.depart(first, 'mixed'), await place.depart(second, 'mixed')];
    // PKCE and nonce are of the attempt.
    expect(await handIn(first, { ...one, code: other.code })).toMatchObject(refused);
    const third = place.clinic.visitor();
    const elsewhere = await place.depart(third, 'mixed');
    expect(await handIn(third, { ...elsewhere, iss: 'https://evil.example' })).toMatchObject(refused);
    const fourth = place.clinic.visitor();
    const silent = await place.depart(fourth, 'mixed');
    expect(await handIn(fourth, { code: silent.code, state: silent.state })).toMatchObject(refused);
    const fifth = place.clinic.visitor();
    const used = await place.depart(fifth, 'mixed');
    const cookie = fifth.cookies.get(cookieName) ?? '';
    await handIn(fifth, used);
    const again = place.clinic.visitor();
    await again.send('POST', '/api/session/oidc/start');
    const [state = ''] = (again.cookies.get(cookieName) ?? '').split('.');
    expect(cookie).not.toContain(state);
    expect(await handIn(again, { ...used, state })).toMatchObject(refused);
  });

  it('takes no code twice, not even to the attempt that it is of', async () => {
    const { account } = await place.bound('replayed');
    const browser = place.clinic.visitor();
    const returned = await place.depart(browser, 'replayed');
    const cookie = browser.cookies.get(cookieName) ?? '';
    const { database } = place.clinic.context;
    const [row] = await database
      .select()
      .from(oidcAttemptTable)
      .where(eq(oidcAttemptTable.cookieHash, hashToken(cookie)));
    if (row === undefined) throw new Error('no attempt');
    expect(staffSession.parse((await handIn(browser, returned)).json).staff.id).toBe(account.id);
    await database.insert(oidcAttemptTable).values(row);
    browser.cookies.set(cookieName, cookie);
    expect(await handIn(browser, returned)).toMatchObject(refused);
    expect(await database.$count(oidcAttemptTable, eq(oidcAttemptTable.cookieHash, hashToken(cookie)))).toBe(0);
  });

  it.each([
    ['another nonce', { nonce: newToken() }],
    ['no nonce', { nonce: undefined }],
    ['another audience', { aud: 'another-client' }],
    ['an audience beside ours, to whom it was given', { aud: ['sotto', 'another'], azp: 'another' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an end that has passed', { exp: 1_000_000_000 }],
    ['a sign-in there long before', { auth_time: 1_000_000_000 }],
    ['no word of when somebody signed in there', { auth_time: undefined }],
    ['nobody in it', { sub: undefined }],
    ['a longer name for somebody than there are', { sub: 'x'.repeat(256) }],
  ])('refuses an ID token with %s', async (_, change) => {
    await place.bound(`spoiled ${_}`);
    const browser = place.clinic.visitor();
    const returned = await place.depart(browser, `spoiled ${_}`);
    place.provider.spoilNext((claims) => JSON.parse(JSON.stringify({ ...claims, ...change })) as typeof claims);
    expect(await handIn(browser, returned)).toMatchObject(refused);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
  });

  it('refuses an ID token that the provider’s key didn’t sign', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const browser = place.clinic.visitor();
    const returned = await place.depart(browser, 'forged');
    place.provider.spoilNext((claims) => claims, privateKey);
    expect(await handIn(browser, returned)).toMatchObject(refused);
  });

  it('goes on after the provider has changed its keys', async () => {
    await place.bound('rotated');
    await place.provider.rotateKeys();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    try {
      expect((await place.signIn(place.clinic.visitor(), 'rotated')).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says so while the provider doesn’t answer, and other ways in stay', async () => {
    const { account } = await place.bound('down');
    const browser = place.clinic.visitor();
    const returned = await place.depart(browser, 'down');
    const giveBack = vi.spyOn(place.clinic.context.limits.signInByAddress, 'giveBack');
    await place.provider.setDown(true);
    try {
      expect(await handIn(browser, returned)).toMatchObject({ status: 503, json: { code: 'unavailable' } });
      // Nobody is shut out for what the provider can't do.
      expect(giveBack).toHaveBeenCalledTimes(1);
      await place.clinic.signIn(account);
      expect(place.clinic.log.join('\n')).toContain('oidcUnavailable');
      expect(place.clinic.log.join('\n')).not.toContain(returned.code);
    } finally {
      giveBack.mockRestore();
      await place.provider.setDown(false);
    }
  });
});

it('is all in the platform’s log: who binds, comes in and unbinds', async () => {
  const watch = await LogWatch.of(place.clinic);
  const { account, browser } = await place.bound('recorded');
  await place.signIn(place.clinic.visitor(), 'recorded');
  await browser.send('POST', '/api/session/factors/oidc/removal', { body: { password } });
  const entries = await watch.take(({ resource }) => resource === `account:${account.id}`);
  expect(entries.map(({ action, actor, outcome }) => [action, actor === account.id, outcome])).toEqual(
    ['session:begin:password', 'factor:bind', 'session:begin:oidc', 'factor:unbind'].map((one) => [
      one,
      true,
      'allowed',
    ]),
  );
});

describe('an invitation that is taken up through the provider', () => {
  async function invited() {
    const admin = await place.clinic.signIn(await place.clinic.addStaff('admin'));
    const email = `${newToken().slice(0, 8).toLowerCase()}@clinic.example`;
    const body = { name: 'New Colleague', email, role: 'nurse', locale: 'en' };
    expect((await admin.send('POST', '/api/people/invitations', { body })).status).toBe(204);
    const [mail] = await mailTo(place.clinic, email);
    const secret = /\/account\/#(\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
    const accept = (login: string, browser = place.clinic.visitor()) =>
      place.depart(browser, login, '/api/account/oidc', { secret }).then((returned) => handIn(browser, returned));
    return { admin, email, secret, accept };
  }

  it('begins the account, once, without a password, and signs its holder in', async () => {
    const { email, secret, accept } = await invited();
    const browser = place.clinic.visitor();
    const answer = await accept('newcomer', browser);
    expect(staffSession.parse(answer.json)).toMatchObject({
      ...{ staff: { name: 'New Colleague', roles: ['nurse'] }, method: 'oidc', mayHost: false },
    });
    expect(await factorsOf(browser)).toMatchObject({ hasPassword: false, isBound: true });
    expect((await place.clinic.visitor().send('POST', '/api/account/oidc', { body: { secret } })).status).toBe(404);
    expect((await place.signIn(place.clinic.visitor(), 'newcomer')).status).toBe(200);
    const byPassword = place.clinic.visitor().send('POST', '/api/session', { body: { email, password } });
    expect((await byPassword).status).toBe(401);
    // Nothing proves them but the provider: neither factors nor the way in are changed by that alone.
    for (const path of ['/api/session/factors/oidc/removal', '/api/session/factors/totp']) {
      expect((await browser.send('POST', path, { body: { password: null } })).status).toBe(403);
    }
  });

  it('is refused to whom another account knows, and stays open', async () => {
    await place.bound('known-already');
    const { accept } = await invited();
    expect((await accept('known-already')).status).toBe(409);
    expect((await accept('not-known-yet')).status).toBe(200);
  });

  it('is over once it was withdrawn, also for who is at the provider meanwhile', async () => {
    const { admin, email, secret } = await invited();
    const browser = place.clinic.visitor();
    const returned = await place.depart(browser, 'withdrawn', '/api/account/oidc', { secret });
    const { invitations } = staffPeople.parse((await admin.send('GET', '/api/people')).json);
    const id = invitations.find((one) => one.email === email)?.id ?? '';
    await admin.send('DELETE', `/api/people/invitations/${id}`);
    expect((await handIn(browser, returned)).status).toBe(404);
  });
});
