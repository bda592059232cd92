import type { KeptOutFault } from '../call/contract.ts';

/** Whether it may lie in the keystore's keys that this browser knows, or doesn't. */
export const isOfKeystore = (fault: KeptOutFault): boolean =>
  ['unknownKeystore', 'directory'].includes(keptOutWords(fault));

/** Why somebody was kept out, by what a person can make of it; named in the messages under `call.keptOut`. */
export function keptOutWords(
  fault: KeptOutFault,
):
  | 'unknownKeystore'
  | 'directory'
  | 'revoked'
  | 'noProof'
  | 'rememberedDemand'
  | 'otherClinician'
  | 'passkey'
  | 'clock'
  | 'server' {
  switch (fault) {
    case 'forgedEntry':
    case 'otherClinic':
    case 'otherRole':
      return 'directory';
    case 'unknownKeystore':
    case 'revoked':
    case 'noProof':
    case 'rememberedDemand':
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
    case 'expired':
    case 'notYet':
      return 'clock';
    case 'malformed':
    case 'unknownSigner':
    case 'otherVisit':
    case 'otherLeaf':
      return 'server';
  }
}
