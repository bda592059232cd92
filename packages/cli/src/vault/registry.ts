import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { objectId } from '@sotto/protocol/ids';
import { type RegistrationStatement, registrationStatement } from '@sotto/protocol/keystore';
import * as z from 'zod';
import { bad, notDone } from '../errors.ts';

/** One line of what `apps/api/src/exportRegistry.ts` writes: an object, its folder in the storage, what the keystore said. */
const line = z.strictObject({
  object: objectId,
  folder: z.string().regex(/^[A-Za-z0-9_-]{21}[AQgw]$/),
  /** Null while it hasn't been registered. */
  statement: registrationStatement.nullable(),
  /** Why its bytes were taken out of the storage; null if they weren't. */
  removed: z.enum(['shredded', 'abandoned']).nullable(),
});
export type RegistryLine = z.infer<typeof line>;

/** @throws CommandError for the first line that isn't one */
export async function* readRegistry(path: string): AsyncGenerator<RegistryLine, void, undefined> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    try {
      yield line.parse(JSON.parse(text));
    } catch {
      throw bad(`Line ${number} of the registry isn’t one of a registry.`);
    }
  }
}

/** @param text the keystore's statement key: Ed25519, base64url, as `GET /api/keystore/identity` tells it */
export function statementKeyOf(text: string): KeyObject {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) throw notDone('--keystore isn’t a keystore’s statement key.');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}

/** Whether the keystore signed a registration (apps/keystore/SPEC.md section 3). Its payload is flat and ASCII. */
export function isRegistered(key: KeyObject, { payload, signature }: RegistrationStatement): boolean {
  const sorted = Object.entries(payload).sort(([one], [other]) => (one < other ? -1 : 1));
  const signed = `sotto/keystore/v1 statement\0${JSON.stringify(Object.fromEntries(sorted))}`;
  return verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64url'));
}
