import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { AccessLogPage } from './pages/accessLogPage.ts';
import { JoinPage } from './pages/joinPage.ts';
import { NotePanel } from './pages/notePanel.ts';
import { PortalPage } from './pages/portalPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { confirmKey } from './patientKey.ts';
import { arriveStaff, type Person } from './people.ts';
import { Authenticator } from './system/authenticator.ts';

const text = marked('Tension headache. Less coffee, more walks.');
const patientName = marked('Leberecht Hühnchen');

test.use({ ownSystem: 'patientSignIn' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a patient’s own page', () => {
    let staff: readonly Person[] = [];
    let patient: Page;
    let finger: Authenticator;
    let code: string[] = [];

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      test.setTimeout(240_000);
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      await context.grantPermissions(['camera', 'microphone'], { origin: system.web.origin });
      patient = await context.newPage();
      finger = await Authenticator.give(patient);
      const { officers, physician } = await arriveStaff(physicianBrowser, system);
      staff = [...officers, physician];
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      await new JoinPage(patient).open(await today.createVisit(patientName));
      await expect(new JoinPage(patient).welcome).toBeVisible();
      const call = await (await today.startVisit(patientName)).enter();
      await call.control('Note').click();
      const note = new NotePanel(page);
      await note.write(text);
      await note.saveButton.click();
      await expect(note.saved).toBeVisible();
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await portal.codeButton.click();
      code = await portal.groups();
      await portal.readBack(code);
      await confirmKey(page, await portal.number());
      await portal.passkeyButton.click();
      await confirmKey(page, await portal.number());
      await expect(portal.key(/^Passkey/u)).toContainText('Works');
      await expect(patient.getByText('you can come back to your record at any time')).toBeVisible();
    });

    test.afterAll(async () => {
      for (const { context } of staff) await close(context);
      await close(patient.context());
    });

    test('opens by their passkey without a link, and their log says so', async ({ system }) => {
      const portal = new PortalPage(patient);
      await patient.context().clearCookies();
      await portal.openSignedOut(system.web);
      await expectAccessible(patient, 'the way in to one’s own page');
      await finger.recognise(false);
      await portal.signInByPasskey.click();
      await expect(patient.getByText('You are not signed in yet')).toBeVisible();
      await finger.recognise(true);
      await portal.signInByPasskey.click();
      await expect(patient.getByText('You are signed in with your key')).toBeVisible();
      await patient.getByRole('button', { name: 'Open with your passkey' }).click();
      await expect(portal.text).toHaveText(text);
      await expect(patient.getByRole('list', { name: 'Where you are signed in' })).toContainText('This device');
      await expectAccessible(patient, 'their page, signed in by a passkey');
      const log = new AccessLogPage(patient);
      await log.open(system.web, '#mine');
      const own = log.entry('You', 'Signing in to their own page').first();
      await expect(own).toHaveAttribute('data-state', 'verified');
    });

    test('leaves nothing in the browser when they sign out, in no tab', async ({ system }) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      const otherTab = await patient.context().newPage();
      await new PortalPage(otherTab).open(system.web);
      await patient.getByRole('button', { name: 'Sign out' }).click();
      await expect(patient.getByText('This browser has forgotten what it showed you.')).toBeVisible();
      await expect(patient.getByRole('heading', { name: 'Your keys' })).toHaveCount(0);
      await expectAccessible(patient, 'one’s own page after signing out');
      await expect(otherTab.getByRole('heading', { name: 'Sign in with your key' })).toBeVisible();
      await expect(otherTab.getByRole('heading', { name: 'Your keys' })).toHaveCount(0);
      await otherTab.close();
      const kept = await patient.evaluate(() => JSON.stringify(Object.entries(localStorage)));
      expect(kept).not.toContain('pseudonym');
      await patient.goBack();
      await expect(portal.signInByPasskey).toBeVisible();
      await expect(portal.text).toHaveCount(0);
      expect(await patient.evaluate(async () => (await fetch('/api/portal/objects')).status)).toBe(401);
    });

    test('opens by their recovery code, and by no other', async ({ system }) => {
      const portal = new PortalPage(patient);
      await portal.openSignedOut(system.web);
      await portal.signInByCode('00000-00000-00000-00000');
      await expect(patient.getByText("That key didn't let you in")).toBeVisible();
      await portal.signInByCode(code.join(' '));
      await expect(patient.getByText('You are signed in with your key')).toBeVisible();
      await expect(portal.key(/^Recovery code/u)).toContainText('Works');
    });
  });
