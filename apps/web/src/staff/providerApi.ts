import { staffSession } from '@sotto/protocol/clinic';
import { type FactorProof, oidcReturn, oidcStart } from '@sotto/protocol/signIn';
import * as z from 'zod';
import { browserStorage } from '../call/browserStorage.ts';
import { ask, refusalOf, send, tell } from '../clinic/clinicRequest.ts';

/** Signing in through the clinic's provider of OpenID Connect. Everything throws `ClinicFault`. */

const storageKey = 'sotto/provider';
const departure = z.strictObject({ locale: z.enum(['en', 'es']), hash: z.string().max(512) });
/** Where somebody was when they were sent away: in which language, and for what (behind the `#` of the page to sign in). */
export type Departure = z.infer<typeof departure>;

/** Leaves for the provider, in this very tab. */
async function leave(path: string, from: Departure, body?: unknown): Promise<void> {
  const { url } = await ask(oidcStart, { method: 'POST', path, ...(body === undefined ? {} : { body }) });
  browserStorage('sessionStorage')?.setItem(storageKey, JSON.stringify(from));
  window.location.assign(url);
  // The page is on its way out: whoever waits goes on waiting.
  await new Promise(() => undefined);
}

export const leaveToSignIn = (from: Departure) => leave('/api/session/oidc/start', from);
export const leaveToBind = (from: Departure, proof: FactorProof) => leave('/api/session/factors/oidc', from, proof);
export const leaveToBegin = (from: Departure, secret: string) => leave('/api/account/oidc', from, { secret });
export const unbind = (body: FactorProof) => tell({ method: 'POST', path: '/api/session/factors/oidc/removal', body });

/** Where they were, once. */
export function takeDeparture(): Departure | null {
  const storage = browserStorage('sessionStorage');
  const text = storage?.getItem(storageKey) ?? null;
  storage?.removeItem(storageKey);
  try {
    return text === null ? null : departure.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** What the provider gave the page behind its `#`; `refused` where it gave nobody. */
export function readReturn(hash: string) {
  const { error, ...given } = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  const { data } = oidcReturn.safeParse({
    ...{ state: given['state'], code: given['code'] },
    ...('iss' in given ? { iss: given['iss'] } : {}),
  });
  return data ?? (error === undefined ? 'nothing' : 'refused');
}

/** Hands it in. Null: it was bound to the account that is signed in here. */
export async function handIn(body: z.infer<typeof oidcReturn>) {
  const response = await send({ method: 'POST', path: '/api/session/oidc', body });
  if (response.status === 204) return null;
  const content: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refusalOf(content);
  return staffSession.parse(content);
}
