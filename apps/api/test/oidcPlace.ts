import { startUnsafeProvider, type UnsafeProvider } from '@sotto/infra/testing/oidcProvider';
import { oidcStart, secondFactors } from '@sotto/protocol/signIn';
import { ClientSecretBasic } from 'openid-client';
import { createOidcProvider } from '../src/oidcProvider.ts';
import { type Account, password, startClinic, type TestClinic } from './clinic.ts';
import type { Answer, HttpClient } from './httpClient.ts';

/** What a provider gives a page behind its `#`. */
export interface Returned {
  readonly code: string;
  readonly state: string;
  readonly iss?: string;
}

const origin = 'https://localhost:9443';
export const redirectUri = `${origin}/oidc/`;
const clientId = 'sotto';
const secret = 'a secret of the clinic and its provider';

/** Signs in at the provider as a browser does, in pages. @returns what the browser comes back with */
export async function signInAtProvider(url: string, login: string): Promise<Returned> {
  const cookies = new Map<string, string>();
  let next = new URL(url);
  for (let steps = 0; steps < 8; steps += 1) {
    const isForm = next.pathname.startsWith('/interaction/');
    const answer = await fetch(next, {
      ...(isForm ? { method: 'POST', body: new URLSearchParams({ login }) } : {}),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    next = new URL(answer.headers.get('location') ?? 'about:blank', next);
    if (next.href.startsWith(origin)) return Object.fromEntries(new URLSearchParams(next.hash.slice(1))) as never;
  }
  throw new Error('the provider sent nobody back');
}

/** A clinic with a provider of OpenID Connect. */
export class OidcPlace {
  readonly clinic: TestClinic;
  readonly provider: UnsafeProvider;

  private constructor(clinic: TestClinic, provider: UnsafeProvider) {
    this.clinic = clinic;
    this.provider = provider;
  }

  static async start(): Promise<OidcPlace> {
    const provider = await startUnsafeProvider({ id: clientId, redirectUri, proof: { secret } });
    const settings = { issuer: provider.issuer, clientId, clientAuth: ClientSecretBasic(secret), label: 'Example ID' };
    const clinic = await startClinic({
      origin,
      provider: (ownOrigin, log) =>
        createOidcProvider({ ...settings, prompt: 'login' }, `${ownOrigin}/oidc/`, (error) =>
          log.warn('oidcUnavailable', { error }),
        ),
    });
    return new OidcPlace(clinic, provider);
  }

  async close(): Promise<void> {
    await this.clinic.close();
    await this.provider.close();
  }

  /** Sends a browser there and back. @returns what it came back with, not handed in yet */
  async depart(browser: HttpClient, login: string, path = '/api/session/oidc/start', body?: object): Promise<Returned> {
    const { json } = await browser.send('POST', path, body === undefined ? {} : { body });
    return signInAtProvider(oidcStart.parse(json).url, login);
  }

  async signIn(browser: HttpClient, login: string): Promise<Answer> {
    return handIn(browser, await this.depart(browser, login));
  }

  async bind(browser: HttpClient, login: string): Promise<Answer> {
    return handIn(browser, await this.depart(browser, login, '/api/session/factors/oidc', { password }));
  }

  /** Somebody whom the provider knows by that name. */
  async bound(login: string): Promise<{ account: Account; browser: HttpClient }> {
    const account = await this.clinic.addPhysician();
    const browser = await this.clinic.signIn(account);
    await this.bind(browser, login);
    return { account, browser };
  }
}

/** Gives the api what a provider gave the page. */
export const handIn = (browser: HttpClient, returned: Partial<Returned>): Promise<Answer> =>
  browser.send('POST', '/api/session/oidc', { body: returned });

/** What somebody has beside their password. */
export const factorsOf = async (browser: HttpClient) =>
  secondFactors.parse((await browser.send('GET', '/api/session/factors')).json);
