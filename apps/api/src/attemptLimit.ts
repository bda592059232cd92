import { accepted, type Result, refused } from '@sotto/protocol/result';
import { createRateLimit } from '@sotto/service/rateLimit';

/** Counts attempts by a key within a window. Taken before the attempt, so that parallel ones can't overrun it. */
export interface AttemptLimit {
  /** `rateLimited`, with the time to wait, when the window's points are used up. */
  take(key: string): Promise<Result<undefined>>;
  /** Gives a point back: the attempt turned out to be a good one. */
  giveBack(key: string): Promise<void>;
}

/**
 * @param points attempts in one window
 * @param seconds length of the window, from its first attempt
 */
export function createAttemptLimit(points: number, seconds: number): AttemptLimit {
  const limit = createRateLimit({ points, seconds });
  return {
    async take(key) {
      const waitMs = await limit.take(key);
      return waitMs === null ? accepted(undefined) : refused('rateLimited', waitMs);
    },
    giveBack: (key) => limit.giveBack(key),
  };
}

/** Every limit of the api. Those of sign-in, joining, codes and passwords count only what failed; challenges count all. */
export interface AttemptLimits {
  /** All requests of an address. */
  readonly requests: AttemptLimit;
  /** All requests of one account, or of whom one link was given to, to what isn't public. */
  readonly requestsByPerson: AttemptLimit;
  /** What one person changes in the clinic's records, tickets among it: each is an entry that others wait behind. */
  readonly changes: AttemptLimit;
  /** By any way: passwords, passkeys, and answers of the clinic's provider, also where there is none. */
  readonly signInByAddress: AttemptLimit;
  /** An account from one address. */
  readonly signInByAccountAndAddress: AttemptLimit;
  /** An account from anywhere: far more, or a stranger could keep its owner out. */
  readonly signInByAccount: AttemptLimit;
  /** Codes beside a right password, of one account. */
  readonly secondFactors: AttemptLimit;
  /** Passwords that a session shows to change what goes with them. */
  readonly ownPasswords: AttemptLimit;
  /** Challenges for passkeys, and ways to the provider, given to an address: an open sign-in page asks for one every few minutes. */
  readonly signInChallenges: AttemptLimit;
  /** Links that open nothing and wrong dates of birth; not to have said a date yet is none. */
  readonly joinByAddress: AttemptLimit;
  /** Patients who begin to sign in by a key, and keys that don't count, from one address. */
  readonly patientChallenges: AttemptLimit;
  readonly patientSignIns: AttemptLimit;
  /** What one account asks of the keystore, by what it costs. */
  readonly nonces: AttemptLimit;
  readonly releases: AttemptLimit;
  readonly closings: AttemptLimit;
  readonly enrolments: AttemptLimit;
  readonly acts: AttemptLimit;
  /** Directory, enrolments, notices, and the access log, in which each reading is an entry. */
  readonly readings: AttemptLimit;
  /** Objects minted and stored. */
  readonly uploads: AttemptLimit;
  /** Intents, each an entry: what one person does with patients' content. */
  readonly intents: AttemptLimit;
  /** Parts of recordings asked for and put, and their lists. */
  readonly parts: AttemptLimit;
  /** Patients whom one account looks for by name and date of birth, or says to know: whoever guesses is soon done. */
  readonly lookups: AttemptLimit;
  /** Codes that are mailed to a patient. */
  readonly noticeCodes: AttemptLimit;
  /** Links of mails, tried from one address. */
  readonly noticeEndings: AttemptLimit;
  /** Invitations to work here, and links to new passwords, that one administrator sends. */
  readonly staffInvitations: AttemptLimit;
  /** Links of invitations to work here and to new passwords, opened or tried from one address, right ones too. */
  readonly accountLinks: AttemptLimit;
  /** Mails to one account about devices that are new: whoever has its password could fill its mailbox. */
  readonly deviceMails: AttemptLimit;
  /** Parts of recordings read, piece by piece. */
  readonly pieces: AttemptLimit;
}

export const createAttemptLimits = (): AttemptLimits => ({
  requests: createAttemptLimit(3000, 60),
  requestsByPerson: createAttemptLimit(2700, 60),
  changes: createAttemptLimit(120, 60),
  signInByAddress: createAttemptLimit(50, 900),
  signInByAccountAndAddress: createAttemptLimit(10, 900),
  signInByAccount: createAttemptLimit(500, 900),
  secondFactors: createAttemptLimit(10, 900),
  ownPasswords: createAttemptLimit(10, 900),
  signInChallenges: createAttemptLimit(1000, 900),
  joinByAddress: createAttemptLimit(30, 300),
  patientChallenges: createAttemptLimit(300, 900),
  patientSignIns: createAttemptLimit(30, 900),
  nonces: createAttemptLimit(120, 60),
  releases: createAttemptLimit(60, 60),
  closings: createAttemptLimit(120, 60),
  enrolments: createAttemptLimit(10, 600),
  acts: createAttemptLimit(30, 60),
  readings: createAttemptLimit(120, 60),
  uploads: createAttemptLimit(60, 60),
  intents: createAttemptLimit(240, 60),
  parts: createAttemptLimit(1200, 60),
  lookups: createAttemptLimit(120, 3600),
  noticeCodes: createAttemptLimit(5, 3600),
  noticeEndings: createAttemptLimit(30, 300),
  staffInvitations: createAttemptLimit(60, 3600),
  accountLinks: createAttemptLimit(30, 300),
  deviceMails: createAttemptLimit(10, 24 * 3600),
  pieces: createAttemptLimit(1200, 60),
});
