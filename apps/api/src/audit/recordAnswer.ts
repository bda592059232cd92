import { AuditStoreError } from '@sotto/audit/postgres';
import type { ErrorBody } from '@sotto/protocol/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { statusOf } from '../errors.ts';
import type { ApiLog } from '../events.ts';

/**
 * The one place where what wasn't recorded with the act is, before its answer goes out: what can't be recorded isn't
 * answered. For `onSend`, where a fault of its own would find no error handler any more.
 */
export const recordAnswer =
  (log: Pick<ApiLog, 'error'>) =>
  async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    const { recorder } = request;
    try {
      await recorder?.settle(reply.statusCode);
      return payload;
    } catch (error) {
      const code = error instanceof AuditStoreError ? 'unavailable' : 'internal';
      const { id: correlationId, method, routeOptions } = request;
      log.error(code === 'unavailable' ? 'databaseUnavailable' : 'failedRequest', {
        ...{ correlationId, method, route: routeOptions.url, error },
      });
      const body: ErrorBody = { code, correlationId };
      for (const name of ['set-cookie', 'content-length', 'content-range']) reply.removeHeader(name);
      reply.code(statusOf[code]).header('content-type', 'application/json; charset=utf-8');
      return JSON.stringify(body);
    }
  };
