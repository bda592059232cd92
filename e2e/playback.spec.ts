import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { keystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { marked, marker } from './marker.ts';
import { AccessLogPage } from './pages/accessLogPage.ts';
import { JoinPage } from './pages/joinPage.ts';
import { PortalPage } from './pages/portalPage.ts';
import { RecordingCard } from './pages/recordingCard.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arriveStaff, type Person } from './people.ts';
import type { MadeFrame } from './playback/frames.ts';
import { recordVisit } from './playback/recordedVisit.ts';
import type { SceneTools } from './playback/scene.ts';
import { PlaybackServer } from './playback/sceneServer.ts';
import { Authenticator } from './system/authenticator.ts';
import { registryCommand, sottoCommand } from './system/commands.ts';

const patientName = marked('Wilhelmina Kornblum');
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
      // A file that is saved by the browser's own dialog is out of a test's reach.
      await context.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
      patient = await context.newPage();
      await Authenticator.give(patient);
      const staff = await arriveStaff(physicianBrowser, system);
      ({ physician } = staff);
      people = [...staff.officers, physician];
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      await patient.goto(await today.createVisit(patientName));
      await expect(new JoinPage(patient).welcome).toBeVisible();
      await today.startVisit(patientName);
      await page.waitForURL(/\/visit\/#[\w-]{22}$/u);
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
      await card.button('Close the recording').click();
      await expect(card.button('Open with your passkey')).toBeVisible();
    });

    test('is opened by the patient, and saved to a file as a deed of its own', async ({ system }) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await expect(patient.getByRole('heading', { name: 'Recordings' })).toBeVisible();
      await portal.passkeyButton.click();
      const number = await portal.number();
      const { page } = physician;
      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      await page.reload();
      await page.getByRole('button', { name: 'Compare and confirm' }).click();
      const dialog = page.getByRole('dialog');
      await expect(dialog.locator('[data-check-code]')).toHaveAttribute('data-check-code', number);
      await dialog.getByRole('button', { name: 'It is the same: sign' }).click();
      await expect(portal.key(/^Passkey ending in/u)).toContainText('Works');

      const card = new RecordingCard(patient);
      await card.open();
      await expect(card.tiles.first().locator('[data-watermark]')).toContainText(patientName);
      await expectAccessible(patient, 'an own recording');
      await card.button('Close the recording').click();

      await card.button('Save a copy').click();
      const saving = patient.getByRole('dialog', { name: 'Save a copy' });
      await expect(saving.getByText('A saved file is no longer sealed')).toBeVisible();
      await expectAccessible(patient, 'saving a recording');
      const file = patient.waitForEvent('download');
      await saving.getByRole('button', { name: 'Save' }).first().click();
      const path = await (await file).path();
      expect(readFileSync(path).subarray(0, 4).toString('hex')).toBe('1a45dfa3');
      await expect(saving.getByText('Saved', { exact: true })).toBeVisible();
      await saving.getByRole('button', { name: 'Done' }).click();

      await patient.goto(new URL('/en/access-log/#mine', system.web).href);
      const log = new AccessLogPage(patient);
      // Two tracks each: opened by the physician and by the patient, and saved by the patient alone.
      await expect(log.entry('Saving a copy that is no longer sealed')).toHaveCount(2);
      await expect(log.entryBy('You', 'Saving a copy that is no longer sealed')).toHaveCount(2);
      for (const who of ['You', physician.name]) {
        const openings = log.entryBy(who, 'Opening a sealed note or recording');
        await expect(openings).toHaveCount(2);
        await expect(openings.filter({ hasText: /Open for (?:\d+ min )?\d+ s, as their browser says/u })).toHaveCount(
          2,
        );
      }
      await expect(log.sum).toBeVisible();
      const mine = new AccessLogPage(physician.page);
      await mine.open(system.web);
      await expect(mine.entry('Opening a sealed note or recording', 'as their browser says')).toHaveCount(2);
      await expect(mine.entry('Closing what was opened', 'as their browser says')).toHaveCount(2);
    });

    test('gives the patient its key for a check, by which what is stored opens', async ({ system }, testInfo) => {
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await new RecordingCard(patient).button('Have it checked').click();
      const dialog = patient.getByRole('dialog', { name: 'Have this recording checked' });
      await expect(dialog.getByText('anybody can watch the recording')).toBeVisible();
      await expectAccessible(patient, 'a key for a check, before');
      await dialog.getByRole('button', { name: 'Sign and get the key' }).click();
      const save = dialog.getByRole('button', { name: 'Save the key file' });
      await expect(save).toBeVisible();
      await expectAccessible(patient, 'a key for a check');
      const file = patient.waitForEvent('download');
      await save.click();
      const release = testInfo.outputPath('release.json');
      await (await file).saveAs(release);
      chmodSync(release, 0o600);
      await dialog.getByRole('button', { name: 'Done' }).click();

      const identity = await patient.evaluate(
        async (): Promise<unknown> => (await fetch('/api/keystore/identity')).json(),
      );
      const { clinic, statementKey } = keystoreIdentity.parse(identity);
      const registry = testInfo.outputPath('registry.jsonl');
      const lines = await registryCommand(system, clinic);
      expect(lines.code, lines.output).toBe(0);
      writeFileSync(registry, lines.stdout);
      const known = ['--registry', registry, '--keystore', statementKey, '--release', release];
      const checked = await sottoCommand('vault', 'verify', join(system.dataFolder, 'recordings'), ...known);
      expect(checked.code, checked.output).toBe(0);
      expect(checked.output).toMatch(/^Every byte of 2 objects is as it was registered; .+\. 2 of them open\.\n$/u);

      await patient.goto(new URL('/en/access-log/#mine', system.web).href);
      const log = new AccessLogPage(patient);
      // The copy that was saved before, and the key.
      await expect(log.entryBy('You', 'Saving a copy that is no longer sealed')).toHaveCount(4);
    });

    test('leads to a mail without a name, for a patient who wishes it', async ({ system }) => {
      test.setTimeout(180_000);
      const address = `wilhelmina.${marker}@example.org`;
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      // The clinic that is started here has no mail server.
      await expect(patient.getByText('This clinic sends no e-mail yet')).toBeVisible();
      await patient.getByLabel('Your e-mail address').fill(address);
      await patient.getByRole('button', { name: 'Send me a code' }).click();
      await expect(patient.getByText('A code was made for w…@example.org. It isn')).toBeVisible();
      await expectAccessible(patient, 'asking for messages');
      const [officer] = people;
      if (!officer) throw new Error('no officer');
      const { page: office } = officer;
      await office.goto(new URL('/en/outbox/', system.web).href);
      const messages = office.getByRole('list', { name: 'Messages' }).getByRole('listitem');
      await expect(messages).toHaveCount(1, { timeout: 30_000 });
      const code = /\b\d{6}\b/u.exec(await messages.innerText())?.[0] ?? '';
      await patient.getByLabel('Code from the e-mail').fill(code);
      await patient.getByRole('button', { name: 'Turn it on' }).click();
      await expect(patient.getByText('E-mail to w…@example.org')).toBeVisible();

      const { page } = physician;
      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      await page.reload();
      await new RecordingCard(page).open();
      const notice = messages.filter({ hasText: 'Something of yours was opened' });
      await expect(notice).toHaveCount(1, { timeout: 90_000 });
      await expect(notice).toContainText(address);
      const words = await notice.innerText();
      for (const name of [patientName, 'Kornblum ', physician.name]) expect(words).not.toContain(name);
      await expectAccessible(office, 'the outbox');
      const link = /https:\/\/\S+\/stop-mail\/#[\w-]{43}/u.exec(words)?.[0] ?? '';
      await patient.goto(link);
      await expectAccessible(patient, 'ending messages');
      await patient.getByRole('button', { name: 'End these messages' }).click();
      await expect(patient.getByText('You will get no more of these messages.')).toBeVisible();
      await portal.open(system.web);
      await expect(patient.getByLabel('Your e-mail address')).toBeVisible();
    });

    test('that was changed in storage isn’t played, nor one of which a part is missing', async ({ system }) => {
      const { page } = physician;
      const stored = partsIn(system.dataFolder);
      const [first] = stored;
      if (first === undefined) throw new Error('nothing is stored');
      const whole = readFileSync(first);
      const cases = [
        [
          'changed',
          () => writeFileSync(first, spoilt(whole)),
          "This recording isn't what was stored. It isn't played.",
        ],
        [
          'cut',
          () => writeFileSync(first, whole.subarray(0, whole.length - 5_000)),
          "This recording isn't what was stored. It isn't played.",
        ],
        ['missing', () => renameSync(first, `${first}.gone`), 'A part of this recording is missing'],
      ] as const;
      for (const [name, spoil, words] of cases) {
        spoil();
        await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
        await page.reload();
        const card = new RecordingCard(page);
        await card.button('Open with your passkey').click();
        await expect(card.alert.getByText(words)).toBeVisible();
        await expect(card.root.locator('video')).toHaveCount(0);
        if (name === 'missing') renameSync(`${first}.gone`, first);
        writeFileSync(first, whole);
      }
    });
  });

/** Flips a bit in the first segment behind the header, which is read before anything is played. */
function spoilt(octets: Buffer): Buffer {
  const changed = Buffer.from(octets);
  changed[1_400] = (changed[1_400] ?? 0) ^ 1;
  return changed;
}

/** First parts of runs, as the filesystem store keeps them. */
const partsIn = (dataFolder: string): string[] =>
  readdirSync(dataFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /parts\/[\w-]{22}\/0000-000000$/u.test(name))
    .map((name) => join(dataFolder, name));
