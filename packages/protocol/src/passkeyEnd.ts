import type { ClinicianStatement, RevocationStatement } from './keystore.ts';

/** Whether a signed statement ends the passkey of an entry: by its revocation, or by another key that took its owner's place. */
export function endsPasskey(
  { payload }: RevocationStatement | ClinicianStatement,
  entry: ClinicianStatement['payload'],
): boolean {
  if (payload.subject !== entry.subject) return false;
  if (payload.type === 'sotto/clinician-revoked/v1') return payload.credential === entry.credential;
  return payload.credential !== entry.credential && Date.parse(payload.enrolledAt) >= Date.parse(entry.enrolledAt);
}
