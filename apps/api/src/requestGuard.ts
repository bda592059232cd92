import type { ErrorCode } from '@sotto/protocol/errors';
import type { FastifyRequest } from 'fastify';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Cross-site request forgery: besides SameSite=Strict cookies, every request that may change something must say that
 * it comes from one of our own pages. Browsers always send `Origin` with these methods, and pages can't set it.
 *
 * @param origins the origins whose pages are ours
 * @returns why the request is refused, or undefined
 */
export function guardRequest(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  origins: readonly string[],
): ErrorCode | undefined {
  if (safeMethods.has(method)) return undefined;
  if (headers.origin === undefined || !origins.includes(headers.origin)) return 'forbidden';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return 'forbidden';
  return undefined;
}
