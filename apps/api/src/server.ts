import cookie from '@fastify/cookie';
import { base64url } from '@sotto/protocol/bytes';
import { addressKey } from '@sotto/service/addressKey';
import { createListener, type Listener } from '@sotto/service/listener';
import type { TlsIdentity } from '@sotto/service/tls';
import { tlsServerOptions } from '@sotto/service/tls';
import { refuse } from './answer.ts';
import type { ApiLog } from './events.ts';
import type { ExportedClient } from './exportedClient.ts';
import { newId } from './opaqueToken.ts';
import type { RecordingKeeper } from './recordingKeeper.ts';
import type { RecordsContext } from './relay.ts';
import { guardRequest } from './requestGuard.ts';
import { responseHeaders } from './responseHeaders.ts';
import { addClientRoutes } from './routes/client.ts';
import { addConfigRoutes, type PublicFacts } from './routes/config.ts';
import { addGuestRoutes } from './routes/guests.ts';
import { addJoinRoutes } from './routes/join.ts';
import { addKeystoreRoutes } from './routes/keystore.ts';
import { addObjectRoutes } from './routes/objects.ts';
import { addRecordingRoutes } from './routes/recordings.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addVisitRoutes } from './routes/visits.ts';

const correlationId = base64url(22);
/** Bodies are a few short fields, but where a route says otherwise. */
const maxBodyBytes = 16 * 1024;
/** A ticket of the filesystem store's (packages/storage/SPEC.md section 5) is under 200 characters. */
const maxParameterLength = 512;
/** A part of 1 MiB over 100 kbit/s. */
const requestMs = 90_000;

export interface ServerParts {
  readonly tls: TlsIdentity;
  readonly context: RecordsContext;
  readonly keeper: Pick<RecordingKeeper, 'look'>;
  /** Origins whose pages may change things. */
  readonly origins: readonly string[];
  readonly facts: PublicFacts;
  readonly client: ExportedClient;
  readonly log: ApiLog;
}

/** The server with all its routes, not listening yet. */
export async function createServer({
  tls,
  context,
  keeper,
  origins,
  facts,
  client,
  log,
}: ServerParts): Promise<Listener> {
  const server = createListener({
    ...{
      tls: tlsServerOptions(tls),
      maxBodyBytes,
      maxParameterLength,
      requestMs,
      newRequestId: () => newId(correlationId),
    },
    ...{ refuse, log },
  });
  const headers = responseHeaders(context.origin);
  server.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  await server.register(cookie);
  await server.register(
    async (api: Listener) => {
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
      addGuestRoutes(api, context);
      addJoinRoutes(api, context);
      addKeystoreRoutes(api, context, keeper);
      addObjectRoutes(api, context);
      await addRecordingRoutes(api, context, keeper);
    },
    { prefix: '/api' },
  );
  addClientRoutes(server, client);
  return server;
}
