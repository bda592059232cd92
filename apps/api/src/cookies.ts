import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The two session cookies, and the one by which a browser is known again; it opens nothing. Cookies don't know ports: only the path keeps these from signaling, which listens on the same
 * host, so it's `/api` and the name can't be `__Host-` (infra/docs/decisions/session-cookies.md). `__Secure-` makes
 * browsers insist on Secure; SameSite=Strict keeps them from every request that another site starts.
 */
export const cookieNames = {
  staff: '__Secure-sotto-staff',
  visit: '__Secure-sotto-visit',
  device: '__Secure-sotto-device',
} as const;
type CookieKind = keyof typeof cookieNames;

const attributes = { path: '/api', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** A cookie's token from the request, if there is one of the right form. */
export function readCookie(request: FastifyRequest, kind: CookieKind): string | undefined {
  const value = request.cookies[cookieNames[kind]];
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

export const setCookie = (reply: FastifyReply, kind: CookieKind, token: string, seconds: number): FastifyReply =>
  reply.setCookie(cookieNames[kind], token, { ...attributes, maxAge: Math.max(0, Math.floor(seconds)) });

export const clearCookie = (reply: FastifyReply, kind: CookieKind): FastifyReply =>
  reply.setCookie(cookieNames[kind], '', { ...attributes, maxAge: 0 });

/** From here on the request has no such session. */
export function forgetCookie(request: FastifyRequest, kind: CookieKind): void {
  request.cookies[cookieNames[kind]] = undefined;
}
