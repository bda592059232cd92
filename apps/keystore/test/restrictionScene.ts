import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import { type ReleaseRequest, type RestrictedStatement, restrictedStatement } from '@sotto/protocol/keystore';
import { afterAll, beforeAll } from 'vitest';
import { sha256, toBase64url, utf8 } from '../src/bytes.ts';
import { readRestrictions } from '../src/keys/restriction.ts';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import type { ReleasePorts } from '../src/release/releasePorts.ts';
import { Releases } from '../src/release/releases.ts';
import { payloadHash } from '../src/statement.ts';
import { type Passkey, party } from './passkey.ts';
import { entriesAbout, type Viewer, type ViewerKey } from './people.ts';
import { type HandedInObject, Registering, refused } from './registering.ts';

/** What tests of restrictions share: a keystore with patients' objects, two officers who restrict them, a nurse. */
export let registering: Registering;
export let officers: [Passkey, Passkey];
export let nurse: Passkey;

/** Starts it before the tests of a file, and removes it after them. */
export function useRestrictionScene(): void {
  beforeAll(async () => {
    registering = await Registering.start();
    const [one, other] = registering.people.officers;
    if (!one || !other) throw new Error('there are officers');
    officers = [one, other];
    nurse = await registering.people.enrolled('nurse');
  });
  afterAll(() => registering.remove());
}

/** What the log has of a refusal's reason. */
export const reasonHash = toBase64url(sha256(utf8('restricted')));
export const restricted = { ...refused('restricted'), reasons: [] };
export const released = { tag: 'released' };
export const damaged = { name: 'LogStopped', code: 'damaged' };

export const restrict = (pseudonym: PatientId, object: ObjectId | null, by: readonly Passkey[] = officers) =>
  registering.people.perform(by, { action: 'restrict', pseudonym, object });
/** Restricts, and gives the receipt. */
export async function receiptOf(pseudonym: PatientId, object: ObjectId | null): Promise<RestrictedStatement> {
  const outcome = await restrict(pseudonym, object);
  if (outcome.tag === 'refused') throw new Error(outcome.code);
  return restrictedStatement.parse(outcome.statement);
}
export const lift = (
  { payload }: RestrictedStatement,
  changes: { pseudonym?: PatientId; object?: ObjectId | null } = {},
) => {
  const { pseudonym, object } = { ...payload, ...changes };
  const restriction = payloadHash(payload);
  return registering.people.perform(officers, { action: 'liftRestriction', pseudonym, object, restriction });
};
export const restrictionsOf = async (pseudonym: PatientId) =>
  (await readRestrictions(registering.context, { pseudonym })).restrictions;

/** The releases of the service, by the clinic's own policies. */
export function releasing(changes: Partial<ReleasePorts> = {}): Releases {
  const { context, installation, people } = registering;
  const policy = openClinicPolicy({ id: installation.clinic, timeZone: 'Europe/Madrid' });
  return new Releases({ ...productionPorts(context, { party, policy, requests: people.requests }), ...changes });
}

/** Somebody who cares for the patient, or is the patient, asks. */
export async function asked(
  key: ViewerKey,
  { pseudonym }: HandedInObject,
  objects: readonly ObjectId[],
  request: Partial<ReleaseRequest> = {},
  approver?: Passkey,
): Promise<Viewer> {
  const changes = { request, ...(approver === undefined ? {} : { approver }) };
  const viewer = await registering.people.viewer(key, objects, changes);
  return { ...viewer, call: { ...viewer.call, relayed: { ...viewer.call.relayed, related: [pseudonym] } } };
}
export const entriesOf = ({ call }: Viewer) => entriesAbout(registering.context, call.request.id);

/** A patient with a key of their own. */
export const patientWithKey = () => registering.people.patient(registering.physician);
