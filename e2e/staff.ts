import { type Browser, type BrowserContext, expect, type Page } from '@playwright/test';
import { PasskeysPage } from './pages/passkeysPage.ts';
import { SignInPage } from './pages/signInPage.ts';
import { Authenticator } from './system/authenticator.ts';
import { keystoreCommand } from './system/commands.ts';
import type { RunningSystem } from './system/runningSystem.ts';

export interface Person {
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly authenticator: Authenticator;
}

/** Somebody signed in at a device of their own, with a fingerprint reader. */
export async function arrive(
  browser: Browser,
  system: RunningSystem,
  account: { name: string; email: string },
): Promise<Person> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
    origin: system.web.origin,
  });
  const page = await context.newPage();
  const authenticator = await Authenticator.give(page);
  const signIn = new SignInPage(page);
  await signIn.open(system.web);
  await signIn.signIn(account.email, system.physician.password);
  await page.waitForURL(/\/(today|access-log)\/$/u);
  return { name: account.name, context, page, authenticator };
}

/** Whether this device's own passkey has become one that works. */
async function seesItWork({ page }: Person): Promise<void> {
  await page.reload();
  await expect(new PasskeysPage(page).own.filter({ hasText: 'Works' })).toHaveCount(1);
}

/** One of the first two officers makes a passkey, and is let in on the keystore's own host. */
export async function enrolOnHost(officer: Person, system: RunningSystem): Promise<void> {
  const passkeys = new PasskeysPage(officer.page);
  await passkeys.open(system.web);
  const code = await passkeys.create();
  expect((await keystoreCommand(system, 'officer-enrol', code)).code).toBe(0);
  await seesItWork(officer);
}

/** Somebody makes a passkey, and an officer compares its number and signs. */
export async function enrol(person: Person, by: Person, system: RunningSystem, licence?: string): Promise<void> {
  const passkeys = new PasskeysPage(person.page);
  await passkeys.open(system.web);
  const code = await passkeys.create(licence);
  const desk = new PasskeysPage(by.page);
  await desk.open(system.web);
  await desk.approve(person.name, code);
  await expect(desk.enrolled(person.name)).toContainText(`by ${by.name}`);
  await seesItWork(person);
}
