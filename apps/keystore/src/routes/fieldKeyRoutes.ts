import type { PatientId } from '@sotto/protocol/ids';
import { type FieldKeyAnswer, fieldKeysAnswer, fieldKeysRequest } from '@sotto/protocol/keystoreRoutes';
import type { Listener } from '@sotto/service/listener';
import { toBase64url } from '../bytes.ts';
import { type GivenFieldKey, giveFieldKeys } from '../keys/fieldKeys.ts';
import { refusals } from './answer.ts';
import type { Limit } from './limits.ts';
import type { RouteParts } from './routeParts.ts';

/** Those that weren't asked for too often. */
async function withinLimit(limit: Limit, pseudonyms: readonly PatientId[]): Promise<PatientId[]> {
  const taken: PatientId[] = [];
  for (const pseudonym of pseudonyms) if (await limit.take(pseudonym)) taken.push(pseudonym);
  return taken;
}

function toAnswer(pseudonym: PatientId, given: GivenFieldKey | undefined): FieldKeyAnswer {
  if (given === undefined) return { tag: 'limited', pseudonym };
  if (given.tag !== 'key') return { tag: given.tag, pseudonym };
  const key = toBase64url(given.key);
  given.key.fill(0);
  return { tag: 'key', pseudonym, key };
}

/** Keys of patients' fields. The access log is of what is clinical; these are counted in the service log. */
export function addFieldKeyRoutes(listener: Listener, { keystore, limits, log }: RouteParts): void {
  listener.post(
    '/v1/field-keys',
    { schema: { body: fieldKeysRequest, response: { 200: fieldKeysAnswer, ...refusals } } },
    async (request, reply) => {
      const { pseudonyms, make } = request.body;
      const asked = await withinLimit(limits.fieldKeys, pseudonyms);
      const given = await giveFieldKeys(keystore.context, asked, make);
      const correlationId = request.id;
      const answers = [...given.values()];
      log.info('fieldKeysGiven', { correlationId, count: answers.filter(({ tag }) => tag === 'key').length });
      for (const one of answers) {
        if (one.tag === 'damaged') log.error('fieldKeyDamaged', { correlationId, error: one.fault });
      }
      return reply.send({ keys: pseudonyms.map((pseudonym) => toAnswer(pseudonym, given.get(pseudonym))) });
    },
  );
}
