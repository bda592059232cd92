import type { Locator, Page } from '@playwright/test';
import { TodayPage } from './todayPage.ts';

/** Where staff sign in. */
export class SignInPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(web: URL, locale = 'en'): Promise<void> {
    await this.page.goto(new URL(`/${locale}/sign-in/`, web).href);
  }

  get passkeyButton(): Locator {
    return this.page.getByRole('button', { name: 'Sign in with a passkey' });
  }

  get submitButton(): Locator {
    return this.page.getByRole('button', { name: 'Sign in', exact: true });
  }

  async signIn(email: string, password: string): Promise<TodayPage> {
    await this.page.getByRole('textbox', { name: 'Email' }).fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.submitButton.click();
    return new TodayPage(this.page);
  }
}
