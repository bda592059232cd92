import type { Trouble } from '../keystore/errors.ts';
import { type TroubleWords, wordsOf } from '../keystore/troubleWords.ts';

/** Words that a patient is told in place of those for staff: nobody tells a patient to ask an officer. */
const ofPatients: Partial<Record<TroubleWords, TroubleWords>> = {
  notAccepted: 'ownNotAccepted',
  revoked: 'ownRevoked',
  noPasskey: 'ownNoKey',
  signedOut: 'ownSignedOut',
  notProven: 'ownNotProven',
  notLogged: 'ownNotLogged',
  notTheWriter: 'ownNotTheWriter',
  noteChanged: 'ownNoteChanged',
  witnessGone: 'ownWitnessGone',
  restricted: 'ownRestricted',
};

/** @returns null where the general words are true for a patient too */
export const ownTroubleWords = (trouble: Trouble): TroubleWords | null => ofPatients[wordsOf(trouble)] ?? null;
