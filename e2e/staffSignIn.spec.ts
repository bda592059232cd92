import { generate } from 'otplib';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { SignInPage } from './pages/signInPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, arriveStaff, type Person } from './people.ts';
import { Authenticator } from './system/authenticator.ts';

const signe = marked('Signe Passkey');

test.use({ ownSystem: 'staffSignIn', hasProvider: true });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a physician with a passkey', () => {
    let officers: readonly Person[] = [];
    let physician: Person;

    test.beforeAll(async ({ system, physicianBrowser }) => {
      ({ officers, physician } = await arriveStaff(physicianBrowser, system));
    });

    test.afterAll(async () => {
      for (const { context } of [...officers, physician]) await close(context);
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
      await expect(page.getByText('Nobody was signed in')).toBeVisible();
      await authenticator.recognise(true);
      // What the browser offers beside the button may be taken first: then the page has gone on by itself.
      await signIn.passkeyButton.click({ timeout: 5_000 }).catch(() => undefined);
      await page.waitForURL(/\/today\/$/u);
      const session = await page.evaluate(async () => (await (await fetch('/api/session')).json()) as unknown);
      expect(session).toMatchObject({ method: 'passkey', mayHost: true });
    });

    test('hosts a visit from that session', async () => {
      const { page } = physician;
      const today = new TodayPage(page);
      await today.createVisit(signe);
      const call = await (await today.startVisit(signe)).enter();
      await expect(call.control('Note')).toBeVisible();
      await call.endForEveryone();
    });

    test('sees where they are signed in, hears of a new device, and ends what is elsewhere', async ({
      system,
      physicianBrowser,
    }) => {
      const { page, authenticator } = physician;
      const context = await physicianBrowser.newContext({ locale: 'en-GB' });
      const other = await context.newPage();
      await authenticator.bringTo(await Authenticator.give(other));
      const signIn = new SignInPage(other);
      await signIn.open(system.web);
      // Offered by the browser, and taken at once by the test's authenticator.
      await other.waitForURL(/\/today\/$/u);

      await page.goto(new URL('/en/today/', system.web).href);
      await expect(page.getByText('A new device signed in as you')).toBeVisible();
      await page.getByRole('link', { name: 'Where I am signed in' }).click();
      const sessions = page.getByRole('main').getByRole('listitem').filter({ hasText: 'With your passkey' });
      await expect(sessions).toHaveCount(2);
      await expect(sessions.filter({ hasText: 'This one' })).toHaveCount(1);
      await expectAccessible(page, 'where somebody is signed in');
      await page.getByRole('button', { name: 'That was me' }).click();
      await expect(page.getByText('A new device signed in as you')).toHaveCount(0);
      await page.getByRole('button', { name: 'End all others' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'End all others' }).click();
      await expect(sessions).toHaveCount(1);
      expect(await other.evaluate(async () => (await fetch('/api/session')).status)).toBe(401);
      await close(context);
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

test('a colleague without a passkey adds an authenticator app, and gets in by its code or a recovery code', async ({
  system,
  physicianBrowser,
}) => {
  const { page, context } = await arrive(physicianBrowser, system, system.colleague);
  await page.goto(new URL('/en/sessions/', system.web).href);
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByLabel('Your password').fill(system.physician.password);
  await dialog.getByRole('button', { name: 'Set up an authenticator app' }).click();
  const key = (await page.locator('[data-totp-key]').textContent()) ?? '';
  const secret = key.replaceAll(' ', '');
  // The next step's code counts too, so that nobody waits for the clock here.
  const codeIn = (seconds: number) => generate({ secret, epoch: Math.floor(Date.now() / 1000) + seconds });
  await expectAccessible(page, 'setting up an authenticator app');
  await page.getByLabel('Code that the app shows').fill(await codeIn(0));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByText('Write these recovery codes down now')).toBeVisible();
  const codes = await page
    .getByRole('listitem')
    .filter({ hasText: /^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/u })
    .allTextContents();
  expect(codes).toHaveLength(10);
  await expectAccessible(page, 'recovery codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('10 recovery codes are left.')).toBeVisible();

  const signIn = new SignInPage(page);
  for (const code of [await codeIn(30), codes[0] ?? '']) {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in\//u);
    await signIn.signIn(system.colleague.email, system.physician.password);
    await expect(page.getByText('One more step')).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill('not-a-code');
    await signIn.submitButton.click();
    await expect(page.getByText("That code wasn't right")).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill(code);
    await signIn.submitButton.click();
    await page.waitForURL(/\/today\/$/u);
    await expect(page.getByText('Visits, sealed records and changes to people need your passkey')).toBeVisible();
  }
  await close(context);
});

test('a colleague links the clinic’s sign-in service to their account, and plans from a session that it began', async ({
  system,
  physicianBrowser,
}) => {
  const { page, context } = await arrive(physicianBrowser, system, system.admin);
  const atProvider = async () => {
    await page.getByLabel('Your name here').fill('ada@elsewhere');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
  };
  const signIn = new SignInPage(page);
  // Nobody by that name has linked it.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Continue with Example ID' }).click();
  await atProvider();
  await expect(page.getByText('No account here belongs to that one')).toBeVisible();
  await expectAccessible(page, 'coming back from the provider');
  expect(new URL(page.url()).hash).toBe('');

  await signIn.open(system.web);
  await signIn.signIn(system.admin.email, system.physician.password);
  await page.waitForURL(/\/people\/$/u);
  await page.goto(new URL('/en/sessions/', system.web).href);
  await page.getByRole('button', { name: 'Link Example ID' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByLabel('Your password').fill(system.physician.password);
  await dialog.getByRole('button', { name: 'Link Example ID' }).click();
  await atProvider();
  await page.waitForURL(/\/en\/sessions\/$/u);
  await expect(page.getByText('Linked', { exact: true })).toBeVisible();
  await expectAccessible(page, 'how somebody signs in');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(new URL('/es/sign-in/', system.web).href);
  await page.getByRole('button', { name: 'Continuar con Example ID' }).click();
  await atProvider();
  await page.waitForURL(/\/es\/people\/$/u);
  const session = await page.evaluate(async () => (await (await fetch('/api/session')).json()) as unknown);
  expect(session).toMatchObject({ method: 'oidc', mayHost: false });
  await close(context);
});
