import { personName } from '@sotto/protocol/clinic';
import { parseJson, path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { importJWK } from 'jose';
import { type ClientAuth, ClientSecretBasic, PrivateKeyJwt } from 'openid-client';
import * as z from 'zod';

/** A provider of OpenID Connect, and how it knows this clinic. */
export interface OidcSettings {
  /** Exactly as the provider writes it of itself. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
  /** By what name staff know it. */
  readonly label: string;
  /** What it asks of whoever is signed in there already (OpenID Connect Core section 3.1.2.1). */
  readonly prompt: 'login' | 'select_account';
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
/** By TLS, but on this very machine. */
const issuerUrl = z
  .url({ protocol: /^https?$/ })
  .max(512)
  .refine((text) => text.startsWith('https:') || loopback.has(new URL(text).hostname));

const variables = {
  API_OIDC_ISSUER: issuerUrl.optional(),
  API_OIDC_CLIENT_ID: z.string().min(1).max(512).optional(),
  API_OIDC_CLIENT_SECRET_FILE: path.optional(),
  /** A private JWK with `alg`, and `kid` where the provider wants one: `private_key_jwt` instead of a secret. */
  API_OIDC_CLIENT_KEY_FILE: path.optional(),
  API_OIDC_LABEL: personName.max(40).optional(),
  API_OIDC_PROMPT: z.enum(['login', 'select_account']).default('login'),
};

const privateJwk = z.looseObject({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  alg: z.enum(['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'RS256']),
  kid: z.string().exactOptional(),
  d: z.string(),
});

async function clientKey(file: string): Promise<ClientAuth> {
  const variable = 'API_OIDC_CLIENT_KEY_FILE';
  const jwk = parseJson(readSecret(file, variable), privateJwk, variable);
  const key = await importJWK(jwk).catch(() => null);
  if (!(key instanceof CryptoKey)) throw new StartError(`The file that ${variable} names doesn't hold what it should.`);
  return PrivateKeyJwt({ key, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) });
}

/**
 * The clinic's provider, from the environment; null where nothing of it is set.
 *
 * @throws StartError naming the variable at fault
 */
export async function configureOidc(): Promise<OidcSettings | null> {
  const named = readEnvironment(variables);
  const { API_OIDC_ISSUER: issuer, API_OIDC_CLIENT_ID: clientId, API_OIDC_LABEL: label } = named;
  const { API_OIDC_CLIENT_SECRET_FILE: secretFile, API_OIDC_CLIENT_KEY_FILE: keyFile } = named;
  if (issuer === undefined) {
    const others = [clientId, label, secretFile, keyFile];
    if (others.some((value) => value !== undefined))
      throw new StartError('Set API_OIDC_ISSUER, or no other API_OIDC_….');
    return null;
  }
  if (clientId === undefined || label === undefined || (secretFile === undefined) === (keyFile === undefined)) {
    throw new StartError(
      'Beside API_OIDC_ISSUER set API_OIDC_CLIENT_ID, API_OIDC_LABEL, and one of API_OIDC_CLIENT_SECRET_FILE and API_OIDC_CLIENT_KEY_FILE.',
    );
  }
  const clientAuth =
    keyFile === undefined
      ? ClientSecretBasic(readSecret(secretFile ?? '', 'API_OIDC_CLIENT_SECRET_FILE'))
      : await clientKey(keyFile);
  return { issuer, clientId, clientAuth, label, prompt: named.API_OIDC_PROMPT };
}
