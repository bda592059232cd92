import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { JoinPage } from './pages/joinPage.ts';
import { RecordingCard } from './pages/recordingCard.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, enrol, letInOfficers, type Person } from './people.ts';
import type { MadeFrame } from './playback/frames.ts';
import { recordVisit } from './playback/recordedVisit.ts';
import type { SceneTools } from './playback/scene.ts';
import { PlaybackServer } from './playback/sceneServer.ts';

const patientName = 'Wilhelmina Kornblum';
const seconds = 24;

declare global {
  interface Window {
    scene: SceneTools;
  }
}

test.use({ ownSystem: 'playback' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a recording', () => {
    let people: Person[] = [];
    let physician: Person;
    let patient: Page;
    let visit = '';

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      test.setTimeout(240_000);
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      patient = await context.newPage();
      const officers: Person[] = [];
      for (const account of system.officers) officers.push(await arrive(physicianBrowser, system, account));
      physician = await arrive(physicianBrowser, system, system.physician);
      people = [...officers, physician];
      await letInOfficers(system, officers);
      const [officer] = officers;
      if (!officer) throw new Error('no officer');
      await enrol(system, officer, physician);
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      await patient.goto(await today.createVisit(patientName));
      await expect(new JoinPage(patient).welcome).toBeVisible();
      await today.startVisit(patientName);
      visit = new URL(page.url()).hash.slice(1);
      await page.goto(new URL('/en/today/', system.web).href);
      await recordVisit(page, patient, visit, await frames(physician));
    });

    test.afterAll(async () => {
      for (const { context } of people) await close(context);
      await close(patient.context());
    });

    /** Made by a browser: Node has no encoders. The patient comes six seconds later. */
    async function frames({ context }: Person): Promise<[MadeFrame[], MadeFrame[]]> {
      await using server = await PlaybackServer.start();
      const page = await context.newPage();
      await page.goto(server.origin);
      await page.waitForFunction(() => 'scene' in window);
      const made = await page.evaluate(async (length) => await window.scene.framesFor(length), seconds);
      await page.close();
      const all = made.map(({ data, ...frame }) => {
        const octets = new Uint8Array(Buffer.from(data, 'base64'));
        return { ...frame, data: octets.buffer };
      });
      return [all, all.filter(({ time }) => time >= 6_000)];
    }

    test('is played in step after its opening was logged, by ranges that nothing keeps', async ({ system }) => {
      const { page } = physician;
      const asked: { path: string; range: string | null }[] = [];
      page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        const range = request.headers()['range'] ?? null;
        if (/^\/(?:api\/objects|play)\//u.test(pathname)) asked.push({ path: pathname, range });
      });
      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      const card = new RecordingCard(page);
      await expectAccessible(page, 'a sealed recording');
      await card.open();
      await expect(card.tiles).toHaveCount(2);
      await expect(card.root.getByText('Everyone recorded had agreed:')).toBeVisible();
      await expect(card.root.getByText(/Your opening is in the access log, place \d+, \d+/u)).toBeVisible();
      await expect(card.tiles.first().locator('[data-watermark]')).toContainText(physician.name);
      await expectAccessible(page, 'an open recording');
      expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(0);
      const reads = asked.filter(({ path }) => /\/parts\/(?!$)/u.test(path));
      expect(reads.length).toBeGreaterThan(0);
      expect(reads.every(({ range }) => range !== null && /^bytes=\d+-\d+$/u.test(range))).toBe(true);

      await card.seek(8);
      await card.button('Play').click();
      await expect.poll(() => card.apart(), { timeout: 20_000 }).toBeLessThan(0.04);
      await expect(card.button('Pause')).toBeVisible();
      await card.seek(seconds - 2);
      await expect(card.button('Play again')).toBeVisible();
    });
  });
