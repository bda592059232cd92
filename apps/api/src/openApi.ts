import swagger from '@fastify/swagger';
import type { Listener } from '@sotto/service/listener';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Access } from './access/declaration.ts';
import { cookieNameOf } from './cookies.ts';

/** What the document says of who may call a route, besides the standard's `security`. */
function accessOf(access: Access | undefined): Record<string, unknown> {
  if (access === undefined || 'public' in access) return { 'x-access': access, security: [] };
  const { action, resource, sessions } = access;
  return {
    'x-access': { action, resource: { type: resource.type, parameter: resource.parameter }, sessions },
    // Any one of them.
    security: sessions.map((kind) => ({ [kind]: [] })),
  };
}

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
        },
      },
    },
    transform: (given) => {
      const { url, route } = given;
      const { schema } = jsonSchemaTransform({ ...given, schema: { ...given.schema, hide: !isShown({ url }) } });
      return { url, schema: { ...schema, ...accessOf(route.config?.access) } };
    },
  });
}
