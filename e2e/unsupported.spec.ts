import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { signIn } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

const tilda = marked('Tilda Nyman');

/** As in a browser that offers pages no encoded frames, by neither of the two ways. */
async function takeTransformsAway(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'RTCRtpScriptTransform');
    for (const end of [RTCRtpSender, RTCRtpReceiver]) Reflect.deleteProperty(end.prototype, 'createEncodedStreams');
  });
}

async function saysWhichBrowsersCan(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: "This browser can't keep the visit private" })).toBeVisible();
  await expect(page.getByRole('main').getByRole('listitem')).toHaveText([
    /^Chrome.*137 or newer$/u,
    /^Edge.*137 or newer$/u,
    /^Firefox.*130 or newer$/u,
    /^Safari.*17 or newer$/u,
  ]);
}

test('a browser that can not seal is told so, and the link stays unused', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(tilda);
  await takeTransformsAway(patientPage);
  const asked: string[] = [];
  patientPage.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const join = new JoinPage(patientPage);
  await patientPage.goto(link);
  await saysWhichBrowsersCan(patientPage);
  await expect(join.welcome).toHaveCount(0);
  expect(asked).not.toContain('/api/join');

  await takeTransformsAway(physicianPage);
  await physicianPage.reload();
  await physicianPage.getByRole('link', { name: `Start visit with ${tilda}` }).click();
  await saysWhichBrowsersCan(physicianPage);
  await expect(physicianPage.getByRole('button', { name: 'Enter the visit' })).toHaveCount(0);
});
