import { readConfig, readSession } from '../clinic/clinicApi.ts';
import { type ClinicRequest, tell } from '../clinic/clinicRequest.ts';
import { faultCode } from '../clinic/errors.ts';
import { signInByPasskey } from './passkeySignIn.ts';

/**
 * One request that changes something of the clinic's people: it takes a passkey that was shown just now. Where none was, the browser
 * asks for it, and the request goes out again.
 *
 * @throws ClinicFault; PasskeyFault where nobody showed it, and then nothing was done
 */
export async function change(request: ClinicRequest): Promise<void> {
  try {
    await tell(request);
    return;
  } catch (error) {
    if (faultCode(error) !== 'stepUp') throw error;
  }
  const { signal } = new AbortController();
  const [{ clinic }, { staff }] = await Promise.all([readConfig(signal), readSession(signal)]);
  await signInByPasskey(clinic.id, staff.id);
  await tell(request);
}
