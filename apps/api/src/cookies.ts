import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The two session cookies. `__Host-` makes browsers insist on Secure, the whole host and no Domain; SameSite=Strict
 * keeps them from every request that another site starts.
 */
const names = { staff: '__Host-sotto-staff', visit: '__Host-sotto-visit' } as const;
type CookieKind = keyof typeof names;

const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** A session's token from the request, if there is one of the right form. */
export function readCookie(request: FastifyRequest, kind: CookieKind): string | undefined {
  const value = request.cookies[names[kind]];
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

export const setCookie = (reply: FastifyReply, kind: CookieKind, token: string, seconds: number): FastifyReply =>
  reply.setCookie(names[kind], token, { ...attributes, maxAge: Math.max(0, Math.floor(seconds)) });

export const clearCookie = (reply: FastifyReply, kind: CookieKind): FastifyReply =>
  reply.setCookie(names[kind], '', { ...attributes, maxAge: 0 });
