import type { ErrorCode } from '@sotto/protocol/errors';

/** The clinic refused (`code` of its answer), or couldn't be reached or understood (`unreachable`). */
export class ClinicFault extends Error {
  readonly code: ErrorCode | 'unreachable';

  constructor(code: ErrorCode | 'unreachable') {
    super(code);
    this.name = 'ClinicFault';
    this.code = code;
  }
}

/** What a query failed with; anything that isn't the clinic's word counts as not reached. */
export const faultCode = (error: unknown): ClinicFault['code'] =>
  error instanceof ClinicFault ? error.code : 'unreachable';
