import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { AccessLogPage } from './pages/accessLogPage.ts';
import { JoinPage } from './pages/joinPage.ts';
import { NotePanel } from './pages/notePanel.ts';
import { PasskeysPage } from './pages/passkeysPage.ts';
import { RecordPage } from './pages/recordPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, type Person } from './people.ts';
import { keystoreCommand, sottoCommand } from './system/commands.ts';
import { asAdministrator, everyRow } from './system/storedRows.ts';

const text = marked('Ferritin 9, tired since spring. Iron by mouth for three months; then again. Zwiebelkuchen.');
const patientName = marked('Perpetua Blumenthal');

test.use({ ownSystem: 'record' });

/** Each test goes on where the one before has left the clinic. */
test.describe
  .serial('a sealed note', () => {
    let officers: Person[] = [];
    let physician: Person;
    let colleague: Person;
    let patient: Page;
    let visit = '';
    let object = '';

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
      patient = await context.newPage();
      for (const account of system.officers) officers.push(await arrive(physicianBrowser, system, account));
      physician = await arrive(physicianBrowser, system, system.physician);
      colleague = await arrive(physicianBrowser, system, system.colleague);
    });

    test.afterAll(async () => {
      for (const { context } of [...officers, physician, colleague]) await close(context);
      await close(patient.context());
      officers = [];
    });

    const officer = (): Person => {
      const [first] = officers;
      if (!first) throw new Error('no officer');
      return first;
    };

    test('the first two officers are let in on the keystore’s own host', async ({ system }) => {
      for (const { page } of officers) {
        const passkeys = new PasskeysPage(page);
        await passkeys.open(system.web);
        const code = await passkeys.create();
        await expect(page.getByText('npm run keystore -- officer-enrol')).toBeVisible();
        expect((await keystoreCommand(system, 'officers')).output).toContain(code);
        const wrong = await keystoreCommand(system, 'officer-enrol', '0000-1111-2222-3333-4444');
        expect(wrong.code).toBe(1);
        expect((await keystoreCommand(system, 'officer-enrol', code)).code).toBe(0);
        await page.reload();
        await expect(passkeys.own.filter({ hasText: 'Works' })).toHaveCount(1);
      }
    });

    test('an officer compares the numbers of two physicians, and signs for both', async ({ system }) => {
      const codes: string[] = [];
      for (const { page } of [physician, colleague]) {
        const passkeys = new PasskeysPage(page);
        await passkeys.open(system.web);
        codes.push(await passkeys.create('28/123456'));
      }
      const desk = new PasskeysPage(officer().page);
      await desk.open(system.web);
      await expect(desk.waiting(physician.name)).toBeVisible();
      await expectAccessible(officer().page, 'the passkeys of an officer');
      for (const [at, { name }] of [physician, colleague].entries()) {
        await expect(desk.waiting(name)).toContainText('licence 28/123456');
        await desk.approve(name, codes[at] ?? '');
        await expect(desk.enrolled(name)).toContainText(`by ${officer().name}`);
      }
      for (const { page } of [physician, colleague]) {
        await page.reload();
        await expect(new PasskeysPage(page).own.filter({ hasText: 'Works' })).toHaveCount(1);
      }
    });

    test('is written in a visit, and not lost by a passkey’s no, the visit’s end or a broken way', async ({
      system,
    }) => {
      const { page, authenticator } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      await new JoinPage(patient).open(await today.createVisit(patientName));
      await expect(new JoinPage(patient).welcome).toBeVisible();
      const call = await (await today.startVisit(patientName)).enter();
      visit = new URL(page.url()).hash.slice(1);
      await call.control('Note').click();
      const note = new NotePanel(page);
      await note.write(text);
      await expectAccessible(page, 'the note beside the visit');
      await authenticator.recognise(false);
      await note.saveButton.click();
      await expect(page.getByText('Nothing was signed')).toBeVisible();
      await expect(note.text).toHaveValue(text);

      const question = page.waitForEvent('dialog');
      await page.evaluate(() => setTimeout(() => location.reload()));
      const warning = await question;
      expect(warning.type()).toBe('beforeunload');
      await warning.dismiss();

      await page.evaluate(() => history.back());
      const leaving = page.getByRole('alertdialog', { name: 'Leave without saving your note?' });
      await expect(leaving).toBeVisible();
      await leaving.getByRole('button', { name: 'Cancel' }).click();
      await expect(note.text).toHaveValue(text);
      expect(new URL(page.url()).hash).toBe(`#${visit}`);

      await call.endForEveryone();
      await expect(call.heading('The visit is over')).toBeVisible();
      await expect(note.text).toHaveValue(text);
      await authenticator.recognise(true);
      // The way to the clinic breaks after the note was signed: what is sent again are the same bytes.
      await page.route('**/api/phi/objects/*', (route) => route.abort());
      await note.againButton.click();
      await expect(page.getByText('Trying again saves the same note, not a second one.')).toBeVisible();
      await page.unroute('**/api/phi/objects/*');
      await note.againButton.click();
      await expect(note.saved).toBeVisible();
      await expect(note.text).toHaveValue('');
    });

    test('lies in the databases as ciphertext only', async ({ system }) => {
      const rows = await everyRow(system, 'database');
      const kept = await asAdministrator(system, 'database', async (client) => {
        const found = await client.query<{ id: string; run: Buffer }>('select id, run from clinic.sealed_object');
        return found.rows;
      });
      expect(kept).toHaveLength(1);
      object = kept[0]?.id ?? '';
      expect(rows).toContain(object);
      expect(kept[0]?.run.length).toBeGreaterThan(1280);
      for (const all of [rows, await everyRow(system, 'keystore-database')]) {
        expect(all).toContain('\n');
        for (const word of ['Zwiebelkuchen', 'Ferritin']) {
          expect(all.includes(word)).toBe(false);
          expect(all.includes(Buffer.from(word).toString('hex'))).toBe(false);
        }
      }
    });

    test('opens by its writer’s passkey, and the opening is in the log, verified', async ({ system }) => {
      const record = new RecordPage(physician.page);
      await record.open(system.web, `visit=${visit}`);
      await expect(physician.page.getByRole('heading', { name: `Notes: ${patientName}` })).toBeVisible();
      await record.openButton.click();
      await expect(record.text).toHaveText(text);
      await expect(physician.page.getByText(`Signed by ${physician.name} with their passkey`)).toBeVisible();
      await expect(physician.page.getByText('A second witness confirmed the log')).toBeVisible();
      await expectAccessible(physician.page, 'an open note');

      const log = new AccessLogPage(physician.page);
      await log.open(system.web);
      const entry = log.entry('Opening a sealed note', physician.name).first();
      await expect(entry).toHaveAttribute('data-state', 'verified');
      await expect(entry).toContainText('Allowed');
      await expect(log.sum).toBeVisible();
    });

    test('is refused to a colleague who has no part in the care, and the officer sees that', async ({ system }) => {
      const record = new RecordPage(colleague.page);
      await record.open(system.web, `object=${object}`);
      await record.openButton.click();
      await expect(record.alert).toContainText('You may not open this note');
      await expect(record.alert).toContainText('That you tried was recorded, with your name.');
      await expect(record.text).toHaveCount(0);
      await expectAccessible(colleague.page, 'a refused note');

      const log = new AccessLogPage(officer().page);
      await log.open(system.web);
      const entry = log.entry('Opening a sealed note', colleague.name).first();
      await expect(entry).toContainText('Refused');
      await expect(entry).toHaveAttribute('data-state', 'verified');
    });

    test('opens to the colleague in an emergency, and the officer is told', async ({ system }) => {
      const { page } = colleague;
      const record = new RecordPage(page);
      await record.open(system.web, `object=${object}`);
      await record.openButton.click();
      await page.getByRole('button', { name: 'It is an emergency' }).click();
      const dialog = page.getByRole('alertdialog');
      await expect(dialog).toContainText('A privacy officer is told at once.');
      await dialog.getByRole('button', { name: 'Open it now' }).click();
      await expect(record.text).toHaveText(text);

      const log = new AccessLogPage(officer().page);
      await log.open(system.web);
      await expect(log.entry('Emergency', colleague.name).first()).toContainText('Allowed');
      await expectAccessible(officer().page, 'the access log of an officer');
      await expect(
        officer().page.getByText(
          `${colleague.name} opened a sealed note or recording in an emergency, against the rules.`,
        ),
      ).toBeVisible();
    });

    test('lets an officer follow who opened it, and save what was found', async ({ system }) => {
      const { page } = officer();
      const log = new AccessLogPage(page);
      await log.open(system.web);
      await log.openTools();
      await page.getByLabel('What').selectOption({ label: 'Openings' });
      await page.getByLabel('Result').selectOption({ label: 'Refused or failed' });
      const refused = log.entry('Opening a sealed note', colleague.name);
      await expect(log.entries).toHaveCount(await refused.count());
      await expectAccessible(page, 'the narrowed access log');

      const table = await log.save('Save as a table (CSV)');
      expect(table.name).toBe('access-log.csv');
      expect(table.text).toContain('"verified",');
      expect(table.text.split('\r\n').filter((line) => line.includes(colleague.name))).toHaveLength(
        await refused.count(),
      );
      const lines = await log.save('Save as JSON lines');
      expect(lines.name).toBe('access-log.jsonl');
      const told = lines.text.trimEnd().split('\n');
      expect(told).toHaveLength(await refused.count());
      for (const one of told)
        expect(JSON.parse(one)).toMatchObject({ state: 'verified', entry: { action: 'object.release' } });
      const bundle = JSON.parse((await log.save('Save as FHIR')).text) as { entry: unknown[] };
      expect(bundle.entry).toHaveLength(await refused.count());
      for (const one of bundle.entry) {
        const resource = { resourceType: 'AuditEvent', outcome: '4', type: { code: 'rest' } };
        expect(one).toMatchObject({ resource });
      }
      expect(JSON.stringify(bundle)).not.toContain(colleague.name);

      await refused.first().getByText('Checked').click();
      await page.getByRole('link', { name: 'Everything by this person' }).click();
      await expect(page.getByLabel('Show')).toHaveValue('person');
      // The first line is the officer's own reading; all others are the colleague's.
      await expect(log.entries.nth(1)).toBeVisible();
      for (const entry of (await log.entries.all()).slice(1)) await expect(entry).toContainText(colleague.name);
      await expect(log.sum).toBeVisible();
      await log.entry('Opening a sealed note').first().getByText('Checked').click();
      await page.getByRole('link', { name: 'Everything about this patient' }).click();
      await expect(page.getByLabel('Show')).toHaveValue('patient');
      await expect(page.getByText('none is left out, up to now')).toBeVisible();
    });

    test('tells its patient who opened it, and claims no more than a browser without their key can know', async ({
      system,
    }) => {
      const log = new AccessLogPage(patient);
      await log.open(system.web, '#mine');
      await expect(patient.getByRole('heading', { name: 'Who opened my record' })).toBeVisible();
      const emergency = log.entry('Opening a sealed note', colleague.name, 'Emergency');
      await expect(emergency).toContainText(`about ${patientName}`);
      await expect(emergency).toHaveAttribute('data-state', 'verified');
      await expect(log.entry('Opening a sealed note', colleague.name, 'Refused').first()).toBeVisible();
      await expect(log.entry('Opening a sealed note', physician.name, 'Allowed').first()).toBeVisible();
      await expect(patient.getByText("We can't tell yet whether this list is yours")).toBeVisible();
      await expect(log.sum).toHaveCount(0);
      await expect(patient.getByText('none is left out, up to now')).toHaveCount(0);
      await expectAccessible(patient, 'the log of a patient');
    });

    test('isn’t opened by a keystore that this browser doesn’t know', async ({ system }) => {
      const { page } = physician;
      const keyOf = () => page.evaluate(() => localStorage.getItem('sotto.keystore.v1'));
      await page.goto(new URL('/en/passkeys/', system.web).href);
      const before = (await keyOf()) ?? '';
      const others = before.replace(
        /"statementKey":"./u,
        (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`,
      );
      await page.evaluate((spoilt) => localStorage.setItem('sotto.keystore.v1', spoilt), others);
      for (const path of ['/en/passkeys/', '/en/access-log/', `/en/record/#visit=${visit}`]) {
        await page.goto(new URL(path, system.web).href);
        await page.reload();
        await expect(page.getByText("The key store's keys have changed")).toBeVisible();
        await expect(page.getByRole('button', { name: 'Open with your passkey' })).toHaveCount(0);
        await expect(page.getByRole('button', { name: 'Make a passkey' })).toHaveCount(0);
      }
      expect(await keyOf()).toBe(others);
      await page.getByRole('button', { name: 'I have asked the clinic: use the new keys' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Use the new keys' }).click();
      await expect(page.getByRole('button', { name: 'Open with your passkey' })).toBeVisible();
      expect(await keyOf()).toBe(before);
    });

    for (const [what, column] of [
      ['text', 'run'],
      ['signed statement', 'manifest'],
    ] as const) {
      test(`shows nothing when the administrator has changed its ${what}`, async ({ system }) => {
        const flip = () =>
          asAdministrator(system, 'database', (client) =>
            client.query(
              `update clinic.sealed_object set ${column} =
                 set_byte(${column}, octet_length(${column}) - 20, get_byte(${column}, octet_length(${column}) - 20) # 1)
                where id = $1`,
              [object],
            ),
          );
        expect((await flip()).rowCount).toBe(1);
        const record = new RecordPage(physician.page);
        await record.open(system.web, `visit=${visit}`);
        await record.openButton.click();
        await expect(record.alert).toContainText('This note was changed after it was signed');
        await expect(record.text).toHaveCount(0);
        await flip();
        await record.open(system.web, `visit=${visit}`);
        await record.openButton.click();
        await expect(record.text).toHaveText(text);
      });
    }

    test('leaves a log that the auditor’s command finds whole', async ({ system }) => {
      const file = (path: string) => join(system.dataFolder, path);
      const key = (path: string) => readFileSync(file(path), 'utf8').trim();
      const { code, output } = await sottoCommand(
        ...['audit', 'verify', '--database', file('keystore-database/sotto_owner.url'), '--require-witness'],
        ...['--log-key', key('keystore/log.verifier'), '--witness-key', key('keystore/witness.verifier')],
      );
      expect(output).toContain('The log is whole');
      expect(code).toBe(0);
    });
  });
