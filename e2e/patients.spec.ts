import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { lieAboutReadings } from './lyingLog.ts';
import { marked } from './marker.ts';
import { AccessLogPage } from './pages/accessLogPage.ts';
import { usualBirthDate } from './pages/birthDate.ts';
import { JoinPage } from './pages/joinPage.ts';
import { NotePanel } from './pages/notePanel.ts';
import { PatientKeysPage } from './pages/patientKeysPage.ts';
import { PortalPage } from './pages/portalPage.ts';
import { RecordPage } from './pages/recordPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { confirmKey } from './patientKey.ts';
import { arriveStaff, inOrder, type Person } from './people.ts';
import { Authenticator } from './system/authenticator.ts';

const text = marked('Migraine with aura since March. Quittenkompott helps nobody; sleep does.');
const patientName = marked('Ottilie Morgenstern');

test.use({ ownSystem: 'patients' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a patient’s own key', () => {
    let officers: readonly Person[] = [];
    let physician: Person;
    let patient: Page;
    let finger: Authenticator;
    let code: string[] = [];
    let link = '';
    let pseudonym = '';

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      test.setTimeout(180_000);
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
        origin: system.web.origin,
      });
      patient = await context.newPage();
      finger = await Authenticator.give(patient);
      ({ officers, physician } = await arriveStaff(physicianBrowser, system));
    });

    test.afterAll(async () => {
      for (const { context } of [...officers, physician]) await close(context);
      await close(patient.context());
    });

    test('a note is written about them, and stays closed without a key', async ({ system }) => {
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      link = await today.createVisit(patientName);
      await new JoinPage(patient).open(link);
      await expect(new JoinPage(patient).welcome).toBeVisible();
      const call = await (await today.startVisit(patientName)).enter();
      await call.control('Note').click();
      const note = new NotePanel(page);
      await note.write(text);
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

      await confirmKey(physician.page, number);
      await expect(portal.key(/^Recovery code, key ending in [\w-]{4}/u)).toContainText('Works');
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
      await confirmKey(physician.page, await portal.number());
      await expect(portal.key(/^Passkey/u)).toContainText('Works');
      await patient.getByRole('button', { name: 'Open with your passkey' }).click();
      await expect(portal.text).toHaveText(text);
    });

    test('comes back to a second visit with them: reads the note of the first, and its log', async ({ system }) => {
      const desk = await physician.context.newPage();
      await desk.goto(new URL('/en/today/', system.web).href);
      await new JoinPage(patient).open(await new TodayPage(desk).createVisit(patientName, usualBirthDate, 'same'));
      await desk.close();
      await expect(new JoinPage(patient).welcome).toBeVisible();
      await new PortalPage(patient).open(system.web);
      await patient.getByRole('button', { name: 'Open with your passkey' }).click();
      await expect(new PortalPage(patient).text).toHaveText(text);
      await new AccessLogPage(patient).open(system.web, '#mine');
      await expect(new AccessLogPage(patient).entry('You', 'Opening a sealed note').nth(1)).toHaveAttribute(
        'data-state',
        'verified',
      );
    });

    test('shows when their server leaves out the newest, or answers with an older reading', async ({ system }) => {
      const log = new AccessLogPage(patient);
      await log.open(system.web, '#mine');
      await expect(patient.getByText('this reading too: none is left out, up to now')).toBeVisible();
      await expect(log.entries.first()).toContainText('Reading the log');
      await lieAboutReadings(patient);
      await patient.evaluate(() => sessionStorage.setItem('lie', 'newest'));
      await log.open(system.web, '#mine');
      await expect(patient.getByText('1 entry is left out')).toBeVisible();
      await patient.evaluate(() => sessionStorage.setItem('lie', 'older'));
      await log.open(system.web, '#mine');
      await expect(patient.getByText("This isn't the answer to your reading")).toBeVisible();
      await expectAccessible(patient, 'a log that was answered with an older reading');
      await patient.evaluate(() => sessionStorage.removeItem('lie'));
    });

    test('is what their page knows them by: of another record it claims nothing', async ({ system }) => {
      const desk = await physician.context.newPage();
      await desk.goto(new URL('/en/today/', system.web).href);
      const log = new AccessLogPage(patient);
      // A server that lies about whose session it is looks the same from here.
      await new JoinPage(patient).open(await new TodayPage(desk).createVisit(marked('Somebody Else')));
      await desk.close();
      await expect(new JoinPage(patient).welcome).toBeVisible();
      await log.open(system.web, '#mine');
      await expect(patient.getByText("This browser doesn't know this record as yours")).toBeVisible();
      await expect(log.sum).toHaveCount(0);
      await expect(log.entry('You')).toHaveCount(0);
      await expectAccessible(patient, 'the log of a patient whom the browser doesn’t know');

      // Whom the link wasn't for leaves nothing of its patient in the page's memory.
      await patient.getByRole('link', { name: 'Back to your visit' }).click();
      await patient.getByRole('link', { name: 'Your notes and keys' }).click();
      await expect(patient.getByRole('heading', { name: 'Your keys' })).toBeVisible();
      const otherTab = await patient.context().newPage();
      await new PortalPage(otherTab).open(system.web);
      await patient.getByRole('link', { name: 'Back to your visit' }).click();
      await patient.getByRole('button', { name: "No, I'm someone else" }).click();
      // The clinic isn't reached: the page and the other tab have forgotten all the same.
      await patient.route('**/api/join', (route) =>
        route.request().method() === 'DELETE' ? route.abort() : route.fallback(),
      );
      await patient.getByRole('button', { name: 'Close the visit on this device' }).click();
      await expect(patient.getByText("The clinic couldn't be reached")).toBeVisible();
      await expectAccessible(patient, 'a visit that is closed here alone');
      await expect(otherTab.getByText('Open the link that your clinic sent you')).toBeVisible();
      await expect(otherTab.getByRole('heading', { name: 'Your keys' })).toHaveCount(0);
      await otherTab.close();
      await patient.unroute('**/api/join');
      await patient.getByRole('button', { name: 'Try again' }).click();
      await expect(patient.getByText('The visit is closed on this device.')).toBeVisible();
      await patient.goBack();
      await expect(patient.getByText('Open the link that your clinic sent you')).toBeVisible();
      await expect(patient.getByRole('heading', { name: 'Your keys' })).toHaveCount(0);

      await new JoinPage(patient).open(link);
      await expect(new JoinPage(patient).welcome).toBeVisible();
      await log.open(system.web, '#mine');
      await expect(log.sum).toBeVisible();
      await expect(patient.getByText('It is your record: the one that your passkey ending in')).toBeVisible();
    });

    test('who lost every key is helped to a new one by two, who wait a day', async ({ system }) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await portal.codeButton.click();
      await portal.readBack(await portal.groups());
      const number = await portal.number();
      const { first, second } = await inOrder(officers);
      await second.authenticator.bringTo(first.authenticator);
      const desk = new PatientKeysPage(first.page);
      await desk.open(system.web);
      await expect(desk.waiting).toHaveCount(1);
      await expectAccessible(first.page, 'the patients’ keys of an officer');
      pseudonym = (await desk.waiting.locator('p').first().textContent()) ?? '';
      await desk.waiting.getByRole('button', { name: 'Help to a new key' }).click();
      await expect(desk.dialog.locator('[data-check-code]')).toHaveAttribute('data-check-code', number);
      await expectAccessible(first.page, 'the help to a new key');
      await desk.sign('It is the same: sign', second.name);
      await expect(first.page.getByText('The key works in 24 hours.')).toBeVisible();
      await expect(portal.key('Waiting time')).toContainText('Works from');
      await first.page.reload();
      await expect(first.page.getByText('helped a patient to a new key.').first()).toBeVisible();
    });

    test('is ended by an officer', async ({ system }) => {
      const { first } = await inOrder(officers);
      const desk = new PatientKeysPage(first.page);
      await desk.open(system.web, `#patient=${pseudonym}`);
      await expect(desk.patient).toBeVisible();
      const keys = desk.patient.getByRole('list', { name: 'Keys of the patient' }).getByRole('listitem');
      await expect(keys).toHaveCount(3);
      await keys.filter({ hasText: 'Waiting time' }).getByRole('button', { name: 'End key' }).click();
      await desk.sign('End it with your passkey');
      await expect(keys).toHaveCount(2);
      await expect(new PortalPage(patient).key('Waiting time')).toHaveCount(0);
    });

    test('nobody opens what two officers have restricted: not the patient, nor staff in an emergency', async ({
      system,
    }) => {
      const { first, second } = await inOrder(officers);
      const desk = new PatientKeysPage(first.page);
      await desk.open(system.web, `#patient=${pseudonym}`);
      await desk.restriction('Restrict').click();
      await expectAccessible(first.page, 'the question before a note is restricted');
      await desk.sign('Sign and restrict', second.name);
      const receipt = first.page.getByRole('dialog', { name: 'Restricted for everybody' });
      await expectAccessible(first.page, 'the receipt of a restriction');
      const download = first.page.waitForEvent('download');
      await receipt.getByRole('link', { name: 'Download the receipt' }).click();
      const kept = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as {
        statement: { payload: { type: string; pseudonym: string; object: string } };
      };
      expect(kept.statement.payload).toMatchObject({ type: 'sotto/restricted/v1', pseudonym });
      await desk.closeReceipt('Restricted for everybody');
      await expect(desk.restricted).toContainText(first.name);
      await expect(desk.restrictions).toContainText('one note or recording');
      await expectAccessible(first.page, 'a patient of whom a note is restricted');

      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await expect(patient.getByText(/^Restricted since/u)).toBeVisible();
      await expect(patient.getByRole('button', { name: 'Open with your passkey' })).toHaveCount(0);
      await expectAccessible(patient, 'a note of one’s own that nobody opens');

      const record = new RecordPage(physician.page);
      await record.open(system.web, `object=${kept.statement.payload.object}`);
      await record.openButton.click();
      await expect(physician.page.getByText('This is restricted')).toBeVisible();
      await expect(physician.page.getByRole('button', { name: 'It is an emergency' })).toHaveCount(0);

      const log = new AccessLogPage(patient);
      await log.open(system.web, '#mine');
      await expect(log.entry('Restricting: nobody may open it').first()).toHaveAttribute('data-state', 'verified');
      const refused = log.entry(physician.name, 'Nobody may open this: it is restricted.').first();
      await expect(refused).toContainText('Refused');

      await desk.open(system.web, `#patient=${pseudonym}`);
      await desk.restriction('Lift the restriction').click();
      await desk.sign('Sign and lift', second.name);
      await desk.closeReceipt('Restriction lifted');
      await expect(desk.restricted).toHaveCount(0);
      await portal.open(system.web);
      await patient.getByRole('button', { name: 'Open with your passkey' }).click();
      await expect(portal.text).toHaveText(text);
    });

    test('everything of them is restricted at once, what is written later too', async ({ system }) => {
      const { first, second } = await inOrder(officers);
      const desk = new PatientKeysPage(first.page);
      await desk.open(system.web, `#patient=${pseudonym}`);
      await desk.button('Restrict everything').click();
      await desk.sign('Sign and restrict', second.name);
      await desk.closeReceipt('Restricted for everybody');
      await expect(desk.patient.getByText(/^Everything is restricted since/u)).toBeVisible();
      await expectAccessible(first.page, 'a patient of whom everything is restricted');
      await new PortalPage(patient).open(system.web);
      await expect(patient.getByText(/^Restricted since/u)).toBeVisible();
      await desk.button('Lift the restriction').click();
      await desk.sign('Sign and lift', second.name);
      await desk.closeReceipt('Restriction lifted');
      await expect(desk.patient.getByText('Not restricted as a whole.')).toBeVisible();
      await expect(patient.getByText(/^Restricted since/u)).toHaveCount(0);
    });

    test('nothing is deleted under a legal hold, and for good after it, with a receipt', async ({ system }) => {
      const { first, second } = await inOrder(officers);
      const desk = new PatientKeysPage(first.page);
      await desk.open(system.web, `#patient=${pseudonym}`);
      await desk.button('Place a legal hold').click();
      await desk.sign('Place it with your passkey');
      await expect(desk.patient.getByText(/^Under legal hold since/u)).toBeVisible();
      await expect(desk.holds).toHaveCount(1);
      await expect(desk.button('Delete everything')).toBeDisabled();
      await expectAccessible(first.page, 'a patient under legal hold');
      await desk.button('Lift the hold').click();
      await desk.sign('Sign and lift', second.name);
      await expect(desk.patient.getByText('No legal hold.')).toBeVisible();

      await desk.button('Delete for good').click();
      const action = desk.dialog.getByRole('button', { name: 'Delete for good' });
      await expect(action).toBeDisabled();
      await desk.dialog.getByRole('textbox', { name: 'To confirm, type: delete' }).fill('delete');
      await expectAccessible(first.page, 'the question before a note is deleted for good');
      await desk.sign('Delete for good', second.name);
      const receipt = first.page.getByRole('dialog', { name: 'Deleted for good' });
      await expect(receipt).toContainText('In no backup after');
      await expectAccessible(first.page, 'the receipt of a deletion');
      const download = first.page.waitForEvent('download');
      await receipt.getByRole('link', { name: 'Download the receipt' }).click();
      const kept = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as {
        statement: { payload: { type: string; pseudonym: string } };
      };
      expect(kept.statement.payload).toMatchObject({ type: 'sotto/shredded/v1', pseudonym });

      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await patient.getByRole('button', { name: 'Open with your passkey' }).click();
      await expect(patient.getByText("This isn't here")).toBeVisible();
      await expect(portal.text).toHaveCount(0);
    });

    test('are no business of who is no officer', async ({ system }) => {
      const desk = new PatientKeysPage(physician.page);
      await desk.open(system.web, `#patient=${pseudonym}`);
      await expect(physician.page.getByText('This page is for privacy officers')).toBeVisible();
      const statuses = await physician.page.evaluate(
        async (paths) => Promise.all(paths.map(async (path) => (await fetch(path)).status)),
        [
          '/api/keystore/holds',
          '/api/keystore/restrictions',
          `/api/keystore/patients/${pseudonym}?nonce=AAECAwQFBgcICQoLDA0ODw`,
          `/api/keystore/patients/${pseudonym}/objects`,
        ],
      );
      expect(statuses).toEqual([403, 403, 403, 403]);
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
