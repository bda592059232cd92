import { staffPeople } from '@sotto/protocol/people';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disableAccount, disableSuspended, enableAccount, suspendAccount } from '../src/administration.ts';
import { staffIdentityTable, staffSessionTable } from '../src/schema.ts';
import { resetSignIn } from '../src/signInReset.ts';
import { type Account, password } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { mailTo, newPasswordSecret } from './mailTo.ts';
import { factorsOf, handIn, OidcPlace } from './oidcPlace.ts';
import { onHost } from './onHost.ts';
import { beforeNextAct } from './platformLog.ts';

let place: OidcPlace;
beforeAll(async () => {
  place = await OidcPlace.start();
});
afterAll(() => place.close());

describe('binding the provider’s word to an account', () => {
  it('takes its holder, with their password, and is told by mail', async () => {
    const account = await place.clinic.addPhysician();
    const browser = await place.clinic.signIn(account);
    const start = (body: object) => browser.send('POST', '/api/session/factors/oidc', { body });
    expect((await start({ password: null })).status).toBe(403);
    expect((await start({ password: 'not this one at all' })).status).toBe(409);
    expect((await factorsOf(browser)).isBound).toBe(false);
    expect((await place.bind(browser, 'holder')).status).toBe(204);
    expect(await factorsOf(browser)).toMatchObject({ isBound: true, hasPassword: true });
    expect(await mailTo(place.clinic, account.email)).toMatchObject([{ kind: 'signInChanged' }]);
  });

  it('takes a passkey that was shown just now, or the password', async () => {
    const account = await place.clinic.addPhysician();
    const browser = await place.clinic.signIn(account);
    const { database, now } = place.clinic.context;
    await database.update(staffSessionTable).set({ passkeyAt: now() }).where(eq(staffSessionTable.staffId, account.id));
    const start = (body: object) => browser.send('POST', '/api/session/factors/oidc', { body });
    expect((await start({ password: null })).status).toBe(201);
    place.clinic.advance(5.1 / 60);
    expect((await factorsOf(browser)).hasFreshPasskey).toBe(false);
    expect((await start({ password: null })).status).toBe(403);
    expect((await start({ password })).status).toBe(201);
  });

  it('is of one account, and an account has one', async () => {
    const { browser } = await place.bound('only-one');
    expect((await place.bind(browser, 'another-one')).status).toBe(409);
    const other = await place.clinic.physician();
    expect((await place.bind(other, 'only-one')).status).toBe(409);
    expect((await factorsOf(other)).isBound).toBe(false);
  });

  it('is nobody’s who signs in between, and nobody’s who has signed out', async () => {
    const browser = await place.clinic.physician();
    const returned = await place.depart(browser, 'between', '/api/session/factors/oidc', { password });
    const { email } = await place.clinic.addPhysician();
    await browser.send('POST', '/api/session', { body: { email, password } });
    expect((await handIn(browser, returned)).status).toBe(403);
    const other = await place.clinic.physician();
    const answer = await place.depart(other, 'between', '/api/session/factors/oidc', { password });
    await other.send('DELETE', '/api/session');
    expect((await handIn(other, answer)).status).toBe(401);
    expect((await place.signIn(place.clinic.visitor(), 'between')).status).toBe(404);
  });

  it('is nobody’s whose session was ended while they came back', async () => {
    const account = await place.clinic.addPhysician();
    const browser = await place.clinic.signIn(account);
    const returned = await place.depart(browser, 'too late', '/api/session/factors/oidc', { password });
    beforeNextAct(place.clinic, () =>
      onHost(place.clinic, (context) => resetSignIn(context, { by: 'host', staff: account.id })),
    );
    expect((await handIn(browser, returned)).status).toBe(401);
    expect((await factorsOf(await place.clinic.signIn(account))).isBound).toBe(false);
  });

  it('is nobody’s who comes back after five minutes', async () => {
    const browser = await place.clinic.physician();
    const returned = await place.depart(browser, 'slow', '/api/session/factors/oidc', { password });
    place.clinic.advance(5.1 / 60);
    expect((await handIn(browser, returned)).status).toBe(401);
    expect((await factorsOf(browser)).isBound).toBe(false);
  });

  it('isn’t begun, and doesn’t come to be, while its holder is suspended', async () => {
    const account = await place.clinic.addPhysician();
    const browser = await place.clinic.signIn(account);
    const returned = await place.depart(browser, 'suspended', '/api/session/factors/oidc', { password });
    await onHost(place.clinic, (context) => suspendAccount(context, { by: 'host', staff: account.id }));
    expect((await handIn(browser, returned)).status).toBe(403);
    expect((await browser.send('POST', '/api/session/factors/oidc', { body: { password } })).status).toBe(403);
    expect((await browser.send('GET', '/api/session/factors')).status).toBe(403);
    const isOfAccount = eq(staffIdentityTable.staffId, account.id);
    expect(await place.clinic.context.database.$count(staffIdentityTable, isOfAccount)).toBe(0);
  });

  it('ends by its holder’s password, and not by a session that the provider began', async () => {
    const { browser, account } = await place.bound('ending');
    const end = (by: typeof browser, body: object) => by.send('POST', '/api/session/factors/oidc/removal', { body });
    const byProvider = place.clinic.visitor();
    await place.signIn(byProvider, 'ending');
    expect((await end(byProvider, { password: null })).status).toBe(403);
    expect((await end(browser, { password })).status).toBe(204);
    expect((await byProvider.send('GET', '/api/session')).status).toBe(401);
    expect((await end(browser, { password })).status).toBe(404);
    expect((await place.signIn(place.clinic.visitor(), 'ending')).status).toBe(404);
    expect((await place.bind(await place.clinic.signIn(account), 'ending')).status).toBe(204);
  });
});

describe('what a thief bound to somebody’s account', () => {
  const admin = async () => place.clinic.signIn(await place.clinic.addStaff('admin'));
  const isBoundOf = async (by: HttpClient, id: string) =>
    staffPeople.parse((await by.send('GET', '/api/people')).json).people.find((one) => one.id === id)?.isBound;

  it.each([
    [
      'an administrator took away what they had beside the password',
      async ({ id }: Account) => {
        expect((await (await admin()).send('POST', `/api/people/${id}/sign-in-reset`)).status).toBe(204);
      },
    ],
    [
      'they chose a new password by a link',
      async ({ id, email }: Account) => {
        await (await admin()).send('POST', `/api/people/${id}/new-password`, { body: { locale: 'en' } });
        const body = { secret: await newPasswordSecret(place.clinic, email), password: 'another long password' };
        expect((await place.clinic.visitor().send('POST', '/api/account/new-password', { body })).status).toBe(204);
      },
    ],
    [
      'they changed their password',
      async (account: Account) => {
        const owner = await place.clinic.signIn(account);
        const body = { current: password, next: 'another long password' };
        expect((await owner.send('POST', '/api/session/password', { body })).status).toBe(204);
      },
    ],
    [
      'the account was suspended, closed and opened',
      async ({ id: staff }: Account) => {
        for (const act of [suspendAccount, disableSuspended, enableAccount]) {
          expect(await onHost(place.clinic, (context) => act(context, { by: 'host', staff }))).toMatchObject({
            ok: true,
          });
        }
      },
    ],
    [
      'the account was closed and opened',
      async ({ id: staff }: Account) => {
        await onHost(place.clinic, (context) => disableAccount(context, { by: 'host', staff }));
        await onHost(place.clinic, (context) => enableAccount(context, { by: 'host', staff }));
      },
    ],
  ])('lets nobody in once %s', async (_, recover) => {
    const { account } = await place.bound(`thief ${_}`);
    const thief = place.clinic.visitor();
    expect((await place.signIn(thief, `thief ${_}`)).status).toBe(200);
    const by = await admin();
    expect(await isBoundOf(by, account.id)).toBe(true);
    await recover(account);
    expect(await isBoundOf(by, account.id)).toBe(false);
    expect((await thief.send('GET', '/api/session')).status).toBe(401);
    expect((await place.signIn(place.clinic.visitor(), `thief ${_}`)).status).toBe(404);
  });
});
