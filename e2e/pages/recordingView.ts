import type { Locator, Page } from '@playwright/test';
import type { CallView } from './callView.ts';

/** A recording of a visit, as either side sees it. */
export class RecordingView {
  readonly #call: CallView;

  constructor(call: CallView) {
    this.#call = call;
  }

  get #page(): Page {
    return this.#call.page;
  }

  /** The line that says whether it's recorded. */
  get line(): Locator {
    return this.#page.getByRole('region', { name: 'Recording', exact: true });
  }

  get dialog(): Locator {
    return this.#page.getByRole('dialog', { name: 'Record the visit' });
  }

  get question(): Locator {
    return this.#page.getByRole('alertdialog', { name: 'May this visit be recorded?' });
  }

  get stopButton(): Locator {
    return this.line.getByRole('button', { name: 'Stop recording' });
  }

  get stored(): Locator {
    return this.#page.getByText('1 recording is stored');
  }

  /** As the clinician does. */
  async ask(): Promise<void> {
    await this.#call.control('Record').click();
    await this.dialog.getByRole('button', { name: 'Ask everybody' }).click();
  }

  /** As those do who are asked. */
  async answer(isYes: boolean): Promise<void> {
    await this.question.getByRole('button', { name: isYes ? 'Yes, you may record' : "No, don't record" }).click();
  }

  async closeDialog(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close' }).last().click();
  }
}
