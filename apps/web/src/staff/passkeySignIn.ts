import type { StaffSession } from '@sotto/protocol/clinic';
import type { ClinicId, StaffId } from '@sotto/protocol/ids';
import { challengeLabels } from '@sotto/protocol/keystore';
import type { PasskeySignIn, SignInStatement } from '@sotto/protocol/signIn';
import { askSignInOptions, handInPasskey } from '../clinic/clinicApi.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { assertionText, signWithAnyPasskey } from '../keystore/passkey.ts';

/**
 * Has a passkey sign that somebody signs in.
 *
 * @param how `asked` in the browser's dialog; `offered` where it fills fields
 * @throws ClinicFault, PasskeyFault
 */
export async function signSignIn(
  clinic: ClinicId,
  how: 'asked' | 'offered',
  signal: AbortSignal,
): Promise<PasskeySignIn> {
  const { nonce, rpId } = await askSignInOptions(signal);
  const statement: SignInStatement = { type: 'sotto/sign-in/v1', clinic, nonce };
  const challenge = await challengeOf(challengeLabels.signIn, statement);
  return { nonce, assertion: assertionText(await signWithAnyPasskey(rpId, challenge, how, signal)) };
}

/**
 * Signs in by passkey in the browser's dialog, or brings one to the session that its owner has in this browser.
 *
 * @param staff who is signed in on this page, whose passkey it is to be; null where nobody is
 * @throws ClinicFault, PasskeyFault
 */
export async function signInByPasskey(clinic: ClinicId, staff: StaffId | null): Promise<StaffSession> {
  const signed = await signSignIn(clinic, 'asked', new AbortController().signal);
  return await handInPasskey({ ...signed, ...(staff === null ? {} : { staff }) });
}
