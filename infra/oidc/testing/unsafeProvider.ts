import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration, type InteractionResults } from 'oidc-provider';

/** The one client that it knows. */
export interface ProviderClient {
  readonly id: string;
  readonly redirectUri: string;
  /** Its secret, or its public key for `private_key_jwt`. */
  readonly proof: { readonly secret: string } | { readonly publicKey: JWK };
}

/** A provider of OpenID Connect for one test run, on loopback: anybody signs in there by saying who they are. */
export interface UnsafeProvider {
  readonly issuer: string;
  /** Signs with another key from now on, and shows that one alone. */
  rotateKeys(): Promise<void>;
  /** Has the claims of the next ID token be others than they should; signed with a key that isn't the provider's, if asked to. */
  spoilNext(change: (claims: JWTPayload) => JWTPayload, key?: CryptoKey): void;
  /** Refuses connections until it's called again. */
  setDown(isDown: boolean): Promise<void>;
  close(): Promise<void>;
}

const alg = 'ES256';
const page = (uid: string) => `<!doctype html><html lang="en"><title>Provider</title>
<form method="post" action="/interaction/${uid}"><label>Your name here <input name="login" required></label><button>Continue</button></form>`;

async function newKey() {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = crypto.randomUUID();
  return { privateKey, kid, jwk: { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' } };
}
type SigningKey = Awaited<ReturnType<typeof newKey>>;

const configurationOf = ({ id, redirectUri, proof }: ProviderClient, { jwk }: SigningKey): Configuration => ({
  clients: [
    {
      ...{ client_id: id, redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code'] },
      ...('secret' in proof
        ? { client_secret: proof.secret }
        : { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [proof.publicKey] } }),
      id_token_signed_response_alg: alg,
    },
  ],
  jwks: { keys: [jwk] },
  cookies: { keys: [crypto.randomUUID()] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  ttl: { Session: 600, Interaction: 600, Grant: 600, AuthorizationCode: 60, AccessToken: 60, IdToken: 600 },
  findAccount: (_context, subject) => ({ accountId: subject, claims: () => ({ sub: subject }) }),
  // Whoever signs in is taken to agree.
  async loadExistingGrant({ oidc }) {
    const { client, session, provider } = oidc;
    if (client === undefined || session?.accountId === undefined) return undefined;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return new URLSearchParams(text);
}

/** Who signs in is who they say. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    const { uid } = await provider.interactionDetails(request, response);
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page(uid));
    return;
  }
  const result: InteractionResults = { login: { accountId: (await readForm(request)).get('login') ?? '' } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startUnsafeProvider(client: ProviderClient): Promise<UnsafeProvider> {
  let key = await newKey();
  let spoiling: { change: (claims: JWTPayload) => JWTPayload; key: CryptoKey | undefined } | null = null;
  let handle: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response));
  const port = await listen(server, 0);
  const issuer = `http://127.0.0.1:${port}`;

  async function spoiled(token: string): Promise<string> {
    if (spoiling === null) return token;
    const { change, key: other } = spoiling;
    spoiling = null;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JWTPayload;
    return new SignJWT(change(claims)).setProtectedHeader({ alg, kid: key.kid }).sign(other ?? key.privateKey);
  }

  function serve(): void {
    const provider = new Provider(issuer, configurationOf(client, key));
    provider.use(async (context, next) => {
      await next();
      const body = context.body as { id_token?: string } | undefined;
      if (context.path === '/token' && body?.id_token !== undefined) body.id_token = await spoiled(body.id_token);
    });
    const answer = provider.callback();
    handle = (request, response) =>
      void (request.url?.startsWith('/interaction/')
        ? interact(provider, request, response)
        : answer(request, response));
  }
  serve();

  return {
    issuer,
    async rotateKeys() {
      key = await newKey();
      serve();
    },
    spoilNext(change, other) {
      spoiling = { change, key: other };
    },
    async setDown(isDown) {
      if (isDown) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      } else await listen(server, port);
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
