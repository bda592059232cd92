import type { CredentialFault } from '@sotto/e2ee';

/** Why somebody was kept out, by what a person can make of it; named in the messages under `call.keptOut`. */
export function keptOutWords(
  fault: CredentialFault,
): 'directory' | 'revoked' | 'noProof' | 'otherClinician' | 'passkey' | 'server' {
  switch (fault) {
    case 'unknownKeystore':
    case 'forgedEntry':
    case 'otherClinic':
    case 'otherRole':
      return 'directory';
    case 'revoked':
    case 'noProof':
    case 'otherClinician':
      return fault;
    case 'proofTime':
    case 'challenge':
    case 'origin':
    case 'rpId':
    case 'userPresence':
    case 'userVerification':
    case 'backupState':
    case 'signature':
      return 'passkey';
    case 'malformed':
    case 'expired':
    case 'unknownSigner':
    case 'otherVisit':
    case 'otherLeaf':
      return 'server';
  }
}
