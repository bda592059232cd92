import { expect, type Locator, type Page } from '@playwright/test';
import type { InviteGuestRequest } from '@sotto/protocol/guests';
import type { Marked } from '../marker.ts';

/** A visit's guests, where its physician invites them. */
export class GuestPanel {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get region(): Locator {
    return this.page.getByRole('region', { name: 'Guests' });
  }

  get inviteButton(): Locator {
    return this.region.getByRole('button', { name: 'Invite a guest' });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: 'Invite a guest' });
  }

  row(name: string): Locator {
    return this.region.getByRole('listitem').filter({ hasText: name });
  }

  /** Invites somebody through the dialog. @returns their link */
  async invite(kind: string, name: Marked): Promise<string> {
    await this.inviteButton.click();
    await this.dialog.getByLabel('Who is it?').selectOption({ label: kind });
    await this.dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await this.dialog.getByRole('button', { name: 'Make their link' }).click();
    const made = this.page.getByRole('dialog', { name: `${name} is invited` });
    const link = await made.getByRole('textbox', { name: `Link for ${name}` }).inputValue();
    await made.getByRole('button', { name: 'Close' }).click();
    await expect(made).toHaveCount(0);
    return link;
  }

  /**
   * Invites somebody for so few seconds as no dialog offers, by what the dialog sends.
   *
   * @returns their link
   */
  async inviteFor(
    seconds: number,
    guest: Pick<InviteGuestRequest, 'kind'> & { readonly name: Marked },
  ): Promise<string> {
    return await this.page.evaluate(
      async ({ seconds, guest }) => {
        const visit = location.hash.slice(1);
        const answer = await fetch(`/api/visits/${visit}/guests`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...guest, endsAt: new Date(Date.now() + seconds * 1000).toISOString() }),
        });
        const made = (await answer.json()) as { url: string };
        return made.url;
      },
      { seconds, guest },
    );
  }
}
