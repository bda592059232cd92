import type { JSHandle, Page } from 'puppeteer-core';
import { type Recording, readPictures, recordPictures, type ShownFrame } from '../clip/frameReader.ts';
import { grid } from '../clip/timeCode.ts';
import { usualBirthDate } from '../pages/birthDate.ts';

const withinMs = 30_000;

/** Escaped for the text of a puppeteer selector. */
const named = (role: string, name: string): string => `::-p-aria([name=${JSON.stringify(name)}][role="${role}"])`;

/** Somebody who visits with Firefox: what they press and what they see. */
export class FirefoxPerson {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** @param name all of the button's name */
  async press(name: string): Promise<void> {
    await this.page.locator(named('button', name)).setTimeout(withinMs).click();
  }

  async sees(role: string, name: string): Promise<void> {
    await this.page.locator(named(role, name)).setTimeout(withinMs).wait();
  }

  /** From the link into the waiting room. */
  async wait(link: string): Promise<void> {
    await this.page.goto(link);
    await this.sees('heading', 'When were you born?');
    const [year = '', month = '', day = ''] = usualBirthDate.split('-');
    for (const [label, typed] of Object.entries({ Month: month, Day: day, Year: year })) {
      await this.page.locator(named('textbox', label)).fill(typed);
    }
    await this.press('Continue');
    await this.press("Yes, that's me");
    await this.#passDeviceCheck('Go to the waiting room');
    await this.sees('heading', "You're in the waiting room");
  }

  /** Waits until a text shows up. @param selector of what it is in */
  async reads(text: string, selector = 'body'): Promise<void> {
    await this.page.waitForFunction(
      (where, wanted) =>
        [...document.querySelectorAll<HTMLElement>(where)].some(({ innerText }) => innerText.includes(wanted)),
      { timeout: 2 * withinMs },
      ...[selector, text],
    );
  }

  /** Makes a key of one's own. @param name of the button. @returns the number that is compared */
  async makeKey(name: string): Promise<string> {
    await this.press(name);
    const shown = await this.page.waitForSelector('[data-check-code]', { timeout: withinMs });
    return (await shown?.evaluate((element) => element.getAttribute('data-check-code'))) ?? '';
  }

  async signIn(web: URL, account: { readonly email: string; readonly password: string }): Promise<void> {
    await this.page.goto(new URL('/en/sign-in/', web).href);
    await this.page.locator('input[type=email]').fill(account.email);
    await this.page.locator('input[type=password]').fill(account.password);
    await this.press('Sign in');
    await this.sees('button', 'New visit');
  }

  /** From the day's page into a visit that is planned. */
  async startVisit(patient: string): Promise<void> {
    await this.page
      .locator(named('link', `Start visit with ${patient}`))
      .setTimeout(withinMs)
      .click();
    await this.#passDeviceCheck('Enter the visit');
  }

  /** Width of the picture of somebody; 0 while there is none. */
  async pictureWidth(name: string): Promise<number> {
    return await this.page.evaluate((label) => {
      const video = [...document.querySelectorAll('video')].find((one) => one.ariaLabel === label);
      return video?.videoWidth ?? 0;
    }, `Picture of ${name}`);
  }

  /** Notes what the picture of somebody shows. @returns what to read it with */
  async readPicture(name: string): Promise<{ take(): Promise<ShownFrame[]> }> {
    const video = await this.page.waitForSelector(`video[aria-label=${JSON.stringify(`Picture of ${name}`)}]`);
    if (video === null) throw new Error('no picture');
    const recording: JSHandle<Recording> = await video.evaluateHandle(recordPictures, { ...grid, every: 1 });
    return { take: async () => readPictures(await recording.evaluate(({ shown }) => shown.splice(0))) };
  }

  /** The code that is shown for comparing, as `CompareDialog.code` has it. */
  async code(): Promise<{ pictures: string[]; digits: string }> {
    await this.page.waitForSelector('[role=alertdialog] ol', { timeout: withinMs });
    return await this.page.evaluate(() => {
      const texts = (label: string, part: string): string[] =>
        [...document.querySelectorAll(`[role=alertdialog] ol[aria-label="${label}"] ${part}`)].map(
          ({ textContent }) => textContent,
        );
      return {
        pictures: texts('Your pictures', 'span:not([aria-hidden])'),
        digits: texts('Your numbers', 'span[aria-hidden]').join(''),
      };
    });
  }

  async #passDeviceCheck(action: string): Promise<void> {
    const go = named('button', action);
    const turnOn = named('button', 'Turn on camera and microphone');
    const found = await Promise.race(
      [go, turnOn].map(async (selector) => {
        await this.page.waitForSelector(selector, { timeout: withinMs });
        return selector;
      }),
    );
    if (found === turnOn) await this.page.locator(turnOn).setTimeout(withinMs).click();
    await this.page.locator(go).setTimeout(withinMs).click();
  }
}
