import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { signIn, wait } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';
import { ClinicClient } from './system/clinicClient.ts';
import { RawSignaling } from './system/rawSignaling.ts';

const mira = marked('Mira Solberg');
const nora = marked('Nora Fischer');
const olga = marked('Olga Brandt');

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
  const link = await today.createVisit(mira);
  const physician = await (await today.startVisit(mira)).enter();
  const patient = await wait(patientPage, link);
  await expect(physician.admitButton(mira)).toBeVisible();
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
  const link = await today.createVisit(nora);
  await wait(patientPage, link);
  await expect(patientPage.getByText(`${system.physician.name} isn't here yet.`)).toBeVisible();
  const physician = await (await today.startVisit(nora)).enter();
  await expect(physician.admitButton(nora)).toBeVisible();
  await expect(patientPage.getByText(`${system.physician.name} can see that you're here`)).toBeVisible();
});

test('a place in the waiting room survives a reload', async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(olga);
  const physician = await (await today.startVisit(olga)).enter();
  await wait(patientPage, link);
  await patientPage.reload();
  await expect(new JoinPage(patientPage).waitingRoom).toBeVisible();
  await expect(physician.admitButton(olga)).toBeVisible();
});

test('whoever waits is refused everything else, whatever their program sends', async ({ system }) => {
  const staff = new ClinicClient(system);
  await staff.signIn();
  const { link } = await staff.createVisit(marked('Petra Wolff'));
  const patient = new ClinicClient(system);
  await patient.join(link);
  const ticket = await patient.ticket(randomBytes(32).toString('base64url'));
  const connection = await RawSignaling.connect(system, { v: 1, ticket });
  const answerTo = async (event: string, request: unknown): Promise<unknown> => {
    const answer = await connection.send(event, request);
    return answer.tag === 'answered' ? answer.value : answer.tag;
  };
  try {
    const entered = await answerTo('visit:enter', { keyPackage: randomBytes(100) });
    expect(entered).toEqual({ ok: true, value: { standing: 'waiting' } });

    const groupId = randomBytes(32).toString('base64url');
    const participantId = randomBytes(16).toString('base64url');
    for (const [event, request] of [
      ['sfu:capabilities', {}],
      ['sfu:createTransport', { direction: 'receive' }],
      ['sfu:createTransport', { direction: 'send' }],
      ['sfu:resumeConsumer', { consumerId: randomUUID() }],
      ['mls:resume', { groupId, epoch: 0 }],
      ['mls:application', { groupId, message: randomBytes(50) }],
      ['mls:rejoin', { keyPackage: randomBytes(100) }],
    ] as const) {
      expect(await answerTo(event, request), event).toEqual({ ok: false, code: 'wrongState' });
    }
    for (const [event, request] of [
      ['waiting:admit', { participantId }],
      ['waiting:decline', { participantId }],
      ['visit:end', {}],
      ['mls:create', { groupId, incarnation: 1 }],
    ] as const) {
      expect(await answerTo(event, request), event).toEqual({ ok: false, code: 'forbidden' });
    }
  } finally {
    connection.close();
  }
});
