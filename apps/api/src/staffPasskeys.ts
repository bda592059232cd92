import type { StaffId } from '@sotto/protocol/ids';
import type { ClinicianStatement, CredentialId } from '@sotto/protocol/keystore';
import { endsPasskey } from '@sotto/protocol/passkeyEnd';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { ClinicContext } from './clinicContext.ts';
import type { ApiLog } from './events.ts';
import type { KeystoreClient } from './keystoreClient.ts';

interface DirectoryContext {
  readonly clinicId: ClinicContext['clinicId'];
  readonly keystore: Pick<KeystoreClient, 'directory'>;
}

/** What signing in works with. */
export interface SignInContext extends ClinicContext {
  readonly keystore: Pick<KeystoreClient, 'directory' | 'identity'>;
}

/** What signs in, and writes down who did and whose account refused somebody. */
export interface LoggedSignInContext extends SignInContext {
  readonly log: Pick<ApiLog, 'info' | 'warn'>;
}

/** A member of staff's passkey that counts now. */
export type LivingPasskey = Pick<ClinicianStatement['payload'], 'subject' | 'credential' | 'publicKey'>;

/**
 * Every passkey that counts now. Read anew each time: one that an officer has just ended opens nothing any more.
 * `unavailable` where the keystore doesn't answer: then nobody knows.
 */
async function readLiving({ keystore, clinicId }: DirectoryContext): Promise<Result<readonly LivingPasskey[]>> {
  const read = await keystore.directory();
  if (read.tag !== 'answered') return refused('unavailable');
  const { entries, revocations } = read.value;
  const ends = Map.groupBy(revocations, ({ payload }) => payload.subject);
  return accepted(
    entries
      .map(({ payload }) => payload)
      .filter(({ clinic }) => clinic === clinicId)
      .filter((entry) => !(ends.get(entry.subject) ?? []).some((end) => endsPasskey(end, entry))),
  );
}

/** Whose passkey it is, if it counts now. */
export async function findLivingPasskey(
  context: SignInContext,
  credential: CredentialId,
): Promise<Result<LivingPasskey | undefined>> {
  const living = await readLiving(context);
  return living.ok ? accepted(living.value.find((one) => one.credential === credential)) : living;
}

/** Somebody's passkey with this public key, if it counts now. @param publicKey base64url */
export async function findOwnPasskey(
  context: DirectoryContext,
  staff: StaffId,
  publicKey: string,
): Promise<Result<LivingPasskey | undefined>> {
  const living = await readLiving(context);
  if (!living.ok) return living;
  return accepted(living.value.find((one) => one.subject === staff && one.publicKey === publicKey));
}

/** Whether somebody has a passkey that counts now. */
export async function hasLivingPasskey(context: SignInContext, staff: StaffId): Promise<Result<boolean>> {
  const living = await readLiving(context);
  return living.ok ? accepted(living.value.some(({ subject }) => subject === staff)) : living;
}
