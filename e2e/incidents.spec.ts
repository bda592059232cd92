import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { SignInPage } from './pages/signInPage.ts';
import { evidenceCommand, sottoCommand } from './system/commands.ts';
import { checkEvidence, checkManifest, logKeys } from './system/evidence.ts';
import type { RunningSystem } from './system/runningSystem.ts';

// Somebody's account is disabled here.
test.use({ ownSystem: 'incidents' });

async function signIn(page: Page, system: RunningSystem, email: string): Promise<void> {
  const form = new SignInPage(page);
  await form.open(system.web);
  await form.signIn(email, system.physician.password);
  await page.waitForURL(/\/(?:people|today)\/$/u);
}

async function openIncidents(page: Page, system: RunningSystem): Promise<void> {
  await signIn(page, system, system.admin.email);
  await page.getByRole('link', { name: 'Incidents' }).click();
}

async function openIncident(page: Page, about?: string): Promise<void> {
  await page.getByRole('button', { name: 'Open an incident' }).click();
  if (about !== undefined) await page.getByLabel('About', { exact: true }).selectOption({ label: about });
  await expectAccessible(page, 'the question what an incident is about');
  await page.getByRole('dialog').getByRole('button', { name: 'Open it' }).click();
}

test('an administrator opens an incident and follows the plan by its clocks; a physician sees none', async ({
  physicianPage: page,
  patientPage: phone,
  system,
}) => {
  await openIncidents(page, system);
  await expect(page.getByText('Nobody is held up')).toBeVisible();
  await expect(page.getByText('No incidents')).toBeVisible();
  await openIncident(page);
  const incident = page.getByRole('listitem', { name: 'No account in particular' });
  await expect(incident.getByText('Needs you now')).toBeVisible();
  await expect(incident.getByText(/^1[45] minutes left$/u)).toBeVisible();
  await expectAccessible(page, 'the incidents');
  await incident.getByRole('button', { name: 'Done: Hold up openings' }).click();
  await expect(incident.getByText(new RegExp(`^By ${system.admin.name}`, 'u'))).toBeVisible();
  await page.getByRole('button', { name: 'Stop all openings' }).click();
  await expect(page.getByRole('alertdialog')).toContainText("patients can't open their own");
  await expectAccessible(page, 'the question before all openings are stopped');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await incident.getByRole('button', { name: 'Done: Close the incident' }).click();
  await expect(incident.getByText('Closed', { exact: true })).toBeVisible();
  await expect(incident.getByText('Not done')).toHaveCount(2);
  await expect(incident.getByRole('button')).toHaveCount(0);

  await openIncident(page, `${system.admin.name} (${system.admin.email})`);
  const own = page.getByRole('listitem', { name: system.admin.name });
  await expect(own.getByRole('button', { name: 'Hold up this account' })).toBeVisible();
  // Nobody disables themselves, nor sees to it that it is closed.
  await expect(own.getByText('This is about your own account: others see to it.')).toBeVisible();
  await expect(own.getByRole('button')).toHaveCount(1);

  await signIn(phone, system, system.physician.email);
  await phone.goto(new URL('/en/incidents/', system.web).href);
  await expect(phone.getByText('Privacy officers and administrators see this page.')).toBeVisible();
});

test('tries at what isn’t theirs hold up an account within seconds; a person disables it', async ({
  physicianPage: page,
  patientPage: phone,
  system,
}) => {
  await openIncidents(page, system);
  await signIn(phone, system, system.colleague.email);
  const tried = await phone.evaluate(async () => {
    const visits = ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(21).concat('A'));
    const answers = await Promise.all(visits.map((visit) => fetch(`/api/visits/${visit}/objects`)));
    return answers.map(({ status }) => status);
  });
  expect(tried).toEqual([404, 404, 404, 404, 404]);
  const heldUp = page.getByRole('region', { name: 'Held up now' });
  await expect(page.getByText('5 tries within 10 minutes at what this person may not open.')).toBeVisible();
  await expect(heldUp.getByText(system.colleague.name)).toBeVisible();
  const own = page.getByRole('listitem', { name: system.colleague.name, exact: true });
  await expect(own.getByText(/^By itself, /u)).toBeVisible();
  await expectAccessible(page, 'an incident that was found');
  await own.getByRole('button', { name: 'Disable this account' }).click();
  await expect(page.getByRole('alertdialog')).toContainText("A visit that goes on isn't cut");
  await expectAccessible(page, 'the question before an account is disabled');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disable this account' }).click();
  await expect(own.getByText('Account disabled')).toBeVisible();
  expect(await phone.evaluate(async () => (await fetch('/api/session')).status)).toBe(401);
});

test('the evidence of an incident is saved on the host, signed for, recorded, and can be checked without the system', async ({
  physicianPage: page,
  system,
}) => {
  await openIncidents(page, system);
  const command = page.getByText(/^npm run evidence -- --incident/u).first();
  const [incident = ''] = /(?<=--incident )[\w-]{22}/u.exec(await command.innerText()) ?? [];
  const place = mkdtempSync(join(tmpdir(), 'sotto-evidence-'));
  try {
    const out = join(place, 'evidence');
    const kept = await evidenceCommand(system, '--incident', incident, '--out', out);
    expect(kept, kept.output).toMatchObject({ code: 0 });
    const manifest = createHash('sha256')
      .update(readFileSync(join(out, 'manifest')))
      .digest('base64url');
    expect(kept.stdout).toContain(manifest);
    for (const checked of await checkEvidence(system, out)) expect(checked, checked.output).toMatchObject({ code: 0 });
    const found = JSON.parse(readFileSync(join(out, 'incident.json'), 'utf8')) as { alerts: { rule: string }[] };
    expect(found.alerts.map(({ rule }) => rule)).toEqual(['repeatedDenials']);
    const secrets = readFileSync(join(system.dataFolder, 'keys/field.key'), 'utf8').trim();
    for (const file of readdirSync(out, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
      const text = readFileSync(join(file.parentPath, file.name), 'utf8');
      expect(text.includes(secrets) || /PRIVATE KEY|postgresql:\/\//u.test(text), file.name).toBe(false);
    }
    const again = await evidenceCommand(system, '--incident', incident, '--out', out);
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('could not be made')]);
    const unknown = await evidenceCommand(system, '--incident', 'A'.repeat(22), '--out', join(place, 'none'));
    expect([unknown.code, existsSync(join(place, 'none'))]).toEqual([1, false]);
    expect(unknown.output).toContain('The clinic has no such incident.');
    writeFileSync(join(out, 'incident.json'), '{}');
    expect(await checkManifest(system, out)).toMatchObject({
      code: 1,
      output: 'incident.json was changed.\n',
    });
    // It is in the log that it was kept, by which hash.
    const later = join(place, 'later.jsonl');
    const database = join(system.dataFolder, 'database', 'sotto_app.url');
    const origin = logKeys(system).platform.split('+')[0] ?? '';
    expect(
      await sottoCommand('audit', 'export', '--database', database, '--origin', origin, '--out', later),
    ).toMatchObject({ code: 0 });
    expect(readFileSync(later, 'utf8')).toMatch(
      new RegExp(`"action":"incident:evidence","actor":"host","address":null,"after":"${manifest}"`, 'u'),
    );
  } finally {
    rmSync(place, { recursive: true });
  }
});
