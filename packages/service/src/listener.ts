import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, ServerOptions } from 'node:https';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Log } from './log.ts';
import { isUnavailable } from './postgres.ts';

/** A server as routes are added to it: HTTPS, schemas by zod. */
export type Listener = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What every listener has to say no with. */
type CommonCode = 'invalid' | 'notFound' | 'unavailable' | 'internal';

/** What every listener writes to its log. */
type CommonEvent = 'answered' | 'failedRequest' | 'databaseUnavailable';

export interface ListenerOptions<C extends string, E extends string> {
  /** As `tlsServerOptions` or `mutualTlsServerOptions` gives them. */
  readonly tls: ServerOptions;
  /** Longest body, but where a route says otherwise. */
  readonly maxBodyBytes: number;
  /** Longest parameter in a path; 64 characters unless told. */
  readonly maxParameterLength?: number;
  /** How long a request may take to come in whole, its body too; 20 s unless told. Its head has 20 s always. */
  readonly requestMs?: number;
  /** An opaque id of a request, which ties its answer to its line in the log. */
  readonly newRequestId: () => string;
  /** What a fault of the service's own is to the caller; null for any other. */
  readonly codeOf?: (fault: unknown) => C | CommonCode | null;
  /** What the log hears of a fault of the service's own; of `unavailable` and `internal` it hears anyway. */
  readonly eventOf?: (fault: unknown) => E | null;
  readonly refuse: (reply: FastifyReply, code: C | CommonCode) => FastifyReply;
  readonly log: Pick<Log<E | CommonEvent>, 'info' | 'error'>;
}

const headMs = 20_000;

/**
 * A listener without routes, not listening yet. It answers to the methods that a route names and no other, reads JSON
 * alone, tells the log of each answer, and lets nothing of a fault's own text leave the process.
 */
export function createListener<C extends string = never, E extends string = never>({
  tls,
  maxBodyBytes,
  maxParameterLength = 64,
  requestMs = headMs,
  newRequestId,
  codeOf = () => null,
  eventOf = () => null,
  refuse,
  log,
}: ListenerOptions<C, E>): Listener {
  const listener: Listener = Fastify<Server>({
    https: { ...tls, handshakeTimeout: 10_000, headersTimeout: headMs },
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: maxParameterLength },
    // Never a caller's own id: it would get into the log.
    requestIdHeader: false,
    genReqId: newRequestId,
    frameworkErrors: (_fault, _request, reply) => void refuse(reply, 'invalid'),
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>();
  // A form, which any site could post, isn't read at all.
  listener.removeContentTypeParser('text/plain');
  const common = new Map<string, CommonEvent>([
    ['unavailable', 'databaseUnavailable'],
    ['internal', 'failedRequest'],
  ]);
  listener.setErrorHandler((fault, request, reply) => {
    const code = codeOf(fault) ?? commonCodeOf(fault);
    const event = eventOf(fault) ?? common.get(code);
    const { method, routeOptions } = request;
    if (event !== undefined)
      log.error(event, { correlationId: request.id, method, route: routeOptions.url, error: fault });
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
  return listener;
}

function commonCodeOf(fault: unknown): CommonCode {
  if (isUnavailable(fault)) return 'unavailable';
  // Fastify's own faults: a body that is too large, no JSON, of another type, or not as declared.
  const status = fault instanceof Error && 'statusCode' in fault ? fault.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? 'invalid' : 'internal';
}
