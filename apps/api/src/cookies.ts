import type { FastifyReply, FastifyRequest } from 'fastify';

/** SameSite=Strict keeps them from every request that another site starts. */
const attributes = { secure: true, httpOnly: true, sameSite: 'strict' } as const;
const token = /^[\w-]{43}$/;
const session = { path: '/api', pattern: token } as const;

/**
 * The three session cookies, and the one by which a browser is known again; it opens nothing. Cookies don't know ports: only the path
 * keeps these from signaling, which listens on the same host, so it's `/api` and the name can't be `__Host-`
 * (infra/docs/decisions/session-cookies.md). `__Secure-` makes browsers insist on Secure.
 *
 * `oidc` is of one way to the provider and back, and worth nothing to signaling: there `__Host-` keeps a sibling host from
 * having somebody come back as another.
 */
const kinds = {
  staff: { name: '__Secure-sotto-staff', ...session },
  visit: { name: '__Secure-sotto-visit', ...session },
  patient: { name: '__Secure-sotto-patient', ...session },
  device: { name: '__Secure-sotto-device', ...session },
  oidc: { name: '__Host-sotto-oidc', path: '/', pattern: /^[\w-]{43}(\.[\w-]{43}){2}$/ },
} as const;
type CookieKind = keyof typeof kinds;

export const cookieNameOf = (kind: CookieKind): string => kinds[kind].name;

/** A cookie's token from the request, if there is one of the right form. */
export function readCookie(request: FastifyRequest, kind: CookieKind): string | undefined {
  const { name, pattern } = kinds[kind];
  const value = request.cookies[name];
  return value !== undefined && pattern.test(value) ? value : undefined;
}

export const setCookie = (reply: FastifyReply, kind: CookieKind, value: string, seconds: number): FastifyReply =>
  reply.setCookie(kinds[kind].name, value, {
    ...attributes,
    path: kinds[kind].path,
    maxAge: Math.max(0, Math.floor(seconds)),
  });

export const clearCookie = (reply: FastifyReply, kind: CookieKind): FastifyReply => setCookie(reply, kind, '', 0);

/** From here on the request has no such session. */
export function forgetCookie(request: FastifyRequest, kind: CookieKind): void {
  request.cookies[kinds[kind].name] = undefined;
}
