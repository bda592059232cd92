import type { ErrorCode } from '@sotto/protocol/errors';

/** A route that doesn't declare what every route must: a defect, found before anything is served. */
export class UndeclaredRouteError extends Error {
  readonly code = 'undeclaredRoute';
  override readonly name = 'UndeclaredRouteError';
}

/** An act that its handler did without recording it: a defect. It is never answered. */
export class UnrecordedActError extends Error {
  readonly code = 'unrecordedAct';
  override readonly name = 'UnrecordedActError';
}

/** The keystore, which alone has patients' field keys, doesn't give them now: nothing was read or written. */
export class FieldKeysUnavailable extends Error {
  readonly code = 'unavailable';
  override readonly name = 'FieldKeysUnavailable';
  /** `away`: it gives nobody's; `limited`: this patient's was asked for too often. */
  readonly reason: 'away' | 'limited';

  constructor(reason: FieldKeysUnavailable['reason'] = 'away') {
    super(`field keys: ${reason}`);
    this.reason = reason;
  }
}

/**
 * The keystore has no field key of a patient who wasn't erased, or one that it can't open: it may have been restored from an older
 * backup. A person must look; until then what was sealed stays as it is.
 */
export class FieldKeyLost extends Error {
  readonly code = 'unavailable';
  override readonly name = 'FieldKeyLost';
}

/** Whether it is about one patient's key alone: whoever shows many shows the others. */
export const isOfOneKey = (fault: unknown): boolean =>
  fault instanceof FieldKeyLost || (fault instanceof FieldKeysUnavailable && fault.reason === 'limited');

/** Everything of the patient was shredded: nothing is sealed for them again. */
export class PatientErased extends Error {
  readonly code = 'wrongState';
  override readonly name = 'PatientErased';
}

/** HTTP's word for each refusal (packages/protocol/SPEC.md section 1). */
export const statusOf: Record<ErrorCode, number> = {
  invalid: 400,
  unsealedPhi: 400,
  unauthenticated: 401,
  locked: 423,
  stepUp: 403,
  forbidden: 403,
  noIntent: 403,
  notFound: 404,
  wrongState: 409,
  conflict: 409,
  rejoin: 409,
  rateLimited: 429,
  internal: 500,
  unavailable: 503,
};
