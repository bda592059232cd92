import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import * as z from 'zod';
import { answer, refusals } from '../answer.ts';

/** The document of all routes that were added since `describeRoutes`. */
export function addOpenApiRoute(api: Listener): void {
  api.route({
    method: 'GET',
    url: '/openapi.json',
    config: {
      access: {
        public: 'How to speak to the api is no secret.',
        open: { silent: 'The same for everybody, and about nobody.' },
      },
    },
    schema: { response: { 200: z.record(z.string(), z.unknown()), ...refusals } },
    handler: async (_request, reply) => answer(reply, accepted(api.swagger())),
  });
}
