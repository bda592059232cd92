import type { AuthorizeOutcome, CredentialFault } from '@sotto/e2ee';
import { type ClinicDirectory, whyNoProof } from './clinicDirectory.ts';
import type { FailureReason } from './contract.ts';

type RefusedReason = Extract<AuthorizeOutcome, { tag: 'refused' }>['reason'];

/** What the own worker's refusal of what the clinic signed for one means for the visit. */
export function whyRefused(
  reason: RefusedReason,
  directory: ClinicDirectory,
): [reason: FailureReason, fault?: CredentialFault] {
  switch (reason) {
    case 'noProof':
      return [whyNoProof(directory)];
    case 'otherClinician':
      return ['notConfirmed'];
    case 'otherName':
      return ['cantVerify'];
    default:
      return ['cantVerify', reason];
  }
}
