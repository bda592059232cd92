import { type StaffId, staffId } from '@sotto/protocol/ids';
import type { CodeAssertion, PasskeyAssertion, ReleaseRequest } from '@sotto/protocol/keystore';
import { verifyAssertion } from '@sotto/service/assertion';
import type { Bytes } from '../bytes.ts';
import { clinicianRoles, officerRole } from '../directory/clinician.ts';
import type { PatientCredential } from '../directory/patientCredential.ts';
import { patientSignature } from '../directory/patientSignature.ts';
import type { StoredObject } from '../keys/objectKeys.ts';
import type { Decision, SignedBy } from '../requestLedger.ts';
import { isInTime } from '../signedExpiry.ts';
import { askPolicy, type Viewer } from './policy.ts';
import type { ReleasePorts } from './releasePorts.ts';
import type { ReleaseCall } from './releaseRequest.ts';

/** Roles whose holders may sign for another's release. */
const approvers: readonly string[] = [...clinicianRoles, officerRole];

interface Signer {
  readonly person: Viewer;
  readonly isRevoked: boolean;
  readonly activeFrom: Date;
  readonly signedBy: SignedBy;
}

/** What a release comes to before it is recorded. */
export interface Judgement {
  /** `code` or `code:reason,reason`; null if it may be. */
  readonly refusal: string | null;
  readonly signedBy: Decision['signedBy'];
  /** Who asks, as registered; null until the signature has been found valid. */
  readonly viewer: Viewer | null;
  readonly objects: readonly StoredObject[];
  /** Who of those who sign is contained: what they open is counted when it is recorded. */
  readonly contained: readonly StaffId[];
}

/**
 * Steps 2 to 4: nonce, expiry, signatures, policy. Changes nothing.
 *
 * @param requestHash what was signed
 */
export async function judge(
  ports: ReleasePorts,
  { request, assertion, approval, relayed }: ReleaseCall,
  requestHash: Bytes,
  at: Date,
): Promise<Judgement> {
  const { clinic, nonces, keys, policy } = ports;
  const [objects, isAlive, viewer, approver] = await Promise.all([
    keys.find(request.objects),
    nonces.isAlive(request.nonce, request.user, at),
    signerOf(ports, assertion, requestHash),
    approval === null ? null : signerOf(ports, approval, requestHash),
  ]);
  const refuse = (refusal: string, passed: Partial<Judgement> = {}): Judgement => ({
    ...{ refusal, signedBy: [], viewer: null, objects, contained: [] },
    ...passed,
  });
  if (!isInTime(request.expiry, at)) return refuse('expired');
  if (!isAlive) return refuse('nonce');
  if (viewer?.person.subject !== request.user || request.clinic !== clinic) return refuse('assertion');
  if (viewer.isRevoked) return refuse('revoked');
  if (request.approver !== null) {
    const isAnother = approver?.person.subject === request.approver && request.approver !== request.user;
    if (!isAnother || !approvers.includes(approver.person.role)) return refuse('assertion');
    if (approver.isRevoked) return refuse('revoked');
  }
  const passed = {
    signedBy: [viewer.signedBy, ...(approver === null ? [] : [approver.signedBy])],
    viewer: viewer.person,
  };
  if (viewer.activeFrom > at) return refuse('notYet', passed);
  const isPatients = viewer.person.kind === 'patient';
  if (isPatients && (request.purpose !== 'patientRequest' || request.breakGlass !== null)) {
    return refuse('denied:purpose', passed);
  }
  if (!isPatients && request.approver === null && wantsTwo(ports, request)) {
    return refuse('denied:twoApprovers', passed);
  }
  const containment = await containmentOf(ports, request, objects, isPatients);
  if (containment.tag === 'refused') return refuse(`contained:${containment.reason}`, passed);

  if (objects.length < request.objects.length) return refuse('unknownObject', passed);
  if (isPatients && objects.some(({ pseudonym }) => pseudonym !== request.user)) return refuse('denied:notOwn', passed);
  const answer = await askPolicy(policy, {
    user: viewer.person,
    objects: objects.map(({ object, pseudonym, visit, registration }) => ({
      ...{ object, pseudonym, visit, kind: registration?.payload.kind ?? null },
    })),
    ...{ purpose: request.purpose, use: request.use, breakGlass: request.breakGlass, at },
    ...{ address: relayed.address, related: relayed.related },
  });
  if (answer.tag === 'permit') return { refusal: null, ...passed, objects, contained: containment.people };
  return refuse(`denied:${answer.reasons.join(',')}`, passed);
}

type Containment =
  | { readonly tag: 'refused'; readonly reason: 'releases' | 'oneAtATime' }
  /** Those who sign and are contained. */
  | { readonly tag: 'passed'; readonly people: readonly StaffId[] };

/**
 * By what somebody's openings are held up: `releases` everybody's, patients' too; `oneAtATime` theirs, and this asks for more than
 * one object, or than the tracks of one recording. In an emergency only who is contained by name is.
 */
async function containmentOf(
  { containments, keys }: ReleasePorts,
  { user, approver, objects: asked, breakGlass }: ReleaseRequest,
  objects: readonly StoredObject[],
  isPatients: boolean,
): Promise<Containment> {
  const people = isPatients ? [] : [user, ...(approver === null ? [] : [approver])].map((id) => staffId.parse(id));
  const standing = await containments.among(['everyone', 'releases', ...people]);
  const isRoutine = breakGlass === null;
  if (isRoutine && standing.has('releases')) return { tag: 'refused', reason: 'releases' };
  const areAll = isRoutine && standing.has('everyone');
  const contained = people.filter((id) => areAll || standing.has(id));
  if (contained.length === 0 || asked.length === 1) return { tag: 'passed', people: contained };
  const isOne = objects.length === asked.length && (await keys.areOfOneRecording(objects));
  return isOne ? { tag: 'passed', people: contained } : { tag: 'refused', reason: 'oneAtATime' };
}

const wantsTwo = ({ twoApprovers }: ReleasePorts, { breakGlass }: ReleaseRequest): boolean =>
  twoApprovers === 'all' || (twoApprovers === 'breakGlass' && breakGlass !== null);

/** Whose passkey signed the request; null if none that is registered here did. */
async function signerOf(
  { directory, party }: ReleasePorts,
  assertion: PasskeyAssertion | CodeAssertion,
  challenge: Bytes,
): Promise<Signer | null> {
  const { credential } = assertion;
  const clinician = 'authenticatorData' in assertion ? await directory.find(credential) : null;
  if (clinician === null || !('authenticatorData' in assertion)) {
    const patient = await directory.findPatient(credential);
    const counter = patient && patientSignature(patient, assertion, { challenge, party });
    return patient === null || counter === null ? null : patientSigner(patient, { of: 'patient', credential, counter });
  }
  const verdict = verifyAssertion(assertion, { challenge, party, key: clinician });
  if (verdict.tag === 'invalid') return null;
  const { counter } = verdict;
  const { entry, isRevoked } = clinician;
  const person = { kind: 'staff', subject: entry.subject, role: entry.role } as const;
  return {
    person,
    isRevoked,
    activeFrom: new Date(0),
    signedBy: { of: 'clinician', credential, counter },
  };
}

const patientSigner = ({ entry, isRevoked }: PatientCredential, signedBy: SignedBy): Signer => ({
  person: { kind: 'patient', subject: entry.pseudonym, role: 'patient' },
  ...{ isRevoked, activeFrom: new Date(entry.activeFrom), signedBy },
});
