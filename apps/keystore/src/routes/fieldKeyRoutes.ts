import { fieldKeysAnswer, fieldKeysRequest } from '@sotto/protocol/keystoreRoutes';
import type { Listener } from '@sotto/service/listener';
import { toBase64url } from '../bytes.ts';
import { giveFieldKeys } from '../keys/fieldKeys.ts';
import { refusals, refuse } from './answer.ts';
import type { RouteParts } from './routeParts.ts';

/** Keys of patients' fields. The access log is of what is clinical; these are counted in the service log. */
export function addFieldKeyRoutes(listener: Listener, { keystore, limits, log }: RouteParts): void {
  listener.post(
    '/v1/field-keys',
    { schema: { body: fieldKeysRequest, response: { 200: fieldKeysAnswer, ...refusals } } },
    async (request, reply) => {
      const { pseudonyms, make } = request.body;
      for (const pseudonym of pseudonyms) {
        if (!(await limits.fieldKeys.take(pseudonym))) return refuse(reply, 'rateLimited');
      }
      const given = await giveFieldKeys(keystore.context, pseudonyms, make);
      log.info('fieldKeysGiven', { correlationId: request.id, count: given.size });
      const keys = pseudonyms.map((pseudonym) => {
        const key = given.get(pseudonym);
        return { pseudonym, key: key === undefined ? null : toBase64url(key) };
      });
      for (const key of given.values()) key.fill(0);
      return reply.send({ keys });
    },
  );
}
