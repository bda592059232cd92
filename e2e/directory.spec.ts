import type { Page } from '@playwright/test';
import { clientConfig } from '@sotto/protocol/clinic';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { serveFalseKeystore } from './impostor.ts';
import { type Marked, marked } from './marker.ts';
import { seeEachOther, wait } from './meeting.ts';
import type { CallView } from './pages/callView.ts';
import { DeviceCheckPage } from './pages/deviceCheckPage.ts';
import { JoinPage } from './pages/joinPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, arriveOfficers, enrol, type Person } from './people.ts';
import { ClinicClient } from './system/clinicClient.ts';
import type { RunningSystem } from './system/runningSystem.ts';

const mia = marked('Mia Lie');
const kaj = marked('Kaj Dahl');

const confirmed = 'Clinician confirmed, not compared';
const serverOnly = 'Encrypted, only the server vouches';

test.use({ ownSystem: 'directory' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a clinician in a visit', () => {
    let physician: Person;
    let impostor: Person;
    /** The same browser for all visits: it remembers the keystore that it saw in the first. */
    let patientPage: Page;
    const opened: Person[] = [];

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      await context.grantPermissions(['camera', 'microphone'], { origin: system.web.origin });
      patientPage = await context.newPage();
      physician = await arrive(physicianBrowser, system, system.physician);
      impostor = await arrive(physicianBrowser, system, system.colleague);
      opened.push(physician, impostor);
    });

    test.afterAll(async () => {
      for (const { context } of opened) await close(context);
      await close(patientPage.context());
    });

    /** A new visit, with the patient waiting and the clinician gone in. */
    async function begin(by: Person, patientName: Marked, system: RunningSystem): Promise<[CallView, CallView]> {
      await by.page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(by.page);
      const link = await today.createVisit(patientName);
      const own = await (await today.startVisit(patientName)).enter();
      return [own, await wait(patientPage, link)];
    }
    const meetingOf = (own: CallView, patient: CallView, by: Person, patientName: string) => ({
      physician: own,
      patient,
      physicianName: by.name,
      patientName,
      link: '',
    });

    test('without a passkey is one by the server’s word only, and the patient’s screen says so', async ({ system }) => {
      test.setTimeout(120_000);
      const [own, patient] = await begin(physician, marked('Ida Lund'), system);
      await own.admitButton(marked('Ida Lund')).click();
      await seeEachOther(meetingOf(own, patient, physician, marked('Ida Lund')));
      await expect(patient.shield).toHaveText(serverOnly);
      await patient.shield.click();
      await expect(patientPage.getByText("only the clinic's server says.")).toBeVisible();
      await expectAccessible(patientPage, 'the shield of a visit with an unproven clinician');
      await own.endForEveryone();
    });

    test('with a passkey confirms by one touch, and the patient’s screen says who vouches', async ({
      system,
      physicianBrowser,
    }) => {
      test.setTimeout(180_000);
      const officers = await arriveOfficers(physicianBrowser, system);
      opened.push(...officers);
      await enrol(system, officers[0], physician);

      const before = physician.authenticator.signed;
      const [own, patient] = await begin(physician, marked('Jon Berg'), system);
      await own.admitButton(marked('Jon Berg')).click();
      await seeEachOther(meetingOf(own, patient, physician, marked('Jon Berg')));
      expect(physician.authenticator.signed).toBe(before + 1);
      await expect(patient.shield).toHaveText(confirmed);
      await patient.shield.click();
      await expect(patientPage.getByText(`${physician.name} is a physician in the clinic's directory`)).toBeVisible();
      await patientPage.keyboard.press('Escape');
      await expect(physician.page.getByText(/^Clinician\s*·\s*confirmed by passkey$/u)).toBeVisible();

      await physician.page.reload();
      await seeEachOther(meetingOf(own, patient, physician, marked('Jon Berg')));
      expect(physician.authenticator.signed).toBe(before + 2);
      await expect(patient.shield).toHaveText(confirmed);

      // A taken-over api hides the passkey, and has both leaves lost: no new one of the patient's takes less than it had.
      const nobody = { entries: [], revocations: [], people: [] };
      await physician.page.route('**/api/keystore/directory', (route) => route.fulfill({ json: nobody }));
      const visit = patientPage.url();
      await patientPage.goto('about:blank');
      await physician.page.reload();
      await expect(own.heading('The others know you by your passkey')).toBeVisible();
      await physician.page.evaluate(() => {
        for (const key of Object.keys(sessionStorage))
          if (key.startsWith('sotto/proven/')) sessionStorage.removeItem(key);
      });
      // The page itself remembers it too.
      await physician.page.reload();
      await new DeviceCheckPage(physician.page, 'Enter the visit').enter();
      await expect(own.controls).toBeVisible();
      await patientPage.goto(visit);
      const words = `Somebody came in as ${physician.name} and was kept out`;
      await expect(patientPage.getByText(words)).toContainText('had confirmed with a passkey', {
        timeout: 60_000,
      });
      await expect(patient.remoteVideo(physician.name)).toHaveCount(0);
      await physician.page.unroute('**/api/keystore/directory');
      await own.endForEveryone();
    });

    test('of a clinic that the server gives another name is met by nobody who knows it, until they decide', async ({
      system,
    }) => {
      test.setTimeout(120_000);
      await physician.page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(physician.page);
      const link = await today.createVisit(mia);
      const own = await (await today.startVisit(mia)).enter();
      const config = clientConfig.parse(await new ClinicClient(system).ask('GET', '/api/config'));
      const other = { ...config, clinic: { ...config.clinic, id: 'A'.repeat(22) } };
      await patientPage.route('**/api/config', (route) => route.fulfill({ json: other }));
      const join = new JoinPage(patientPage);
      await join.open(link);
      const patient = await (await join.confirm()).enter();
      await expect(patient.heading('This is not the clinic that this browser knows')).toBeVisible();
      await expectAccessible(patientPage, 'a visit of another clinic');
      await patientPage.getByRole('button', { name: 'I have asked the clinic: begin anew' }).click();
      const warning = patientPage.getByRole('alertdialog');
      await expect(warning).toContainText('nothing warns you any more');
      await expectAccessible(patientPage, 'the warning before what is known of a clinic is given up');
      await warning.getByRole('button', { name: 'Cancel' }).click();
      await patientPage.unroute('**/api/config');
      await patientPage.getByRole('button', { name: 'Try again' }).click();
      await expect(join.waitingRoom).toBeVisible();
      await own.endForEveryone();
    });

    test('whose finger isn’t recognised may go in without, and is then not called confirmed', async ({ system }) => {
      test.setTimeout(120_000);
      await physician.authenticator.recognise(false);
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      const link = await today.createVisit(kaj);
      const own = await (await today.startVisit(kaj)).enter();
      const dialog = page.getByRole('alertdialog');
      await expect(dialog).toContainText('Nothing was signed');
      await expectAccessible(page, 'the question for the passkey');
      await dialog.getByRole('button', { name: 'Go in without' }).click();
      await expect(dialog).toHaveCount(0);
      const patient = await wait(patientPage, link);
      await own.admitButton(kaj).click();
      await seeEachOther(meetingOf(own, patient, physician, kaj));
      await expect(patient.shield).toHaveText(serverOnly);
      await own.endForEveryone();
      await physician.authenticator.recognise(true);
    });

    test('whom a taken-over api makes up is kept out by the patient’s browser, and named', async ({ system }) => {
      test.setTimeout(180_000);
      await serveFalseKeystore(impostor.page, system.web);
      const [own, patient] = await begin(impostor, marked('Liv Holm'), system);
      await own.admitButton(marked('Liv Holm')).click();
      const words = `Somebody came in as ${impostor.name} and was kept out`;
      await expect(patientPage.getByText(words)).toContainText('has no such physician', { timeout: 45_000 });
      await expect(patient.heading('We stopped, to be safe')).toBeVisible({ timeout: 90_000 });
      await expect(patientPage.getByText(words)).toContainText('has no such physician');
      await expectAccessible(patientPage, 'a visit that was stopped');
      await expect(patient.remoteVideo(impostor.name)).toHaveCount(0);
      await expect(own.remoteVideo(marked('Liv Holm'))).toHaveCount(0);
    });
  });
