import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { signIn } from './meeting.ts';
import { usualBirthDate } from './pages/birthDate.ts';
import { JoinPage } from './pages/joinPage.ts';

const helga = marked('Helga Wieder');

test('whoever was here before is asked about, and nobody is made twice without that being said', async ({
  physicianPage: page,
  patientPage,
  system,
}) => {
  const today = await signIn(page, system);
  const make = page.getByRole('button', { name: 'Make the visit' });
  const made = page.getByRole('heading', { name: 'The visit is made' });
  await today.createVisit(helga);

  // Nobody can look: the first press says so, and makes nothing.
  await page.route('**/api/patients/find', (route) => route.abort());
  await today.typePatient(helga, usualBirthDate);
  await make.click();
  await expect(page.getByText("We couldn't look whether this patient was here before.")).toBeVisible();
  await expect(made).toHaveCount(0);
  await expectAccessible(page, 'a new visit of whom nobody could look for');
  await page.unroute('**/api/patients/find');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('Known here: no visit took place yet')).toBeVisible();

  // Nor does a press without an answer to who it is.
  await make.click();
  await expect(page.getByText('Say who it is, or ask the patient.')).toBeVisible();
  await expect(made).toHaveCount(0);
  await expectAccessible(page, 'the question whether it is the same patient');

  // By the keyboard; about another name nothing is said yet.
  await page.getByRole('radio', { name: 'Same patient' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: 'Somebody else' })).toBeChecked();
  const name = page.getByRole('textbox', { name: "Patient's name" });
  await name.fill(`${helga} Neu`);
  await expect(page.getByText('Nobody with this name and date of birth was here before.')).toBeVisible();
  await name.fill(helga.replace('Helga', 'HELGA'));
  await expect(page.getByRole('radio', { name: 'Same patient' })).not.toBeChecked();
  await today.sayWho('same');
  await make.click();
  await expect(made).toBeVisible();
  const join = new JoinPage(patientPage);
  await join.open(await today.copyLink());
  // By the name that is theirs, however it was typed.
  await expect(join.welcome).toBeVisible();
  await expect(patientPage.getByText(helga).first()).toBeVisible();
});
