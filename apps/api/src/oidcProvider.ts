import { accepted, type Result, refused } from '@sotto/protocol/result';
import * as oidc from 'openid-client';
import type { OidcSettings } from './oidcConfiguration.ts';

/** What an answer is checked against: made for one way there and back. */
export interface OidcChecks {
  readonly state: string;
  readonly nonce: string;
  /** PKCE's (RFC 7636). */
  readonly verifier: string;
}

/** Who somebody is to the provider. */
export interface ProvenIdentity {
  /** `sub`: the provider's own name for them, which it never gives to another. */
  readonly subject: string;
  /** By what it says to know, in its own terms; null where it doesn't. */
  readonly said: string | null;
}

/** The clinic's provider of OpenID Connect: it says who somebody is, and nothing of what they may do. */
export interface OidcProvider {
  readonly label: string;
  readonly issuer: string;
  /** Whether people sign in there each time, also where the browser is signed in there already. */
  readonly asksAnew: boolean;
  /** Where a browser is sent; `unavailable` while the provider doesn't answer. */
  authorise(checks: OidcChecks): Promise<Result<URL>>;
  /**
   * Turns what a browser came back with into who it is. `unauthenticated` for an answer that isn't to these checks, for one that the
   * provider takes back, for an ID token that isn't as it should be, and where everybody is to sign in there anew and somebody didn't;
   * `unavailable` while the provider doesn't answer.
   */
  redeem(
    answer: { code: string; iss?: string | undefined },
    away: { readonly checks: OidcChecks; readonly secondsAway: number },
  ): Promise<Result<ProvenIdentity>>;
}

/** A provider that doesn't answer holds nobody up for longer. */
const timeoutSeconds = 5;
/** For so long what the provider says of itself is taken from memory; its keys for five minutes, by the library. */
const knownMs = 3_600_000;
/** For so long a provider that didn't answer isn't asked what it is: each asking takes as long as `timeoutSeconds`. */
const pauseMs = 5000;
const maxSaid = 256;
/** OpenID Connect Core section 2. */
const maxSubject = 255;

/** What the provider's answer or its token is at fault for, as the library has it; all else is the provider's state. */
const refusals = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
]);

const isRefusal = (error: unknown): boolean =>
  error instanceof oidc.ResponseBodyError
    ? error.error === 'invalid_grant'
    : error instanceof oidc.AuthorizationResponseError ||
      (error instanceof oidc.ClientError && error.code !== undefined && refusals.has(error.code));

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it's noticed: for a provider on this machine alone (oidcConfiguration.ts)
const withoutTls = oidc.allowInsecureRequests;

/** `acr` and `amr` (OpenID Connect Core section 2), in printable ASCII. */
function saidBy(claims: oidc.IDToken): string | null {
  const words = [claims['acr'], claims['amr']].flat().filter((word) => typeof word === 'string');
  const said = words
    .join(' ')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .slice(0, maxSaid)
    .trim();
  return said === '' ? null : said;
}

/**
 * What a provider says of itself, asked by one at a time and from memory for an hour. What was known is taken for longer while it doesn't
 * answer, which is asked about every few seconds at most.
 *
 * @returns null where nothing is known of it
 */
function createDiscovery(
  ask: () => Promise<oidc.Configuration>,
  onFault: (error: unknown) => void,
): () => Promise<oidc.Configuration | null> {
  let known: oidc.Configuration | null = null;
  let askAgainAt = 0;
  let asking: Promise<void> | null = null;
  async function renew(): Promise<void> {
    try {
      known = await ask();
      askAgainAt = Date.now() + knownMs;
    } catch (error) {
      askAgainAt = Date.now() + pauseMs;
      onFault(error);
    } finally {
      asking = null;
    }
  }
  return async () => {
    if (Date.now() >= askAgainAt) {
      asking ??= renew();
      await asking;
    }
    return known;
  };
}

/**
 * Authorization code with PKCE, state, nonce and `iss` (RFC 9207), and an ID token whose signature, issuer, audience and times are
 * checked (OpenID Connect Core section 3.1.3.7).
 *
 * @param redirectUri as it's registered at the provider
 * @param onFault told of what keeps the provider from being asked
 */
export function createOidcProvider(
  { issuer, clientId, clientAuth, label, prompt }: OidcSettings,
  redirectUri: string,
  onFault: (error: unknown) => void,
): OidcProvider {
  const discover = createDiscovery(async () => {
    const configuration = await oidc.discovery(new URL(issuer), clientId, undefined, clientAuth, {
      timeout: timeoutSeconds,
      execute: [oidc.enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [withoutTls] : [])],
    });
    // With another one nobody who was bound would be found again.
    if (configuration.serverMetadata().issuer !== issuer) throw new oidc.ClientError('not the issuer that was set');
    return configuration;
  }, onFault);

  async function asking<T>(act: (configuration: oidc.Configuration) => Promise<T>): Promise<Result<T>> {
    const configuration = await discover();
    if (configuration === null) return refused('unavailable');
    try {
      return accepted(await act(configuration));
    } catch (error) {
      if (isRefusal(error)) return refused('unauthenticated');
      onFault(error);
      return refused('unavailable');
    }
  }

  return {
    label,
    issuer,
    asksAnew: prompt === 'login',
    authorise: ({ state, nonce, verifier }) =>
      asking(async (configuration) =>
        oidc.buildAuthorizationUrl(configuration, {
          ...{ redirect_uri: redirectUri, scope: 'openid', state, nonce, prompt },
          ...(prompt === 'login' ? { max_age: '0' } : {}),
          // Behind the `#`, so that no server's log gets the code, ours included.
          response_mode: 'fragment',
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }),
      ),
    async redeem({ code, iss }, { checks: { state, nonce, verifier }, secondsAway }) {
      const proven = await asking(async (configuration) => {
        const answer = new URL(redirectUri);
        answer.search = new URLSearchParams({ code, state, ...(iss === undefined ? {} : { iss }) }).toString();
        const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
          ...{ pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
          // It has to say when they signed in there, and that was after they were sent (OpenID Connect Core section 3.1.2.1).
          ...(prompt === 'login' ? { maxAge: secondsAway } : {}),
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new oidc.ClientError('no ID token');
        return { subject: claims.sub, said: saidBy(claims) };
      });
      return proven.ok && proven.value.subject.length > maxSubject ? refused('unauthenticated') : proven;
    },
  };
}
