import type { StaffId } from '@sotto/protocol/ids';
import type { RegistrationAnswer } from '@sotto/protocol/keystoreRoutes';
import type { ObjectContext } from '@sotto/vault';
import { EvidenceFault } from './errors.ts';
import { logTrustOf, requireEntry } from './logTrust.ts';
import type { Pins } from './pins.ts';
import { isSigned } from './statements.ts';

/** What was handed in. */
export interface HandedIn {
  readonly context: ObjectContext;
  /** Of the manifest, base64url. */
  readonly hash: string;
  readonly writer: StaffId;
}

/** What the keystore says of an object that it has registered. */
export interface Registered {
  readonly registeredAt: string;
  /** Place in the log. */
  readonly index: number;
  readonly isWitnessed: boolean;
}

/** @throws EvidenceFault unless the keystore says that it registered exactly this, and logged it */
export async function requireRegistered(
  { statement, proof }: RegistrationAnswer,
  { context, hash, writer }: HandedIn,
  pins: Pins,
): Promise<Registered> {
  const { payload } = statement;
  const isIt =
    (await isSigned(statement, pins.statementKey)) &&
    payload.clinic === pins.clinic &&
    payload.object === context.object &&
    payload.pseudonym === context.pseudonym &&
    payload.visit === context.visit &&
    payload.kind === context.kind &&
    payload.manifest === hash &&
    payload.writer === writer;
  if (!isIt) throw new EvidenceFault('statement');
  const { index, witnessedAt } = await requireEntry(proof, logTrustOf(pins), {
    action: 'object.register',
    resource: `object:${context.object}`,
    after: hash,
  });
  return { registeredAt: payload.registeredAt, index, isWitnessed: witnessedAt !== null };
}
