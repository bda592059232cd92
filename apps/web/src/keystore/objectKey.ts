import type { VisitId } from '@sotto/protocol/ids';
import type { ObjectKeyStatement } from '@sotto/protocol/keystore';
import { canonicalHash } from './bytes.ts';
import { EvidenceFault } from './errors.ts';
import { mintObject } from './keystoreApi.ts';
import { logTrustOf, requireEntry } from './logTrust.ts';
import type { Pins } from './pins.ts';
import { isSigned } from './statements.ts';

type KeyPayload = ObjectKeyStatement['payload'];

/**
 * The key of a new sealed object of this visit's patient.
 *
 * @throws EvidenceFault unless the keystore made this key, for this visit, and logged it; KeystoreFault, ClinicFault
 */
export async function newObjectKey(visit: VisitId, pins: Pins): Promise<KeyPayload> {
  const { statement, proof } = await mintObject(visit);
  if (!(await isSigned(statement, pins.statementKey))) throw new EvidenceFault('statement');
  const { payload } = statement;
  if (payload.clinic !== pins.clinic || payload.visit !== visit) throw new EvidenceFault('statement');
  await requireEntry(proof, logTrustOf(pins), {
    action: 'object.mint',
    resource: `object:${payload.object}`,
    after: await canonicalHash(payload),
  });
  return payload;
}
