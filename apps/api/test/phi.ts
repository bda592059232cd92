import type { ObjectId } from '@sotto/protocol/ids';
import { type IntentRequest, intentGrant, intentHeader, type PhiRoute, phiRequest } from '@sotto/protocol/phi';
import type { Answer, HttpClient } from './httpClient.ts';

/** Asks for an intent, as a page does before each thing with clinical content. */
export const askIntent = (browser: HttpClient, body: IntentRequest): Promise<Answer> =>
  browser.send('POST', '/api/intents', { body });

/** The id of an intent. @throws unless there was one for whoever asks */
export const takeIntentId = async (browser: HttpClient, body: IntentRequest): Promise<string> =>
  intentGrant.parse((await askIntent(browser, body)).json).id;

/** With an intent that was issued before. */
export function sendWith(
  browser: HttpClient,
  intent: string | null,
  { route, object, body }: { route: PhiRoute; object: ObjectId; body?: unknown },
): Promise<Answer> {
  const { method, path } = phiRequest(route, object);
  return browser.send(method, path, { body, headers: intent === null ? {} : { [intentHeader]: intent } });
}

const purposeOf = (browser: HttpClient): IntentRequest['purpose'] =>
  browser.cookies.has('__Secure-sotto-staff') ? 'treatment' : 'patientRequest';

/** As a page does it: an intent first, and what that is refused with where it is; then what it is for. */
export async function sendPhi(browser: HttpClient, route: PhiRoute, object: ObjectId, body?: unknown): Promise<Answer> {
  const asked = await askIntent(browser, { route, object, purpose: purposeOf(browser) });
  const granted = intentGrant.safeParse(asked.json);
  return granted.success ? sendWith(browser, granted.data.id, { route, object, body }) : asked;
}
