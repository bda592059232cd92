import type { ObjectId } from '@sotto/protocol/ids';
import {
  type IntentRequest,
  intentGrant,
  intentHeader,
  intentRequest,
  type PhiRoute,
  phiRequest,
  phiRoutes,
} from '@sotto/protocol/phi';
import { cookieNameOf } from '../src/cookies.ts';
import type { Answer, HttpClient } from './httpClient.ts';
import type { Operation } from './operations.ts';

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

/** A patient's page asks for the patient. */
export const readerOf = ({ cookies }: HttpClient): Pick<IntentRequest, 'purpose' | 'as'> =>
  cookies.has(cookieNameOf('staff')) ? { purpose: 'treatment' } : { purpose: 'patientRequest', as: 'visit' };

/** Which of the routes that need an intent it is; undefined for every other. */
export const phiRouteOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): PhiRoute | undefined =>
  intentRequest.shape.route.options.find(
    (route) => phiRoutes[route].method === method && phiRoutes[route].path.replace(':objectId', '{objectId}') === path,
  );

/** As a page does it: an intent first, and what that is refused with where it is; then what it is for. */
export async function sendPhi(browser: HttpClient, route: PhiRoute, object: ObjectId, body?: unknown): Promise<Answer> {
  const asked = await askIntent(browser, { route, object, ...readerOf(browser) });
  const granted = intentGrant.safeParse(asked.json);
  return granted.success ? sendWith(browser, granted.data.id, { route, object, body }) : asked;
}
