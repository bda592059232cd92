import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { signIn } from './meeting.ts';
import { usualBirthDate } from './pages/birthDate.ts';
import { JoinPage } from './pages/joinPage.ts';

test('a patient whose browser speaks Spanish is led in Spanish', async ({ physicianPage, patientBrowser, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(marked('Pilar Gómez'));
  const context = await patientBrowser.newContext({ locale: 'es-ES' });
  try {
    const page = await context.newPage();
    await page.goto(link);
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    await expect(page.getByRole('heading', { name: '¿Cuándo nació usted?' })).toBeVisible();
    // In the order in which one says it there.
    await expect(page.getByRole('group').getByRole('textbox')).toHaveCount(3);
    for (const [index, part] of usualBirthDate.split('-').reverse().entries()) {
      await page.getByRole('group').getByRole('textbox').nth(index).fill(part);
    }
    await page.getByRole('button', { name: 'Continuar' }).click();
    await expect(
      page.getByRole('heading', { name: `${system.physician.name} le invita a una visita por vídeo` }),
    ).toBeVisible();
    await page.getByRole('button', { name: 'Sí, soy yo' }).click();
    await page
      .getByRole('button', { name: /Encender cámara y micrófono|Ir a la sala de espera/u })
      .first()
      .click();
    const onward = page.getByRole('button', { name: 'Ir a la sala de espera' });
    await onward
      .or(page.getByRole('heading', { name: 'Está en la sala de espera' }))
      .first()
      .waitFor();
    if (await onward.isVisible()) await onward.click();
    await expect(page.getByRole('heading', { name: 'Está en la sala de espera' })).toBeVisible();
  } finally {
    await context.close();
  }
});

test('switching the language keeps the invitation', async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(marked('Quinn Adler'));
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.welcome).toBeVisible();
  await patientPage.getByRole('link', { name: 'Español' }).click();
  await expect(patientPage.getByRole('heading', { name: /le invita a una visita por vídeo$/u })).toBeVisible();
  await patientPage.getByRole('link', { name: 'English' }).click();
  await expect(join.welcome).toBeVisible();
});
