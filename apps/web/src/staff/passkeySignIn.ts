import type { StaffSession } from '@sotto/protocol/clinic';
import type { ClinicId } from '@sotto/protocol/ids';
import { challengeLabels } from '@sotto/protocol/keystore';
import type { SignInStatement } from '@sotto/protocol/signIn';
import { askSignInOptions, handInPasskey } from '../clinic/clinicApi.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { assertionText, signWithAnyPasskey } from '../keystore/passkey.ts';

/**
 * Signs in by passkey, or brings one to the session that its owner has in this browser.
 *
 * @param how `asked` in the browser's dialog; `offered` where it fills fields
 * @throws ClinicFault, PasskeyFault
 */
export async function signInByPasskey(
  clinic: ClinicId,
  how: 'asked' | 'offered',
  signal: AbortSignal,
): Promise<StaffSession> {
  const { nonce, rpId } = await askSignInOptions(signal);
  const statement: SignInStatement = { type: 'sotto/sign-in/v1', clinic, nonce };
  const challenge = await challengeOf(challengeLabels.signIn, statement);
  return await handInPasskey({
    nonce,
    assertion: assertionText(await signWithAnyPasskey(rpId, challenge, how, signal)),
  });
}
