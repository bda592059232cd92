import type { Browser, BrowserContext, Page } from '@playwright/test';
import { expect } from './fixtures.ts';
import { PasskeysPage } from './pages/passkeysPage.ts';
import { SignInPage } from './pages/signInPage.ts';
import { Authenticator } from './system/authenticator.ts';
import { keystoreCommand } from './system/commands.ts';
import type { RunningSystem } from './system/runningSystem.ts';

/** Somebody of the staff, at a device of their own. */
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
  return await arriveIn(context, system, account);
}

/** As `arrive`, at a device that is there already. */
export async function arriveIn(
  context: BrowserContext,
  system: RunningSystem,
  account: { name: string; email: string },
): Promise<Person> {
  await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
    origin: system.web.origin,
  });
  const page = await context.newPage();
  const authenticator = await Authenticator.give(page);
  const signIn = new SignInPage(page);
  await signIn.open(system.web);
  await signIn.signIn(account.email, system.physician.password);
  await page.waitForURL(/\/(today|access-log|people)\/$/u);
  return { name: account.name, context, page, authenticator };
}

/** A clinic's first two officers, let in on the keystore's own host. */
export async function arriveOfficers(browser: Browser, system: RunningSystem): Promise<readonly [Person, Person]> {
  const [one, other] = system.officers;
  if (!one || !other) throw new Error('two officers');
  const officers = [await arrive(browser, system, one), await arrive(browser, system, other)] as const;
  for (const { page } of officers) {
    const passkeys = new PasskeysPage(page);
    await passkeys.open(system.web);
    const code = await passkeys.create();
    expect((await keystoreCommand(system, 'officer-enrol', code)).code).toBe(0);
    await page.reload();
    await expect(passkeys.own.filter({ hasText: 'Works' })).toHaveCount(1);
  }
  return officers;
}

/** Those officers, and the physician with a passkey that the first of them has signed for. */
export async function arriveStaff(
  browser: Browser,
  system: RunningSystem,
): Promise<{ officers: readonly [Person, Person]; physician: Person }> {
  const officers = await arriveOfficers(browser, system);
  const physician = await arrive(browser, system, system.physician);
  await enrol(system, officers[0], physician);
  return { officers, physician };
}

/** An officer compares a clinician's number and signs for their passkey. */
export async function enrol(system: RunningSystem, officer: Person, clinician: Person): Promise<void> {
  const own = new PasskeysPage(clinician.page);
  await own.open(system.web);
  const code = await own.create();
  const desk = new PasskeysPage(officer.page);
  await desk.open(system.web);
  await desk.approve(clinician.name, code);
  await clinician.page.reload();
  await expect(own.own.filter({ hasText: 'Works' })).toHaveCount(1);
}

/** The officer who begins what two sign: the one whose id is the first; the other comes with their passkey. */
export async function inOrder(officers: readonly Person[]): Promise<{ first: Person; second: Person }> {
  const ids = await Promise.all(
    officers.map(({ page }) =>
      page.evaluate(async () => {
        const response = await fetch('/api/session');
        return ((await response.json()) as { staff: { id: string } }).staff.id;
      }),
    ),
  );
  const [one, other] = officers;
  const [idOfOne, idOfOther] = ids;
  if (!one || !other || !idOfOne || !idOfOther) throw new Error('two officers');
  const [first, second] = idOfOne < idOfOther ? [one, other] : [other, one];
  return { first, second };
}
