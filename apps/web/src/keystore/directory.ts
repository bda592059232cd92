import type { StaffId } from '@sotto/protocol/ids';
import type { ClinicianStatement, CredentialId, RevocationStatement } from '@sotto/protocol/keystore';
import type { Directory } from '@sotto/protocol/keystoreRoutes';
import { endsPasskey } from '@sotto/protocol/passkeyEnd';
import type { Pins } from './pins.ts';
import { isSigned } from './statements.ts';

export type ClinicianPayload = ClinicianStatement['payload'];

/** One passkey that officers have signed for. */
export interface EnrolledPasskey {
  readonly entry: ClinicianPayload;
  /** `replaced`: another passkey of the same person took its place. */
  readonly revoked: {
    readonly reason: RevocationStatement['payload']['reason'] | 'replaced';
    readonly at: string;
  } | null;
}

export interface CheckedDirectory {
  readonly passkeys: readonly EnrolledPasskey[];
  /** How many statements didn't check. They count for nothing, and pages say so. */
  readonly spoilt: number;
}

export interface EndedPasskeys {
  /** Passkeys that count no more; a revoked one also where its entry wasn't told. */
  readonly ended: ReadonlySet<CredentialId>;
}

async function sorted<S extends { payload: { clinic: string }; signature: string }>(
  statements: readonly S[],
  pins: Pins,
): Promise<readonly S[]> {
  const kept = await Promise.all(
    statements.map(async (statement) => {
      const isOurs = statement.payload.clinic === pins.clinic && (await isSigned(statement, pins.statementKey));
      return isOurs ? [statement] : [];
    }),
  );
  return kept.flat();
}

/** Keeps what the keystore with the pinned key has signed, and says which passkeys still count. */
export async function checkDirectory(
  { entries, revocations }: Directory,
  pins: Pins,
): Promise<CheckedDirectory & EndedPasskeys> {
  const [signed, ended] = await Promise.all([sorted(entries, pins), sorted(revocations, pins)]);
  const passkeys = signed.map(({ payload }): EnrolledPasskey => ({ entry: payload, revoked: revocationOf(payload) }));
  const spoilt = entries.length - signed.length + revocations.length - ended.length;
  const revoked = ended.flatMap(({ payload }) =>
    payload.type === 'sotto/clinician-revoked/v1' ? [payload.credential] : [],
  );
  const outlived = passkeys.flatMap((passkey) => (passkey.revoked === null ? [] : [passkey.entry.credential]));
  return { passkeys, ended: new Set([...revoked, ...outlived]), spoilt };

  function revocationOf(entry: ClinicianPayload): EnrolledPasskey['revoked'] {
    const payload = ended.find((statement) => endsPasskey(statement, entry))?.payload;
    if (payload === undefined) return null;
    return payload.type === 'sotto/clinician-revoked/v1'
      ? { reason: payload.reason, at: payload.revokedAt }
      : { reason: 'replaced', at: payload.enrolledAt };
  }
}

/** The passkeys by which somebody can sign now. */
export const livingPasskeys = ({ passkeys }: CheckedDirectory, subject: StaffId): readonly ClinicianPayload[] =>
  passkeys.flatMap(({ entry, revoked }) => (entry.subject === subject && revoked === null ? [entry] : []));

/** Whose passkey it is, alive or not. */
export const findPasskey = ({ passkeys }: CheckedDirectory, credential: CredentialId): EnrolledPasskey | null =>
  passkeys.find(({ entry }) => entry.credential === credential) ?? null;
