import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import { sealedList } from '@sotto/protocol/records';
import { percentile } from './clip/latency.ts';
import { close, expect, test } from './fixtures.ts';
import { marked, typedWords } from './marker.ts';
import { meetAs, seeEachOther } from './meeting.ts';
import { AccessLogPage } from './pages/accessLogPage.ts';
import type { CallView } from './pages/callView.ts';
import { ChatPanel } from './pages/chatPanel.ts';
import { DeviceCheckPage } from './pages/deviceCheckPage.ts';
import { PortalPage } from './pages/portalPage.ts';
import { RecordingCard } from './pages/recordingCard.ts';
import { RecordingView } from './pages/recordingView.ts';
import { arriveIn, arriveOfficers, enrol, type Person } from './people.ts';
import { Device } from './recordedCall/device.ts';
import { LayerWish } from './recordedCall/layerWish.ts';
import { heardStretches, playThrough, secondsShown, seekAtRandom } from './recordedCall/playedRecording.ts';
import { complaintsOf, readSavedFile, type SavedFile, type SoundLag, soundLags } from './recordedCall/savedFile.ts';
import { anchoring, capturedAt, holesIn, widthChanges } from './recordedCall/timeline.ts';
import { wallFormat } from './recordedCall/wallClip.ts';
import { Authenticator } from './system/authenticator.ts';
import { SecretScan } from './system/secretScan.ts';
import { databases, everyRow } from './system/storedRows.ts';

const clips = { physician: 11, patient: 12 } as const;
/** Letters by chance, that nothing else has. */
const patientName = marked('Olga');
const message = marked('Is it better?');
const stretchMs = 10_000;
/** Longer than `longHole`. */
const awayMs = 3_000;
/** Seconds: what a killed tab may cost, and a picture more. */
const mostLost = 1;
/** Seconds without a picture that no machine with too much to do explains. */
const longHole = 2.5;
const mostLagMs = 40;
const seeks = 20;

test.use({ ownSystem: 'recorded-call' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a recorded call', () => {
    const epoch = Math.floor(Date.now() / 1000) * 1000;
    /** Seconds of the clips at this moment. */
    const now = () => (Date.now() - epoch) / 1000;
    const opened: Device[] = [];
    let [desk, phone]: [Device?, Device?] = [];
    let officers: readonly Person[] = [];
    let physician: Person;
    let patient: Page;
    let visit = '';
    /** Copy of the recorder's disk as the kill left it. */
    let atKill = '';
    /** Seconds of the clips. */
    const moments = { switches: [] as number[], killed: 0 };
    const saved: { octets: Buffer; file: SavedFile }[] = [];

    test.beforeAll(async ({ system, physicianBrowser }) => {
      test.setTimeout(15 * 60_000);
      desk = await Device.turnOn(system, { clip: clips.physician, epoch, width: 1024, height: 700 });
      phone = await Device.turnOn(system, { clip: clips.patient, epoch, width: 390, height: 780 });
      opened.push(desk, phone);
      // A file that is saved by the browser's own dialog is out of a test's reach.
      await phone.context.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
      patient = await phone.context.newPage();
      await Authenticator.give(patient);
      officers = await arriveOfficers(physicianBrowser, system);
      physician = await arriveIn(desk.context, system, system.physician);
      await enrol(system, officer(), physician);
    });

    test.afterAll(async () => {
      for (const { context } of officers) await close(context);
      for (const device of opened) await device[Symbol.asyncDispose]();
    });

    const officer = (): Person => {
      const [first] = officers;
      if (!first) throw new Error('no officer');
      return first;
    };

    /** The width of the patient's picture as the physician's browser gets it. */
    const width = (own: CallView) =>
      own.remoteVideo(patientName).evaluate((video: HTMLVideoElement) => video.videoWidth);

    test('goes on over two switches of layers, a rejoin and a killed tab', async ({ system }) => {
      test.setTimeout(300_000);
      const { page, context, authenticator } = physician;
      const layers = await LayerWish.of(page, system);
      const meeting = await meetAs(physician, { patientPage: patient, system }, patientName);
      const { physician: own, patient: patientCall } = meeting;
      visit = new URL(page.url()).hash.slice(1);
      await expect.poll(() => width(own), { timeout: 45_000 }).toBe(wallFormat.width);
      const recorder = new RecordingView(own);
      const recorded = new RecordingView(patientCall);
      await recorder.ask();
      await recorded.answer(true);
      await expect(recorder.line).toHaveText(/^Recording/u);
      await recorder.closeDialog();
      const chat = new ChatPanel(patient);
      await chat.open();
      await chat.say(message);
      await expect(chat.message(message)).toContainText('Delivered');
      await chat.close();
      await patient.waitForTimeout(stretchMs);

      for (const [layer, seen] of [
        [0, wallFormat.width / 2],
        [2, wallFormat.width],
      ] as const) {
        await layers.ask(layer);
        await expect.poll(() => width(own), { timeout: 30_000, intervals: [100] }).toBe(seen);
        moments.switches.push(now());
        await patient.waitForTimeout(stretchMs);
      }

      await patient.reload();
      await seeEachOther(meeting);
      await expect(recorded.question).toBeVisible();
      // As somebody who reads first.
      await patient.waitForTimeout(awayMs);
      await recorded.answer(true);
      await expect(recorder.line).toHaveText(/^Recording/u);

      const address = page.url();
      const next = await context.newPage();
      await authenticator.bringTo(await Authenticator.give(next));
      const session = await context.newCDPSession(page);
      await page.bringToFront();
      await patient.waitForTimeout(stretchMs);
      const crashed = page.waitForEvent('crash');
      moments.killed = now();
      session.send('Page.crash').catch(() => undefined);
      await crashed;
      atKill = desk?.freeze() ?? '';
      await patient.waitForTimeout(awayMs);
      await next.goto(address);
      const again = await new DeviceCheckPage(next, 'Enter the visit').enter();
      const resumed = new RecordingView(again);
      await expect(resumed.line).toHaveText(/^Recording/u, { timeout: 60_000 });
      await seeEachOther({ ...meeting, physician: again });
      await patient.waitForTimeout(stretchMs);
      await resumed.stopButton.click();
      await expect(resumed.stored).toBeVisible({ timeout: 90_000 });
      await again.endForEveryone();
      await expect(again.heading('The visit is over')).toBeVisible();
      physician = { ...physician, page: next };
    });

    test('is saved by the patient as files that FFmpeg decodes, with picture and sound in step', async ({ system }) => {
      test.setTimeout(180_000);
      const portal = new PortalPage(patient);
      await portal.open(system.web);
      await portal.passkeyButton.click();
      const number = await portal.number();
      const { page } = physician;
      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      await page.getByRole('button', { name: 'Compare and confirm' }).click();
      const dialog = page.getByRole('dialog');
      await expect(dialog.locator('[data-check-code]')).toHaveAttribute('data-check-code', number);
      await dialog.getByRole('button', { name: 'It is the same: sign' }).click();
      await expect(portal.key(/^Passkey ending in/u)).toContainText('Works');

      await new RecordingCard(patient).button('Save a copy').click();
      const saving = patient.getByRole('dialog', { name: 'Save a copy' });
      await expect(saving.getByRole('listitem')).toHaveCount(2);
      for (const row of await saving.getByRole('listitem').all()) {
        const download = patient.waitForEvent('download');
        await row.getByRole('button', { name: 'Save', exact: true }).click();
        const path = await (await download).path();
        await expect(row.getByText('Saved', { exact: true })).toBeVisible();
        expect(await complaintsOf(path)).toBe('');
        saved.push({ octets: readFileSync(path), file: await readSavedFile(path) });
      }
      await saving.getByRole('button', { name: 'Done' }).click();
      for (const { file } of saved) {
        const [clip = 0, ...others] = file.clips;
        expect(others).toEqual([]);
        expectWhole(file, clip);
        expectInStep(file, clip);
      }
      expect(saved.map(({ file }) => [...file.clips][0]).sort()).toEqual([clips.physician, clips.patient]);
      const [one = 0, other = 0] = saved.map(({ file }) => anchoring(file).offset);
      console.log(`the two files are apart by ${ms(Math.abs(one - other))}`);
      expect(Math.abs(one - other)).toBeLessThan(0.25);
    });

    /** Every second says when it was, but for those that nobody could have recorded. */
    function expectWhole(file: SavedFile, clip: number): void {
      const readable = file.pictures.filter(({ captured }) => captured !== null).length / file.pictures.length;
      const holes = holesIn(file, longHole);
      const { strays } = anchoring(file);
      const lost = moments.killed - (holes.findLast(({ from }) => from <= moments.killed)?.from ?? 0);
      console.log(
        `clip ${clip}: ${file.pictures.length} pictures, ${(readable * 100).toFixed(1)} % readable, ` +
          `from their place p50 ${ms(percentile(strays, 0.5))}, p95 ${ms(percentile(strays, 0.95))}; ` +
          `holes of ${holes.map(({ from, to }) => `${(to - from).toFixed(1)} s`).join(' and ')}; ` +
          `lost at the kill: ${ms(lost)}`,
      );
      expect(readable).toBeGreaterThan(0.99);
      expect(percentile(strays, 0.95)).toBeLessThan(0.15);
      expect(lost, 'lost at the kill, s').toBeLessThan(mostLost);
      // While the patient who came back hadn't answered, nobody was recorded; and nobody recorded until the tab was back.
      expect(holes).toHaveLength(2);
      if (clip !== clips.patient) return;
      const [reload] = holes;
      const changes = widthChanges(file).filter(({ captured }) => captured < (reload?.from ?? 0));
      expect(changes.map(({ width: to }) => to)).toEqual([wallFormat.width / 2, wallFormat.width]);
    }

    /** Sound is there in every second, and not before or behind its picture. */
    function expectInStep(file: SavedFile, clip: number): void {
      const lags = soundLags(file);
      const seconds = new Set(file.pictures.map(({ time }) => Math.floor(time))).size;
      const { offset } = anchoring(file);
      const around = [
        { when: 'the whole', lags },
        ...moments.switches.map((at, index) => ({
          when: `switch ${index + 1}`,
          lags: lags.filter(({ time }) => Math.abs(time + offset - at) < stretchMs / 2_000),
        })),
      ];
      const texts = around.map((one) => `${one.when} ${medianLag(one.lags).toFixed(1)} ms of ${one.lags.length}`);
      console.log(`clip ${clip}: sound behind picture over ${texts.join(', ')}; ${lags.length} tones in ${seconds} s`);
      expect(lags.length / seconds, 'seconds with their tone').toBeGreaterThan(0.75);
      for (const { when, lags: some } of around) {
        expect(some.length, when).toBeGreaterThan(5);
        expect(Math.abs(medianLag(some)), when).toBeLessThanOrEqual(mostLagMs);
      }
    }

    test('is played by the patient: every second, and wherever they press', async () => {
      test.setTimeout(360_000);
      const card = new RecordingCard(patient);
      await card.open();
      await expect(card.tiles).toHaveCount(2);
      const tracks = await playThrough(card, '2×');
      expect(tracks.map(({ clip }) => clip).sort()).toEqual([clips.physician, clips.patient]);
      const files = tracks.map(({ clip }) => saved.find(({ file }) => file.clips.has(clip))?.file ?? noFile());
      for (const [index, track] of tracks.entries()) {
        const { offset, pictures } = track;
        const wrong = pictures.filter(({ place, captured }) => Math.abs(captured - offset - place) > 0.15).length;
        const seconds = secondsShown(track);
        const inFile = new Set(files[index]?.pictures.map(({ time }) => Math.floor(time))).size;
        console.log(
          `clip ${track.clip}: ${pictures.length} pictures of ${seconds} s of ${inFile} s, ${wrong} misplaced`,
        );
        expect(wrong / pictures.length, 'pictures at another place than their moment').toBeLessThan(0.01);
        expect(seconds / inFile).toBeGreaterThan(0.9);
      }
      const heard = await heardStretches(card);
      expect(heard).toHaveLength(2);
      for (const [index, stretches] of heard.entries()) {
        const seconds = stretches.reduce((sum, [from, to]) => sum + to - from, 0);
        console.log(`player ${index}: heard in ${seconds} s`);
        expect(seconds).toBeGreaterThan((3 * stretchMs) / 1000);
      }

      const length = Math.floor(Math.min(...files.map(({ pictures }) => pictures.at(-1)?.time ?? 0)));
      const among = Array.from({ length }, (_, second) => second).filter((second) =>
        files.every((file) => capturedAt(file, second, 0.5) !== undefined),
      );
      const sought = await seekAtRandom(card, among, seeks);
      const off = sought.flatMap(({ place, captured }) =>
        captured.map((shown, index) =>
          Math.abs(shown - (capturedAt(files[index] ?? noFile(), place, 0.5) ?? Number.NaN)),
        ),
      );
      console.log(`${seeks} seeks: shown is from the file's picture by ${ms(Math.max(...off))} at most`);
      expect(Math.max(...off), `pressed at ${sought.map(({ place }) => place).join(', ')} s`).toBeLessThan(0.05);
      await card.button('Close the recording').click();
    });

    test('is opened by a privacy officer too, and both logs say who opened it, verified', async ({ system }) => {
      test.setTimeout(120_000);
      const { page, name } = officer();
      const listed: unknown = await physician.page.evaluate(
        async (path) => (await fetch(path)).json() as Promise<unknown>,
        `/api/visits/${visit}/objects`,
      );
      const objects = sealedList.parse(listed).objects.map(({ object }) => object);
      expect(objects).toHaveLength(2);
      await page.goto(new URL(`/en/record/#recording=${objects.join('.')}`, system.web).href);
      const card = new RecordingCard(page);
      await card.open();
      await expect(card.tiles).toHaveCount(2);
      await card.button('Close the recording').click();

      const log = new AccessLogPage(page);
      await log.open(system.web);
      for (const who of [name, 'Patient …']) {
        const entry = log.entry('Opening', who).first();
        await expect(entry).toContainText('Allowed');
        await expect(entry).toHaveAttribute('data-state', 'verified');
      }
      const mine = new AccessLogPage(patient);
      await mine.open(system.web, '#mine');
      for (const who of [name, 'You']) {
        const entry = mine.entry('Opening', who).first();
        await expect(entry).toContainText('Allowed');
        await expect(entry).toHaveAttribute('data-state', 'verified');
      }
    });

    test('leaves nothing that was said or seen on any disk', async ({ system }) => {
      test.setTimeout(400_000);
      for (const device of opened) await device.turnOff();
      const scan = new SecretScan({ words: typedWords, recordings: saved.map(({ octets }) => octets) });
      expect(scan.pieces).toBeGreaterThan(1_000);
      const folders = [...opened.map(({ profile }) => profile), atKill, system.dataFolder];
      const clear = saved[0]?.octets ?? noFile();
      const cluster = clear.indexOf('1f43b675', 'hex');
      const middle = cluster + 20_000;
      const coded = [0, 1, 2].flatMap((skipped) =>
        (['base64', 'base64url'] as const).map((how) => {
          const text = clear.toString(how, middle + skipped, middle + 20_000);
          return [`${how}-${skipped}`, Buffer.from(JSON.stringify({ text }))] as const;
        }),
      );
      for (const folder of folders) {
        // What it finds shows that it looks: here, and for what.
        const controls = { head: clear.subarray(0, 400), middle: clear.subarray(middle, middle + 20_000) };
        for (const [name, octets] of [
          ...Object.entries(controls),
          ...coded,
          ['cluster', clear.subarray(cluster, cluster + 24)] as const,
          ['words', Buffer.from(`{"name":"${patientName}"}`, 'utf16le')] as const,
        ]) {
          writeFileSync(join(folder, `control-${name}`), octets);
        }
        const found = scan.folder(folder);
        const controlled = found.filter(({ path }) => path.startsWith(join(folder, 'control-')));
        for (const { path } of controlled) rmSync(path, { force: true });
        const kinds = new Set(controlled.map(({ path, what }) => `${basename(path)}: ${what}`));
        expect([...kinds]).toEqual(
          expect.arrayContaining([
            'control-head: webm',
            'control-middle: frame',
            'control-cluster: webm',
            'control-words: word',
            ...coded.map(([name]) => `control-${name}: frame`),
          ]),
        );
        expect.soft(found.filter((one) => !controlled.includes(one))).toEqual([]);
      }
      for (const database of databases) {
        const rows = await everyRow(system, database);
        expect(rows).toContain(database === 'database' ? 'clinic.sealed_object' : 'entry');
        expect(scan.rows(database, `${rows}\n\\x${Buffer.from(message).toString('hex')}`)).not.toEqual([]);
        expect(scan.rows(database, rows)).toEqual([]);
      }
      console.log(`${(scan.octets / 2 ** 20).toFixed(0)} MiB looked through for ${scan.pieces} pieces of frames`);
    });
  });

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;
const medianLag = (lags: readonly SoundLag[]): number =>
  percentile(
    lags.map((lag) => lag.ms),
    0.5,
  );
const noFile = (): never => {
  throw new Error('not saved');
};
