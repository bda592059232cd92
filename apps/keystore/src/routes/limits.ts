import { createRateLimit, type RateLimitOptions } from '@sotto/service/rateLimit';

/** How often one thing may be asked for: by one subject, and by all together. */
export interface Limit {
  /** Takes one. @returns whether it was there to take */
  take(subject: string): Promise<boolean>;
}

/** Counted apart: whoever used up their own takes nothing from the others. */
export function createLimit(own: RateLimitOptions, together: RateLimitOptions): Limit {
  const [ownLimit, togetherLimit] = [createRateLimit(own), createRateLimit(together)];
  return {
    // The common one is asked first: once it is used up, nobody new is counted, whatever names there are.
    take: async (subject) =>
      (await togetherLimit.wait('all')) === null &&
      (await ownLimit.take(subject)) === null &&
      (await togetherLimit.take('all')) === null,
  };
}

const minute = 60;
const hour = 3600;

/**
 * What a clinic never asks for, and an api that was taken over might: to fill the log, to wear down officers, to keep the
 * keystore from answering anybody else (SPEC.md section 9). Kept in this process.
 */
export const createLimits = () => ({
  nonces: createLimit({ points: 120, seconds: minute }, { points: 6000, seconds: minute }),
  mints: createLimit({ points: 120, seconds: minute }, { points: 3000, seconds: minute }),
  enrolments: createLimit({ points: 20, seconds: hour }, { points: 300, seconds: hour }),
  entries: createLimit({ points: 120, seconds: minute }, { points: 3000, seconds: minute }),
  acts: createLimit({ points: 60, seconds: minute }, { points: 600, seconds: minute }),
  registrations: createLimit({ points: 20, seconds: minute }, { points: 600, seconds: minute }),
  closings: createLimit({ points: 12, seconds: minute }, { points: 6000, seconds: minute }),
  // A key is asked for again once the api has forgotten it; together, a large clinic's lists at the beginning of its day.
  fieldKeys: createLimit({ points: 60, seconds: minute }, { points: 12_000, seconds: minute }),
  // Anybody may ask for one, by way of the api, which counts by address.
  signInNonces: createLimit({ points: 3000, seconds: minute }, { points: 3000, seconds: minute }),
  signIns: createLimit({ points: 10, seconds: 5 * minute }, { points: 600, seconds: minute }),
  releases: createLimit({ points: 120, seconds: minute }, { points: 6000, seconds: minute }),
});
export type Limits = ReturnType<typeof createLimits>;
