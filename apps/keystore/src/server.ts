import type { Server } from 'node:https';
import { requestId } from '@sotto/protocol/keystore';
import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import { mutualTlsServerOptions, pinPeer, type TlsIdentity } from '@sotto/service/tls';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { isUnavailable } from './database/database.ts';
import { LogStopped, MasterKeyError, PatientShredded, ReleaseStopped, VisitOfAnother } from './errors.ts';
import { newId } from './ids.ts';
import { refuse } from './routes/answer.ts';
import { addKeystoreRoutes } from './routes/keystoreRoutes.ts';
import type { Listener } from './routes/listener.ts';
import type { RouteParts } from './routes/routeParts.ts';

/** The name that a caller's certificate must have: nobody else talks to the keystore. */
const callerName = 'api.sotto.internal';

/** A release with 64 objects and a post-quantum key is under 16 KiB; the assertion under 8. */
const maxBodyBytes = 32 * 1024;

export interface ServerParts extends RouteParts {
  readonly tls: TlsIdentity;
  /** Certificate of the authority that certifies callers, PEM. */
  readonly ca: string;
}

/** What a fault is to the caller: nothing of its text leaves the process. */
function codeOf(fault: unknown): KeystoreCode {
  if (fault instanceof LogStopped) return 'logStopped';
  if (fault instanceof ReleaseStopped) return fault.code;
  if (fault instanceof PatientShredded || fault instanceof VisitOfAnother) return fault.code;
  if (fault instanceof MasterKeyError) return 'masterKey';
  if (isUnavailable(fault)) return 'unavailable';
  // Fastify's own faults: a body that is too large, no JSON, of another type, or not as declared.
  if (fault instanceof Error && 'statusCode' in fault && typeof fault.statusCode === 'number') {
    if (fault.statusCode >= 400 && fault.statusCode < 500) return 'invalid';
  }
  return 'internal';
}

const eventOf = {
  logStopped: 'logStopped',
  masterKey: 'masterKeyFailed',
  unavailable: 'databaseUnavailable',
  internal: 'failedRequest',
} as const;

/** The server with all its routes, not listening yet: TLS 1.3, a certificate required, the caller pinned by name. */
export function createServer({ tls, ca, ...parts }: ServerParts): Listener {
  const { log } = parts;
  const listener: Listener = Fastify<Server>({
    https: { ...mutualTlsServerOptions(tls, ca), handshakeTimeout: 10_000 },
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: 20_000,
    forceCloseConnections: 'idle',
    // Never a caller's own id: it would get into the log.
    requestIdHeader: false,
    genReqId: () => newId(requestId),
    frameworkErrors: (_fault, _request, reply) => void refuse(reply, 'invalid'),
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>();
  pinPeer(listener.server, callerName, () => log.warn('callerRefused', { reason: 'otherName' }));
  listener.removeContentTypeParser('text/plain');
  listener.setErrorHandler((fault, request, reply) => {
    const code = codeOf(fault);
    const event = Object.hasOwn(eventOf, code) ? eventOf[code as keyof typeof eventOf] : null;
    const { method, routeOptions } = request;
    if (event !== null) log.error(event, { correlationId: request.id, method, route: routeOptions.url, error: fault });
    return refuse(reply, code);
  });
  listener.addHook('onResponse', async (request, reply) =>
    log.info('answered', {
      correlationId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    }),
  );
  listener.setNotFoundHandler((_request, reply) => void refuse(reply, 'notFound'));
  addKeystoreRoutes(listener, parts);
  return listener;
}
