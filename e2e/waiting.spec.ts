import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { signIn, wait } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

/** Socket.IO's packets as they came over a page's WebSocket: text, and how many binary parts. */
function listen(page: Page): { readonly text: string[]; binary: number } {
  const received = { text: [] as string[], binary: 0 };
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string') received.text.push(payload);
      else received.binary += 1;
    });
  });
  return received;
}

/** Names of the events in Engine.IO/Socket.IO text frames ("42[name, …]", "451-[name, …]"). */
const eventNames = (frames: readonly string[]): string[] =>
  frames.flatMap((frame) => /^4[25](?:\d+-)?\["([^"]+)"/u.exec(frame)?.[1] ?? []);

test('a waiting patient receives nothing of the visit, though others are in it', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const received = listen(patientPage);
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit('Mira Solberg');
  const physician = await (await today.startVisit('Mira Solberg')).enter();
  const patient = await wait(patientPage, link);
  await expect(physician.admitButton('Mira Solberg')).toBeVisible();
  await physician.control('Mute').click();
  await physician.control('Unmute').click();
  await patientPage.waitForTimeout(3000);

  expect(new Set(eventNames(received.text))).toEqual(new Set(['waiting:status']));
  expect(received.binary).toBe(0);
  expect(received.text.join('\n')).not.toMatch(/roster|producer|groupId|welcome|keyPackage/u);
  await expect(patientPage.locator('audio')).toHaveCount(0);
  await expect(patient.remoteVideo(system.physician.name)).toHaveCount(0);
});

test('the physician sees at once who waits, and the patient whether anybody can see it', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit('Nora Fischer');
  await wait(patientPage, link);
  await expect(patientPage.getByText(`${system.physician.name} isn't here yet.`)).toBeVisible();
  const physician = await (await today.startVisit('Nora Fischer')).enter();
  await expect(physician.admitButton('Nora Fischer')).toBeVisible();
  await expect(patientPage.getByText(`${system.physician.name} can see that you're here`)).toBeVisible();
});

test('a place in the waiting room survives a reload', async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit('Olga Brandt');
  const physician = await (await today.startVisit('Olga Brandt')).enter();
  await wait(patientPage, link);
  await patientPage.reload();
  await expect(new JoinPage(patientPage).waitingRoom).toBeVisible();
  await expect(physician.admitButton('Olga Brandt')).toBeVisible();
});
