import type { Page } from '@playwright/test';
import { partList, sealedRecording } from '@sotto/protocol/recordings';
import { sealedList } from '@sotto/protocol/records';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { type Marked, marked } from './marker.ts';
import { meetAs, seeEachOther, wait } from './meeting.ts';
import { askPhi } from './pageRequest.ts';
import { DeviceCheckPage } from './pages/deviceCheckPage.ts';
import { RecordingCard } from './pages/recordingCard.ts';
import { RecordingView } from './pages/recordingView.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arriveStaff, type Person } from './people.ts';
import { Authenticator } from './system/authenticator.ts';
import { clearMediaBelow, keptInBrowser } from './system/clearMedia.ts';
import type { RunningSystem } from './system/runningSystem.ts';

const ada = marked('Ada Norum');
const dag = marked('Dag Moe');

test.use({ ownSystem: 'recording' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a recording', () => {
    let physician: Person;
    let patientPage: Page;
    const opened: Person[] = [];

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      test.setTimeout(240_000);
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      await context.grantPermissions(['camera', 'microphone'], { origin: system.web.origin });
      patientPage = await context.newPage();
      const staff = await arriveStaff(physicianBrowser, system);
      opened.push(...staff.officers, staff.physician);
      ({ physician } = staff);
    });

    test.afterAll(async () => {
      for (const { context } of opened) await close(context);
      await close(patientPage.context());
    });

    /** A running visit of the two, and its id. */
    async function meet(patientName: Marked, system: RunningSystem) {
      const { physician: own, patient } = await meetAs(physician, { patientPage, system }, patientName);
      const visit = new URL(physician.page.url()).hash.slice(1);
      return { own, patient, visit, recorder: new RecordingView(own), recorded: new RecordingView(patient) };
    }

    const read = (page: Page, path: string): Promise<unknown> =>
      page.evaluate(async (address) => (await fetch(address)).json() as Promise<unknown>, path);

    /** The registered recordings of a visit, each with its parts. */
    async function registered(page: Page, visit: string) {
      const { objects } = sealedList.parse(await read(page, `/api/visits/${visit}/objects`));
      const recordings = objects.filter(({ kind }) => kind === 'recording');
      return Promise.all(
        recordings.map(async ({ object }) => ({
          ...sealedRecording.parse(await askPhi(page, { route: 'readRecording', object, purpose: 'treatment' })),
          ...partList.parse(await read(page, `/api/objects/${object}/parts`)),
        })),
      );
    }

    test('isn’t made after a no', async ({ system }) => {
      test.setTimeout(120_000);
      const { own, visit, recorder, recorded } = await meet(ada, system);
      await recorder.ask();
      await expect(recorded.question).toContainText(`${physician.name} asks to record this visit`);
      await expect(recorder.dialog).toContainText('No answer yet');
      await expect(recorder.line).toContainText('Nothing is recorded yet');
      await expectAccessible(patientPage, 'the question whether one may be recorded');
      await expectAccessible(physician.page, 'waiting for an answer about recording');
      await recorded.answer(false);
      await expect(recorder.line).toContainText(`${ada} said no. Nothing is recorded.`);
      await expect(recorded.line).toContainText('You said no. Nothing is recorded.');
      expect(await keptInBrowser(physician.page)).toMatchObject({ files: 0 });
      expect(await registered(physician.page, visit)).toEqual([]);
      await recorder.closeDialog();
      await own.endForEveryone();
    });

    test('is asked for only once the clinician has confirmed with their passkey', async ({ system }) => {
      test.setTimeout(180_000);
      const { page, authenticator } = physician;
      await authenticator.recognise(false);
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      const link = await today.createVisit(dag);
      const own = await (await today.startVisit(dag)).enter();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Go in without' }).click();
      const patient = await wait(patientPage, link);
      await own.admitButton(dag).click();
      await seeEachOther({
        physician: own,
        patient,
        physicianName: physician.name,
        patientName: dag,
        link,
      });
      const recorder = new RecordingView(own);
      await own.control('Record').click();
      await expect(recorder.dialog).toContainText('A recording must show who made it');
      await authenticator.recognise(true);
      await recorder.dialog.getByRole('button', { name: 'Confirm with passkey' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Confirm' }).click();
      await expect(own.remoteVideo(dag)).toBeVisible({ timeout: 30_000 });
      await recorder.ask();
      await expect(new RecordingView(patient).question).toBeVisible();
      // Who asked may think better of it.
      await recorder.dialog.getByRole('button', { name: "Don't record" }).click();
      await expect(new RecordingView(patient).question).toHaveCount(0);
      await recorder.closeDialog();
      await own.endForEveryone();
    });

    test('is said on both screens, ends for all at one’s word, and is stored sealed', async ({ system }) => {
      test.setTimeout(180_000);
      const { own, visit, recorder, recorded } = await meet(marked('Bo Ek'), system);
      await recorder.ask();
      await recorded.answer(true);
      await expect(recorder.line).toHaveText(/^Recording/u);
      await expect(recorded.line).toContainText(`Recording, by ${physician.name}`);
      await expectAccessible(patientPage, 'a visit that is recorded');
      await recorder.closeDialog();
      await expect
        .poll(async () => (await keptInBrowser(physician.page)).octets, { timeout: 30_000 })
        // What is kept free for the end is a mebibyte of it.
        .toBeGreaterThan(1024 ** 2 + 200_000);
      expect((await keptInBrowser(physician.page)).clear).toEqual([]);
      await patientPage.waitForTimeout(12_000);

      const stopped = physician.page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const seen = setInterval(() => {
              if (!document.body.textContent.includes('Nothing is recorded any more')) return;
              clearInterval(seen);
              resolve(Date.now());
            }, 10);
          }),
      );
      const began = Date.now();
      await recorded.stopButton.click();
      const tookMs = (await stopped) - began;
      test.info().annotations.push({ type: 'withdrawal, ms', description: String(tookMs) });
      expect(tookMs).toBeLessThan(1_000);
      await expect(recorded.line).toContainText('You stopped the recording');
      await expect(recorder.stored).toBeVisible({ timeout: 60_000 });

      const stored = await registered(physician.page, visit);
      expect(stored.map(({ recording }) => recording?.track).sort()).toEqual([0, 1]);
      for (const { evidence, parts, writer } of stored) {
        expect(evidence.consents).toHaveLength(2);
        expect(writer.name).toBe(physician.name);
        expect(parts.map(({ leaf }) => leaf)).toContain('head');
        expect(parts.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(50_000);
      }
      expect(await keptInBrowser(physician.page)).toMatchObject({ files: 0 });
      expect(clearMediaBelow(system.dataFolder)).toEqual([]);
      await own.endForEveryone();
    });

    test('stops in words on a full device, and what was kept until then is stored', async ({ system }) => {
      test.setTimeout(180_000);
      const { own, visit, recorder, recorded } = await meet(marked('Eli Dahl'), system);
      const { page } = physician;
      await recorder.ask();
      await recorded.answer(true);
      await expect(recorder.line).toHaveText(/^Recording/u);
      await recorder.closeDialog();
      await expect
        .poll(async () => (await keptInBrowser(page)).octets, { timeout: 30_000 })
        .toBeGreaterThan(1024 ** 2 + 200_000);
      const browser = await page.context().newCDPSession(page);
      const { origin } = new URL(page.url());
      const { usage } = await browser.send('Storage.getUsageAndQuota', { origin });
      await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 300_000 });
      await expect(page.getByText('this device has no room left')).toBeVisible({ timeout: 60_000 });
      await expect(recorded.line).toContainText(`${physician.name} stopped the recording`);
      await expect(recorder.stored).toBeVisible({ timeout: 60_000 });
      const stored = await registered(page, visit);
      expect(stored).toHaveLength(2);
      expect(await keptInBrowser(page)).toMatchObject({ files: 0 });
      await browser.send('Storage.overrideQuotaForOrigin', { origin });
      await own.endForEveryone();
    });

    test('is made by the browser’s own recorder where that gives no frames, and says so', async ({ system }) => {
      test.setTimeout(240_000);
      const { page } = physician;
      // A browser that lets nobody record what its transforms see: the port that should bring it stays silent.
      const deaf = await page.addInitScript(() => {
        const post = Reflect.get(Worker.prototype, 'postMessage') as (...given: unknown[]) => void;
        Worker.prototype.postMessage = function (this: Worker, message: unknown, transfer?: unknown) {
          const isTap = typeof message === 'object' && message !== null && 'port' in message && 'type' in message;
          const port = new MessageChannel().port1;
          if (isTap) post.call(this, { ...message, port }, [port]);
          else post.call(this, message, transfer);
        };
      });
      const { own, visit, recorder, recorded } = await meet(marked('Finn Aas'), system);
      await recorder.ask();
      await recorded.answer(true);
      await expect(recorder.line).toHaveText(/^Recording/u);
      await recorder.closeDialog();
      await expect
        .poll(async () => (await keptInBrowser(page)).octets, { timeout: 30_000 })
        .toBeGreaterThan(1024 ** 2 + 400_000);
      expect((await keptInBrowser(page)).clear).toEqual([]);
      // Longer than a recorder that says nothing is taken to be there.
      await patientPage.waitForTimeout(32_000);
      await expect(recorded.line).toContainText(`Recording, by ${physician.name}`);
      await recorded.stopButton.click();
      await expect(recorder.stored).toBeVisible({ timeout: 60_000 });
      expect(await registered(page, visit)).toHaveLength(2);
      await own.endForEveryone();
      await deaf.dispose();

      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      const card = new RecordingCard(page);
      await card.open();
      await expect(card.tiles).toHaveCount(2);
      await expect(card.root.getByText("recorded by the browser's own recorder")).toBeVisible();
      await card.button('Play').click();
      await expect.poll(() => card.apart(), { timeout: 20_000 }).toBeLessThan(0.1);
      const [shown] = await card.root
        .locator('video')
        .evaluateAll((players) =>
          players.flatMap((player) =>
            player instanceof HTMLVideoElement ? [{ width: player.videoWidth, length: player.duration }] : [],
          ),
        );
      expect(shown?.width).toBeGreaterThan(0);
      expect(shown?.length).toBeGreaterThan(8);
    });

    test('goes on after its tab was killed, and over a clinic that doesn’t answer', async ({ system }) => {
      test.setTimeout(240_000);
      const { patient, visit, recorder, recorded } = await meet(marked('Cai Lund'), system);
      await recorder.ask();
      await recorded.answer(true);
      await expect(recorded.line).toContainText(`Recording, by ${physician.name}`);
      await patientPage.waitForTimeout(5_000);
      const address = physician.page.url();
      const page = await physician.context.newPage();
      await physician.authenticator.bringTo(await Authenticator.give(page));
      // Nobody is asked, nothing is said goodbye to.
      await physician.page.close();
      // That the recorder is gone only the server says: it may be lying, so nobody reads that nothing is recorded.
      await patientPage.waitForTimeout(5_000);
      await expect(recorded.line).toContainText(`Recording, by ${physician.name}`);
      await expect(recorded.line).toContainText('Nothing has been heard from their device', { timeout: 45_000 });
      await expect(recorded.stopButton).toBeVisible();

      await page.route('**/api/objects/*/parts', (route) => route.abort());
      await page.goto(address);
      const own = await new DeviceCheckPage(page, 'Enter the visit').enter();
      const again = new RecordingView(own);
      await expect(again.line).toHaveText(/^Recording/u, { timeout: 60_000 });
      await expect(recorded.line).toContainText(`Recording, by ${physician.name}`);
      await expect(patient.remoteVideo(physician.name)).toBeVisible({ timeout: 30_000 });
      await patientPage.waitForTimeout(5_000);
      await again.stopButton.click();
      await expect(page.getByText('1 recording is still being stored')).toBeVisible({ timeout: 30_000 });
      await expect(page.getByText("The clinic doesn't answer just now")).toBeVisible({ timeout: 30_000 });
      await expectAccessible(page, 'a recording that waits to be stored');
      const question = page.waitForEvent('dialog');
      await page.evaluate(() => setTimeout(() => location.reload()));
      const warning = await question;
      expect(warning.type()).toBe('beforeunload');
      await warning.dismiss();
      await page.unroute('**/api/objects/*/parts');
      await expect(again.stored).toBeVisible({ timeout: 90_000 });
      const stored = await registered(page, visit);
      expect(stored).toHaveLength(2);
      for (const { parts } of stored) {
        const runs = new Set(parts.map(({ leaf }) => leaf.slice(0, 4)));
        expect(runs.has('0000') && runs.has('0001')).toBe(true);
      }
      await own.endForEveryone();
    });
  });
