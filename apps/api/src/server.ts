import type { Server } from 'node:https';
import cookie from '@fastify/cookie';
import { base64url } from '@sotto/protocol/bytes';
import { addressKey } from '@sotto/service/addressKey';
import type { TlsIdentity } from '@sotto/service/tls';
import { tlsServerOptions } from '@sotto/service/tls';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { refuse } from './answer.ts';
import { codeOf } from './errors.ts';
import type { ApiLog } from './events.ts';
import type { ExportedClient } from './exportedClient.ts';
import { newId } from './opaqueToken.ts';
import type { RecordsContext } from './relay.ts';
import { guardRequest } from './requestGuard.ts';
import { responseHeaders } from './responseHeaders.ts';
import type { Api } from './routes/api.ts';
import { addClientRoutes } from './routes/client.ts';
import { addConfigRoutes, type PublicFacts } from './routes/config.ts';
import { addJoinRoutes } from './routes/join.ts';
import { addKeystoreRoutes } from './routes/keystore.ts';
import { addObjectRoutes } from './routes/objects.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addVisitRoutes } from './routes/visits.ts';

const correlationId = base64url(22);
/** Bodies are a few short fields, but where a route says otherwise. */
const maxBodyBytes = 16 * 1024;

export interface ServerParts {
  readonly tls: TlsIdentity;
  readonly context: RecordsContext;
  /** Origins whose pages may change things. */
  readonly origins: readonly string[];
  readonly facts: PublicFacts;
  readonly client: ExportedClient;
  readonly log: ApiLog;
}

function createListener(tls: TlsIdentity): Api {
  return Fastify<Server>({
    https: { ...tlsServerOptions(tls), handshakeTimeout: 10_000 },
    logger: false,
    // A route answers to the methods that it names, and to no other.
    exposeHeadRoutes: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: 20_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 64 },
    // Never a client's own id: it would get into the log.
    requestIdHeader: false,
    genReqId: () => newId(correlationId),
    frameworkErrors: (_fault, _request, reply) => void refuse(reply, 'invalid'),
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>();
}

function addFaultAnswers(api: Api, log: ApiLog): void {
  api.setErrorHandler((fault, request, reply) => {
    const code = codeOf(fault);
    const fields = { correlationId: request.id, method: request.method, route: request.routeOptions.url, error: fault };
    if (code === 'internal') log.error('failedRequest', fields);
    if (code === 'unavailable') log.error('databaseUnavailable', fields);
    return refuse(reply, code);
  });
  api.addHook('onResponse', async (request, reply) =>
    log.info('answered', {
      correlationId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    }),
  );
}

/** The server with all its routes, not listening yet. */
export async function createServer({ tls, context, origins, facts, client, log }: ServerParts): Promise<Api> {
  const server = createListener(tls);
  const headers = responseHeaders(context.origin);
  server.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  // JSON is the only body: a form, which any site could post, isn't read at all.
  server.removeContentTypeParser('text/plain');
  addFaultAnswers(server, log);
  await server.register(cookie);
  await server.register(
    async (api: Api) => {
      api.addHook('onRequest', async (request, reply) => {
        const taken = await context.limits.requests.take(addressKey(request.ip));
        if (!taken.ok) return refuse(reply, taken.code, taken.retryAfterMs);
        const refusal = guardRequest(request, origins);
        return refusal === undefined ? undefined : refuse(reply, refusal);
      });
      // Not the client's page for what isn't there: that is for people.
      for (const url of ['/', '/*']) api.all(url, (_request, reply) => refuse(reply, 'notFound'));
      addConfigRoutes(api, context, facts);
      addSessionRoutes(api, context);
      addVisitRoutes(api, context);
      addJoinRoutes(api, context);
      addKeystoreRoutes(api, context);
      addObjectRoutes(api, context);
    },
    { prefix: '/api' },
  );
  addClientRoutes(server, client);
  server.setNotFoundHandler((_request, reply) => void refuse(reply, 'notFound'));
  return server;
}
