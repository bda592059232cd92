import { randomBytes } from 'node:crypto';
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet, seeEachOther, signIn } from './meeting.ts';
import { SpoiltReception } from './spoiltReception.ts';
import { ClinicClient } from './system/clinicClient.ts';
import { RawSignaling } from './system/rawSignaling.ts';

const hedda = marked('Hedda Ohm');
const ivo = marked('Ivo Prag');
const jorun = marked('Jorun Stav');
const kaja = marked('Kaja Berg');

/** How long trouble is watched, and how often a person may be told of it. */
const watchedSeconds = 10;

test('frames that don’t open are said once to be so, never shown, and repaired at one press', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const reception = await SpoiltReception.of(physicianPage);
  const meeting = await meet({ physicianPage, patientPage, system }, hedda);
  const tile = meeting.physician.tile(hedda);
  await reception.existing('spoil');
  const trouble = tile.getByRole('alert').filter({ hasText: `We can't open ${hedda}'s picture and sound` });
  await expect(trouble).toBeVisible();
  const reports = await physicianPage.evaluate(async (seconds) => {
    let count = 0;
    const observer = new MutationObserver((records) => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) {
          if (node instanceof Element && node.closest('[role="alert"]')) count += 1;
        }
      }
    });
    observer.observe(document.body, { childList: true, subtree: true });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    observer.disconnect();
    return count;
  }, watchedSeconds);
  expect(reports, 'at most one report a second').toBeLessThanOrEqual(watchedSeconds);
  await expect(trouble).toBeVisible();
  await trouble.getByRole('button', { name: 'Repair' }).click();
  await expect(trouble).toHaveCount(0);
  await seeEachOther(meeting);
});

test('a picture that stands still is never left without a word', async ({ physicianPage, patientPage, system }) => {
  test.setTimeout(240_000);
  const reception = await SpoiltReception.of(physicianPage);
  const meeting = await meet({ physicianPage, patientPage, system }, ivo);
  await reception.existing('drop');
  const trouble = meeting.physician.tile(ivo).getByRole('alert');
  await expect(trouble).toContainText(`Nothing comes from ${ivo} just now`, { timeout: 15_000 });
  await expectAccessible(physicianPage, 'a tile with trouble');
  await trouble.getByRole('button', { name: 'Repair' }).click();
  await expect(trouble).toHaveCount(0);
  await seeEachOther(meeting);
});

test('somebody whose frames never open is “connecting securely”, then slow, and repaired', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const reception = await SpoiltReception.of(physicianPage);
  const meeting = await meet({ physicianPage, patientPage, system }, jorun);
  await reception.coming('drop');
  await patientPage.reload();
  const tile = meeting.physician.tile(jorun);
  await expect(tile.getByText('Connecting securely', { exact: true })).toBeVisible();
  await expect(physicianPage.getByRole('banner').getByRole('button')).toHaveText('Connecting securely');
  const trouble = tile.getByRole('alert');
  await expect(trouble).toContainText('takes longer than usual', { timeout: 40_000 });
  await reception.coming('pass');
  await trouble.getByRole('button', { name: 'Repair' }).click();
  await expect(trouble).toHaveCount(0);
  await seeEachOther(meeting);
});

test('somebody who can’t be verified is said to be so, and can be sent away', async ({ physicianPage, system }) => {
  test.setTimeout(240_000);
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(kaja);
  const physician = await (await today.startVisit(kaja)).enter();
  const client = new ClinicClient(system);
  await client.join(link);
  const ticket = await client.ticket(randomBytes(32).toString('base64url'));
  const impostor = await RawSignaling.connect(system, { v: 1, ticket });
  const keyPackage = randomBytes(200);
  impostor.socket.on('visit:admitted', () => void impostor.send('visit:enter', { keyPackage }));
  await impostor.send('visit:enter', { keyPackage });
  await physician.admitButton(kaja).click();
  const trouble = physicianPage.getByRole('alert').filter({ hasText: "We can't verify who this is" });
  await expect(trouble).toBeVisible();
  await expect(physicianPage.getByRole('banner').getByRole('button')).toContainText("Can't verify");
  await trouble.getByRole('button', { name: 'Send away' }).click();
  await expect(trouble).toHaveCount(0);
  await expect(physicianPage.getByText(`${kaja} isn't here yet`)).toBeVisible();
  impostor.close();
});
