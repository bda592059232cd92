import type { ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import {
  type breakGlassReasons,
  type CodeAssertion,
  type CredentialId,
  challengeLabels,
  type PasskeyAssertion,
  type purposes,
  type ReleaseRequest,
  type ReleaseUse,
  releaseRequest,
} from '@sotto/protocol/keystore';
import type { ReleaseAnswer, SignedRelease } from '@sotto/protocol/keystoreRoutes';
import type { SealedObject } from '@sotto/protocol/records';
import { requestMembers } from '../keystore/acts.ts';
import type { Bytes } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { type CheckedDirectory, livingPasskeys } from '../keystore/directory.ts';
import { mayPass } from '../keystore/errors.ts';
import { type AskingSession, askNonce, askRelease, tellClosing } from '../keystore/keystoreApi.ts';
import { assertionText, signWithPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import { OpenWatch } from './openWatch.ts';
import { type OpenedText, ReleaseThread } from './releaseThread.ts';

export type BreakGlassReason = keyof typeof breakGlassReasons;

/** Signs a release's challenge with a key of whoever it is asked for. @throws PasskeyFault */
export type SignRelease = (challenge: Bytes) => Promise<PasskeyAssertion | CodeAssertion>;

/** Who asks for the keys of some objects, why, and by which keys of theirs. */
export interface Asking {
  readonly user: StaffId | PatientId;
  readonly session: AskingSession;
  readonly sign: SignRelease;
  readonly purpose: keyof typeof purposes;
  readonly use: ReleaseUse;
  readonly breakGlass: BreakGlassReason | null;
  /** Who signs the same request besides; null where one is enough. */
  readonly approval: { readonly approver: StaffId; readonly sign: SignByPasskey } | null;
  readonly pins: Pins;
}

/** A note that was opened, until it is closed. */
export interface OpenedNote extends OpenedText {
  /** Begun where it is shown, ended where it is closed. */
  readonly watch: OpenWatch;
}

export interface Opening extends Asking {
  readonly object: ObjectId;
  /** In which it must have been written; null where that isn't known. */
  readonly visit: VisitId | null;
  readonly sealed: Pick<SealedObject, 'manifest' | 'run'>;
  readonly directory: CheckedDirectory;
}

type SignByPasskey = (challenge: Bytes) => Promise<PasskeyAssertion>;

/** Signs with one of a clinician's passkeys that count. */
export const staffSigner =
  (directory: CheckedDirectory, pins: Pins, signer: StaffId): SignByPasskey =>
  async (challenge) => {
    const credentials: CredentialId[] = livingPasskeys(directory, signer).map(({ credential }) => credential);
    return assertionText(await signWithPasskey(pins.rpId, credentials, challenge));
  };

/** How far an opening is: `passkey` while the person is asked, `approver` while the second one is. */
export type OpeningStep = 'preparing' | 'passkey' | 'approver' | 'releasing';

const tries = 3;

/** The same request gets the same answer, so what got lost on the way is asked again. */
async function askPatiently(signed: SignedRelease): Promise<ReleaseAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await askRelease(signed);
    } catch (error) {
      if (attempt === tries || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
  }
}

async function composeRequest(
  opening: Asking,
  objects: readonly ObjectId[],
  viewerKey: string,
  closingKey: string,
): Promise<ReleaseRequest> {
  return releaseRequest.parse({
    type: 'sotto/release/v1',
    ...requestMembers(await askNonce(opening.session), opening.pins),
    user: opening.user,
    objects: [...objects].sort(),
    purpose: opening.purpose,
    use: opening.use,
    breakGlass: opening.breakGlass,
    approver: opening.approval?.approver ?? null,
    viewerKey,
    closingKey,
  });
}

/** Passkeys of the directory as a worker is told them, to know writers by. */
export const writersOf = (directory: CheckedDirectory) =>
  directory.passkeys.map(({ entry, revoked }) => ({
    subject: entry.subject,
    credential: entry.credential,
    publicKey: entry.publicKey,
    enrolledAt: entry.enrolledAt,
    revokedAt: revoked?.at ?? null,
  }));

/** What the keystore answered to which request, and what says for how long it is open. */
export interface Released {
  readonly request: ReleaseRequest;
  readonly answer: ReleaseAnswer;
  readonly watch: OpenWatch;
}

/**
 * Asks for the person's signature over the whole request, the second person's where one signs too, and the keystore for
 * the keys.
 *
 * @throws PasskeyFault, KeystoreFault, ClinicFault
 */
export async function release(
  asking: Asking,
  objects: readonly ObjectId[],
  viewerKey: string,
  onStep: (step: OpeningStep) => void,
): Promise<Released> {
  const watch = await OpenWatch.make({ now: () => performance.now(), tell: tellClosing });
  const request = await composeRequest(asking, objects, viewerKey, watch.publicKey);
  const challenge = await challengeOf(challengeLabels.release, request);
  onStep('passkey');
  const assertion = await asking.sign(challenge);
  if (asking.approval !== null) onStep('approver');
  const approval = asking.approval === null ? null : await asking.approval.sign(challenge);
  onStep('releasing');
  const answer = await askPatiently({ request, assertion, approval });
  watch.released(request);
  return { request, answer, watch };
}

/**
 * Opens a sealed note, in a worker of its own.
 *
 * @throws PasskeyFault, KeystoreFault, ClinicFault, EvidenceFault
 */
export async function openSealedNote(opening: Opening, onStep: (step: OpeningStep) => void): Promise<OpenedNote> {
  const { object, visit, sealed, pins, directory } = opening;
  onStep('preparing');
  const thread = new ReleaseThread();
  try {
    const { watch, ...released } = await release(opening, [object], await thread.begin(), onStep);
    const { manifest, run } = sealed;
    const order = { ...released, object, visit, pins, writers: writersOf(directory), manifest, run };
    try {
      return { ...(await thread.open(order)), watch };
    } catch (error) {
      watch.end();
      throw error;
    }
  } finally {
    thread.close();
  }
}

/**
 * A release of a whole recording, kept as a file, by one signature; what is stored of it isn't looked at, so it may be
 * spoilt.
 *
 * @param objects all of the recording's
 * @param visit in which it must have been recorded; null where that isn't known
 * @throws PasskeyFault, KeystoreFault, ClinicFault, EvidenceFault
 */
export async function keepRelease(
  asking: Asking & { readonly use: 'copy' },
  objects: readonly ObjectId[],
  visit: VisitId | null,
  onStep: (step: OpeningStep) => void,
): Promise<Blob> {
  onStep('preparing');
  const thread = new ReleaseThread();
  try {
    const { request, answer } = await release(asking, objects, await thread.begin(), onStep);
    return await thread.keep({ request, answer, visit, pins: asking.pins });
  } finally {
    thread.close();
  }
}
