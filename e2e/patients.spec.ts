import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { AccessLogPage } from './pages/accessLogPage.ts';
import { JoinPage } from './pages/joinPage.ts';
import { NotePanel } from './pages/notePanel.ts';
import { PortalPage } from './pages/portalPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, enrol, letInOfficers, type Person } from './people.ts';
import { Authenticator } from './system/authenticator.ts';

const text = 'Migraine with aura since March. Quittenkompott helps nobody; sleep does.';
const patientName = 'Ottilie Morgenstern';

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a patient’s own key', () => {
    let officers: Person[] = [];
    let physician: Person;
    let patient: Page;
    let finger: Authenticator;
    let code: string[] = [];

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      test.setTimeout(180_000);
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
        origin: system.web.origin,
      });
      patient = await context.newPage();
      finger = await Authenticator.give(patient);
      for (const account of system.officers) officers.push(await arrive(physicianBrowser, system, account));
      physician = await arrive(physicianBrowser, system, system.physician);
      await letInOfficers(system, officers);
      const [officer] = officers;
      if (!officer) throw new Error('no officer');
      await enrol(system, officer, physician);
    });

    test.afterAll(async () => {
      for (const { context } of [...officers, physician]) await close(context);
      await close(patient.context());
      officers = [];
    });

    /** The clinician sees the patient's number, and signs when it is the same. */
    async function confirm(number: string): Promise<void> {
      const { page } = physician;
      await page.getByRole('button', { name: 'Compare and confirm' }).click();
      const dialog = page.getByRole('dialog');
      await expect(dialog.locator('[data-check-code]')).toHaveAttribute('data-check-code', number);
      await dialog.getByRole('button', { name: 'It is the same: sign' }).click();
      await expect(dialog).toHaveCount(0);
      await expect(page.getByText('Your patient can open their own notes from now on.')).toBeVisible();
    }

    test('a note is written about them, and stays closed without a key', async ({ system }) => {
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      await patient.goto(await today.createVisit(patientName));
      await expect(new JoinPage(patient).welcome).toBeVisible();
      const call = await (await today.startVisit(patientName)).enter();
      await call.control('Note').click();
      const note = new NotePanel(page);
      await note.text.fill(text);
      await note.saveButton.click();
      await expect(note.saved).toBeVisible();

      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await expect(patient.getByText('To open it, set up a key of your own below.')).toBeVisible();
      await expectAccessible(patient, 'the page of a patient without a key');
    });

    test('is a recovery code, shown once and read back, which their clinician confirms in the visit', async ({
      system,
    }) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await portal.codeButton.click();
      code = await portal.groups();
      expect(code.join('')).toMatch(/^[0-9A-HJKMNP-TV-Z]{20}$/u);
      await expectAccessible(patient, 'a new recovery code');
      await patient.getByRole('button', { name: 'Copy' }).click();
      expect(await patient.evaluate(() => navigator.clipboard.readText())).toBe(code.join('-'));
      await portal.readBack(['XXXXX', 'XXXXX', 'XXXXX', 'XXXXX']);
      await expect(patient.getByText("That isn't what the code says.")).toBeVisible();
      await patient.getByRole('button', { name: 'Show the code again' }).click();
      expect(await portal.groups()).toEqual(code);
      await portal.readBack(code);
      const number = await portal.number();
      await expectAccessible(patient, 'a key that waits for the clinician');

      await confirm(number);
      await expect(portal.key('Recovery code')).toContainText('Works');
      await expect(patient.getByText('Your key works')).toBeVisible();
    });

    test('opens their note by the code, and by no other', async ({ system }) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await patient.getByRole('button', { name: 'Open with your recovery code' }).click();
      const dialog = patient.getByRole('dialog');
      const field = dialog.getByRole('textbox', { name: 'Recovery code' });
      await field.fill('0000-0000');
      await field.press('Enter');
      await expect(dialog.getByText('A recovery code has 20 letters and digits.')).toBeVisible();
      await field.fill('00000-00000-00000-00000');
      await field.press('Enter');
      await expect(dialog.getByText("This isn't a recovery code of yours that works.")).toBeVisible();
      await expectAccessible(patient, 'the question for the recovery code');
      await field.fill(code.join(' ').toLowerCase());
      await field.press('Enter');
      await expect(portal.text).toHaveText(text);
      await expectAccessible(patient, 'their own note, open');

      await patient.getByRole('link', { name: 'See this opening' }).click();
      const log = new AccessLogPage(patient);
      const own = log.entry('You', 'Opening a sealed note', "At the patient's request").first();
      await expect(own).toHaveAttribute('data-state', 'verified');
      await expect(own).toContainText('Allowed');
    });

    test('may be a passkey too', async ({ system }) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await finger.recognise(false);
      await portal.passkeyButton.click();
      await expect(patient.getByText('Nothing was signed')).toBeVisible();
      await finger.recognise(true);
      await patient
        .getByRole('button', { name: /^(Set up a passkey|Finish)$/u })
        .first()
        .click();
      await confirm(await portal.number());
      await expect(portal.key(/^Passkey/u)).toContainText('Works');
      await patient.getByRole('button', { name: 'Open with your passkey' }).click();
      await expect(portal.text).toHaveText(text);
    });

    test('shows when their server leaves out the newest, or answers with an older reading', async ({ system }) => {
      const log = new AccessLogPage(patient);
      await log.open(system.web, '#mine');
      await expect(patient.getByText('this reading too: none is left out, up to now')).toBeVisible();
      await expect(log.entries.first()).toContainText('Reading the log');
      const answers = '**/api/keystore/entries?*';
      let older = '';
      await patient.route(answers, async (route) => {
        const response = await route.fetch();
        const view = (await response.json()) as { entries: string[] };
        older = JSON.stringify(view);
        await route.fulfill({ response, json: { ...view, entries: view.entries.slice(1) } });
      });
      await log.open(system.web, '#mine');
      await expect(patient.getByText('1 entry is left out')).toBeVisible();
      await patient.unroute(answers);
      await patient.route(answers, (route) => route.fulfill({ status: 200, body: older }));
      await log.open(system.web, '#mine');
      await expect(patient.getByText("This isn't the answer to your reading")).toBeVisible();
      await expectAccessible(patient, 'a log that was answered with an older reading');
      await patient.unroute(answers);
    });

    test('reads in no page of staff more of the directory than who wrote about them', async () => {
      const people = await patient.evaluate(async () => {
        const response = await fetch('/api/keystore/directory');
        const view = (await response.json()) as { entries: unknown[]; people: { name: string }[] };
        return { entries: view.entries.length, names: view.people.map(({ name }) => name) };
      });
      expect(people).toEqual({ entries: 1, names: [physician.name] });
    });
  });
