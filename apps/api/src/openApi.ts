import swagger from '@fastify/swagger';
import { intentHeader } from '@sotto/protocol/phi';
import type { Listener } from '@sotto/service/listener';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { type Access, type DecidedAccess, defaultRecorded } from './access/declaration.ts';
import { cookieNameOf } from './cookies.ts';

/** What the document says of who may call a route, besides the standard's `security`, and what that leaves in the platform's log. */
function accessOf(access: Access | undefined, method: string): Record<string, unknown> {
  if (access === undefined) return { security: [] };
  if ('public' in access) {
    const { public: reason, open } = access;
    return { 'x-access': { public: reason }, 'x-recorded': 'silent' in open ? 'nothing' : open.recorded, security: [] };
  }
  if ('leaveFor' in access) {
    const { sessions, recorded } = access;
    return { 'x-access': { leaveFor: 'phi', sessions }, 'x-recorded': recorded, security: securityOf(sessions) };
  }
  const { action, resource, sessions, whileLocked, recorded = defaultRecorded(method) } = access;
  const { type, parameter } = resource;
  return {
    'x-access': {
      ...{ action, resource: { type, parameter }, sessions },
      ...(whileLocked === undefined ? {} : { whileLocked }),
    },
    'x-recorded': recorded,
    security: securityOf(sessions),
    ...('phi' in access ? { headers: intentHeaders } : {}),
  };
}

/** Any one of them. */
const securityOf = (sessions: DecidedAccess['sessions']) => sessions.map((kind) => ({ [kind]: [] }));

/** Without it the answer is `noIntent`, once it is known who asks: no schema of a route's says it before. */
const intentHeaders = {
  type: 'object',
  properties: { [intentHeader]: { type: 'string', minLength: 43, maxLength: 43, description: 'The id of an intent.' } },
  required: [intentHeader],
} as const;

const isShown = ({ url }: Pick<RouteOptions, 'url'>): boolean => !url.endsWith('*') && !url.endsWith('/');

const cookie = (name: string, description: string) => ({ type: 'apiKey', in: 'cookie', name, description }) as const;

/**
 * Describes every route that is added to this listener afterwards, from the schemas by which requests are checked and
 * answers are written: OpenAPI 3.1, as `listener.swagger()`.
 */
export async function describeRoutes(listener: Listener): Promise<void> {
  await listener.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sotto clinic API',
        version: '1',
        description:
          'What every route takes and answers, and who may call it. packages/protocol/SPEC.md says the rest.',
      },
      components: {
        securitySchemes: {
          staff: cookie(cookieNameOf('staff'), 'A session of a member of staff.'),
          visit: cookie(cookieNameOf('visit'), 'A session of a patient or a guest, for one visit.'),
          patient: cookie(
            cookieNameOf('patient'),
            'A session of a patient who signed in to their own page by a key of theirs.',
          ),
        },
      },
    },
    transform: (given) => {
      const { url, route } = given;
      const { schema } = jsonSchemaTransform({ ...given, schema: { ...given.schema, hide: !isShown({ url }) } });
      return { url, schema: { ...schema, ...accessOf(route.config?.access, [route.method].flat().join()) } };
    },
  });
}
