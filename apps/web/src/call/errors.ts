import type { ErrorCode } from '@sotto/protocol/errors';

/** The SFU's refusal, carried through mediasoup-client's callbacks, which know only errors. */
export class MediaRefused extends Error {
  override readonly name = 'MediaRefused';
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(`media refused: ${code}`);
    this.code = code;
  }
}
