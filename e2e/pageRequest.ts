import type { Page } from '@playwright/test';
import { type IntentRequest, intentGrant, intentHeader, phiRequest } from '@sotto/protocol/phi';

/** One request in a page's own session. @returns the answer's JSON; null for an empty one @throws if it's refused */
export const ask = (
  page: Page,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> =>
  page.evaluate(
    async ([how, where, text, more]) => {
      const content = text === null ? {} : { body: text };
      const type = text === null ? {} : { 'content-type': 'application/json' };
      const response = await fetch(where, { method: how, headers: { ...type, ...more }, ...content });
      if (!response.ok) throw new Error(`${how} ${where} answered ${String(response.status)} ${await response.text()}`);
      return response.status === 204 ? null : ((await response.json()) as unknown);
    },
    [method, path, body === undefined ? null : JSON.stringify(body), headers] as const,
  );

/** Says what for, then does it with the patient's content, as the page itself does. @throws if either is refused */
export async function askPhi(page: Page, intent: IntentRequest, body?: unknown): Promise<unknown> {
  const { id } = intentGrant.parse(await ask(page, 'POST', '/api/intents', intent));
  const { method, path } = phiRequest(intent.route, intent.object);
  return ask(page, method, path, body, { [intentHeader]: id });
}
