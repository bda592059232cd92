import { type PatientId, patientId } from '@sotto/protocol/ids';
import { fieldKeysAnswer } from '@sotto/protocol/keystoreRoutes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import type { Keystore } from '../src/keystore.ts';
import { createLimit, createLimits } from '../src/routes/limits.ts';
import type { RouteParts } from '../src/routes/routeParts.ts';
import { createServer } from '../src/server.ts';
import { Authority } from './authority.ts';
import { Installation } from './installation.ts';

let installation: Installation;
let server: ReturnType<typeof createServer>;
const logged: string[] = [];
const write = (event: string) => void logged.push(event);

beforeAll(async () => {
  installation = await Installation.start();
  const authority = await Authority.create();
  const parts: Pick<RouteParts, 'keystore' | 'limits' | 'log'> = {
    keystore: { context: await installation.open() } as Keystore,
    limits: { ...createLimits(), fieldKeys: createLimit({ points: 3, seconds: 60 }, { points: 100, seconds: 60 }) },
    log: { info: write, warn: write, error: write },
  };
  server = createServer({
    ...{ tls: await authority.certify('keystore.sotto.internal'), ca: authority.pem },
    ...(parts as RouteParts),
  });
});
afterAll(async () => {
  await server.close();
  await installation.remove();
});

async function tagsOf(pseudonyms: readonly PatientId[], make = false): Promise<string[]> {
  const answer = await server.inject({ method: 'POST', url: '/v1/field-keys', payload: { pseudonyms, make } });
  expect(answer.statusCode).toBe(200);
  const { keys } = fieldKeysAnswer.parse(answer.json());
  expect(keys.map(({ pseudonym }) => pseudonym)).toEqual(pseudonyms);
  return keys.map(({ tag }) => tag);
}

it('answers for each patient alone: with a damaged key, with none, or asked for too often', async () => {
  const [one, damaged, stranger] = [newId(patientId), newId(patientId), newId(patientId)];
  expect(await tagsOf([one, damaged], true)).toEqual(['key', 'key']);
  await installation.asOwner((owner) =>
    owner.query(
      `update keystore.field_key k set wrapped = l.wrapped from keystore.field_key l
        where k.pseudonym = $1 and l.pseudonym = $2`,
      [damaged, one],
    ),
  );
  expect(logged).not.toContain('fieldKeyDamaged');
  expect(await tagsOf([one, damaged, stranger])).toEqual(['key', 'damaged', 'none']);
  expect(logged).toContain('fieldKeyDamaged');
  expect(await tagsOf([one])).toEqual(['key']);
  expect(await tagsOf([one, stranger])).toEqual(['limited', 'none']);
});
