import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { UndeclaredRouteError } from '../errors.ts';

/**
 * Refuses a route that doesn't say who may call it (`access` in its `config`), what it is done to, or with what it
 * answers: such an api doesn't start. For `onRoute`.
 *
 * @throws UndeclaredRouteError
 */
export function requireDeclaration({ method, url, config, schema }: RouteOptions): void {
  const name = `${[method].flat().join(' ')} ${url}`;
  const access = config?.access;
  if (access === undefined) throw new UndeclaredRouteError(`${name} doesn't say who may call it.`);
  if ('public' in access) {
    if (access.public.trim().length < 10) throw new UndeclaredRouteError(`${name} doesn't say why it is public.`);
    if ('silent' in access.open && access.open.silent.trim().length < 10) {
      throw new UndeclaredRouteError(`${name} doesn't say why nothing is recorded of it.`);
    }
  } else if ('resource' in access) {
    const { parameter } = access.resource;
    const isNamed = parameter === null || url.split('/').includes(`:${parameter}`);
    if (!isNamed) throw new UndeclaredRouteError(`${name} has no part that names what it is done to.`);
  }
  if (!url.startsWith('/api/') || url.endsWith('/') || url.endsWith('*')) return;
  const answers = Object.keys(schema?.response ?? {});
  const isWhole =
    ['4xx', '5xx'].every((status) => answers.includes(status)) && answers.some((status) => status.startsWith('2'));
  if (!isWhole) throw new UndeclaredRouteError(`${name} doesn't say with what it answers.`);
}

const isDeclared = (status: number, declared: readonly string[]): boolean =>
  declared.includes(String(status)) || declared.includes(`${Math.floor(status / 100)}xx`);

/**
 * Keeps what no schema describes from being sent: a body of a status that the route doesn't declare. For `preSerialization`,
 * after which the route's schema takes the body apart: a field that isn't declared makes it a fault, and never leaves.
 *
 * @throws UndeclaredRouteError
 */
export async function requireDeclaredAnswer(
  { routeOptions: { schema, url } }: FastifyRequest,
  { statusCode }: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  // Refusals are a code and an id, whoever refuses: also where there is no route.
  if (statusCode >= 400 || isDeclared(statusCode, Object.keys(schema?.response ?? {}))) return payload;
  throw new UndeclaredRouteError(`${url ?? 'A route'} doesn't declare the status ${statusCode}.`);
}
