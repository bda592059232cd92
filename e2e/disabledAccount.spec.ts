import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { NotePanel } from './pages/notePanel.ts';
import { RecordPage } from './pages/recordPage.ts';
import { SignInPage } from './pages/signInPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, arriveStaff, enrol, type Person } from './people.ts';
import { asAdministrator } from './system/storedRows.ts';

const text = marked('Penicillin: anaphylaxis in 2019. Adrenaline pen at home.');
const patientName = marked('Pilar Emergency');

test.use({ ownSystem: 'disabledAccount' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a disabled account', () => {
    let people: Person[] = [];
    let officer: Person;
    let physician: Person;
    let colleague: Person;
    let link = '';

    test.beforeAll(async ({ system, physicianBrowser }) => {
      const staff = await arriveStaff(physicianBrowser, system);
      [officer] = staff.officers;
      ({ physician } = staff);
      colleague = await arrive(physicianBrowser, system, system.colleague);
      people = [...staff.officers, physician, colleague];
      await enrol(system, officer, colleague);
      await physician.page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(physician.page);
      await today.createVisit(patientName);
      const call = await (await today.startVisit(patientName)).enter();
      await call.control('Note').click();
      const note = new NotePanel(physician.page);
      await note.write(text);
      await note.saveButton.click();
      await expect(note.saved).toBeVisible();
      await call.endForEveryone();
      const rows = await asAdministrator(system, 'database', async (client) => {
        const found = await client.query<{ id: string }>('select id from clinic.sealed_object');
        return found.rows;
      });
      link = new URL(`/en/record/#object=${rows[0]?.id ?? ''}`, system.web).href;
    });

    test.afterAll(async () => {
      for (const { context } of people) await close(context);
    });

    test('is what an officer makes of it, who reads what each act does', async ({ system }) => {
      const { page } = officer;
      await page.goto(new URL('/en/incidents/', system.web).href);
      await page.getByText('What does what').click();
      await expect(page.getByText('With the passkey, emergencies only.')).toBeVisible();
      await page.getByRole('button', { name: 'Open an incident' }).click();
      const about = `${colleague.name} (${system.colleague.email})`;
      await page.getByLabel('About', { exact: true }).selectOption({ label: about });
      await page.getByRole('dialog').getByRole('button', { name: 'Open it' }).click();
      const incident = page.getByRole('listitem', { name: colleague.name, exact: true });
      await incident.getByRole('button', { name: 'Disable this account' }).click();
      await expect(page.getByRole('alertdialog')).toContainText('If somebody else may have that passkey, end it too.');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Disable this account' }).click();
      await expect(incident.getByText('Account disabled')).toBeVisible();
      await expectAccessible(page, 'an incident about a disabled account');
    });

    test('is closed to the password, and open to the passkey for emergencies', async ({ system }) => {
      const { page, authenticator } = colleague;
      await authenticator.recognise(false);
      const signIn = new SignInPage(page);
      await signIn.open(system.web);
      await signIn.signIn(system.colleague.email, system.physician.password);
      await expect(page.getByText("That didn't match")).toBeVisible();
      await authenticator.recognise(true);
      await signIn.passkeyButton.click();
      await page.waitForURL(/\/record\/$/u);
      await expect(page.getByText('Your account is disabled')).toBeVisible();
      await expectAccessible(page, 'the way in for emergencies');
      await page.getByLabel('Link', { exact: true }).fill('the note of Tuesday');
      await page.getByRole('button', { name: 'Go to it' }).click();
      await expect(page.getByText("This isn't a link to a note")).toBeVisible();
    });

    test('opens a note in an emergency, and not without one', async () => {
      const { page } = colleague;
      await page.getByLabel('Link', { exact: true }).fill(link);
      await page.getByRole('button', { name: 'Go to it' }).click();
      const record = new RecordPage(page);
      await record.openButton.click();
      const refused = page.getByRole('main').getByRole('alert').filter({ hasText: 'nothing opens in the usual way' });
      await expect(refused).toBeVisible();
      await expect(record.text).toHaveCount(0);
      await page.getByRole('button', { name: 'It is an emergency' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Open it now' }).click();
      await expect(record.text).toHaveText(text);
    });

    test('has nothing else, and says why', async ({ system }) => {
      const { page } = colleague;
      await page.goto(new URL('/en/sessions/', system.web).href);
      await expect(page.getByText("This page isn't for emergencies")).toBeVisible();
      await page.getByRole('link', { name: 'Open a note in an emergency' }).click();
      await expect(page.getByLabel('Link', { exact: true })).toBeVisible();
      await page.goto(new URL('/en/today/', system.web).href);
      await page.waitForURL(/\/record\/$/u);
    });

    test('is told of at once, reviewed, and let go on by an officer', async ({ system }) => {
      const { page } = officer;
      await page.goto(new URL('/en/incidents/', system.web).href);
      const incident = page.getByRole('listitem', { name: colleague.name, exact: true });
      await expect(
        incident.getByText(/^In an emergency, against the rules, something of 1 patient was/u),
      ).toBeVisible();
      await incident.getByRole('button', { name: 'Done: Tell whoever is in charge of compliance' }).click();
      await expect(incident.getByText(new RegExp(`^By ${officer.name}`, 'u'))).toBeVisible();
      await page.getByRole('region', { name: 'Held up now' }).getByRole('button', { name: /^Let/u }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Sign with passkey' }).click();
      await expect(page.getByText('Nobody is held up')).toBeVisible();
      // What was for emergencies is over; who signs in anew is at work again.
      expect(await colleague.page.evaluate(async () => (await fetch('/api/session')).status)).toBe(401);
      const signIn = new SignInPage(colleague.page);
      await signIn.open(system.web);
      await colleague.page.waitForURL(/\/today\/$/u);
      await expect(colleague.page.getByText('Your account is disabled')).toHaveCount(0);
    });
  });
