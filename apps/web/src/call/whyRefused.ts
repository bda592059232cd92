import type { AuthorizeOutcome, CredentialFault } from '@sotto/e2ee';
import type { ErrorCode } from '@sotto/protocol/errors';
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

/** What signaling's refusal to let one enter means for the visit; null where another connection may do. */
export function whyNotEntered(code: ErrorCode): FailureReason | null {
  switch (code) {
    case 'forbidden':
    case 'noIntent':
    case 'notFound':
    case 'wrongState':
      return 'notAvailable';
    case 'invalid':
    case 'unsealedPhi':
      return 'internal';
    case 'conflict':
      return 'elsewhere';
    case 'unauthenticated':
    case 'locked':
    case 'stepUp':
    case 'rejoin':
    case 'rateLimited':
    case 'unavailable':
    case 'internal':
      return null;
  }
}
