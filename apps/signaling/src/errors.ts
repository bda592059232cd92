import type { ErrorCode } from '@sotto/protocol/errors';

/** Why a connection isn't taken: what Socket.IO hands to the client's `connect_error`, as `data`. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';
  readonly code: ErrorCode;
  readonly data: { readonly code: ErrorCode; readonly retryAfterMs?: number };

  constructor(code: ErrorCode, retryAfterMs?: number) {
    super(code);
    this.code = code;
    this.data = retryAfterMs === undefined ? { code } : { code, retryAfterMs };
  }
}
