import type { Page } from '@playwright/test';

/**
 * A server that lies, as the page meets it: what comes back of a reading is changed on its way, once the page's `sessionStorage` has `lie`:
 * `newest` leaves the newest entry out, `older` answers with the reading that it lied about before.
 */
export async function lieAboutReadings(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const honest = window.fetch.bind(window);
    window.fetch = async (input, init) => {
      const response = await honest(input, init);
      const lie = sessionStorage.getItem('lie');
      if (lie === null || !response.url.includes('/api/keystore/entries?')) return response;
      const view = (await response.json()) as { entries: string[] };
      const older = sessionStorage.getItem('older');
      if (older === null) sessionStorage.setItem('older', JSON.stringify(view));
      const text =
        lie === 'older' && older !== null ? older : JSON.stringify({ ...view, entries: view.entries.slice(1) });
      return new Response(text, { status: 200, headers: { 'content-type': 'application/json' } });
    };
  });
}
