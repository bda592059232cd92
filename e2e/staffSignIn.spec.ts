import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { SignInPage } from './pages/signInPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, enrol, letInOfficers, type Person } from './people.ts';

test.use({ ownSystem: 'staffSignIn' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a physician with a passkey', () => {
    let officers: Person[] = [];
    let physician: Person;

    test.beforeAll(async ({ system, physicianBrowser }) => {
      for (const account of system.officers) officers.push(await arrive(physicianBrowser, system, account));
      physician = await arrive(physicianBrowser, system, system.physician);
      await letInOfficers(system, officers);
      const [officer] = officers;
      if (!officer) throw new Error('no officer');
      await enrol(system, officer, physician);
    });

    test.afterAll(async () => {
      for (const { context } of [...officers, physician]) await close(context);
      officers = [];
    });

    test('isn’t let in by the password alone', async ({ system }) => {
      const { page, authenticator } = physician;
      await page.getByRole('button', { name: 'Sign out' }).click();
      // The finger of somebody else: what the browser offers by itself comes to nothing.
      await authenticator.recognise(false);
      const signIn = new SignInPage(page);
      await signIn.open(system.web);
      await expect(signIn.passkeyButton).toBeVisible();
      await expectAccessible(page, 'signing in');
      await signIn.signIn(system.physician.email, system.physician.password);
      await expect(page.getByText('Your account needs your passkey')).toBeVisible();
      await expect(page.getByLabel('Password')).toHaveValue('');
      expect(await page.evaluate(async () => (await fetch('/api/session')).status)).toBe(401);
    });

    test('is told why the passkey of a wrong finger let nobody in, and gets in with the right one', async () => {
      const { page, authenticator } = physician;
      const signIn = new SignInPage(page);
      await signIn.passkeyButton.click();
      await expect(page.getByRole('alert')).toContainText('Nobody was signed in');
      await authenticator.recognise(true);
      await signIn.passkeyButton.click();
      await page.waitForURL(/\/today\/$/u);
      const session = await page.evaluate(async () => (await (await fetch('/api/session')).json()) as unknown);
      expect(session).toMatchObject({ method: 'passkey', mayHost: true });
    });

    test('hosts a visit from that session', async () => {
      const { page } = physician;
      const today = new TodayPage(page);
      await today.createVisit('Signe Passkey');
      const call = await (await today.startVisit('Signe Passkey')).enter();
      await expect(call.control('Note')).toBeVisible();
      await call.endForEveryone();
    });

    test('is offered the passkey by the browser, without a press', async ({ system }) => {
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(/\/sign-in\//u);
      // Whoever picks it from the list that the browser shows: the authenticator of the test does so at once.
      await page.waitForURL(/\/today\/$/u);
    });
  });
