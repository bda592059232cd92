import { S3ServiceException } from '@aws-sdk/client-s3';
import { ConfigurationError, DeniedError, FullError, StorageError, UnavailableError } from '../errors.ts';

/** Whether the server answered with this status. */
export const hasStatus = (fault: unknown, ...codes: readonly number[]): boolean =>
  fault instanceof S3ServiceException && codes.includes(fault.$metadata.httpStatusCode ?? 0);

/** Whether the server answered that there is no such part, or no such version of it. */
export const isAbsent = (fault: unknown): boolean =>
  hasStatus(fault, 404) && fault instanceof Error && fault.name !== 'NoSuchBucket';

const kinds: Readonly<Record<string, new (reason: string) => StorageError>> = {
  QuotaExceeded: FullError,
  InsufficientCapacity: FullError,
  XMinioStorageFull: FullError,
  // What has been sent didn't come as it was, or not in time: 400, and not for what it says.
  RequestTimeout: UnavailableError,
  BadDigest: UnavailableError,
  IncompleteBody: UnavailableError,
  ExpiredToken: DeniedError,
  NoSuchBucket: ConfigurationError,
  InvalidBucketName: ConfigurationError,
  NotImplemented: ConfigurationError,
  InvalidArgument: ConfigurationError,
  InvalidRequest: ConfigurationError,
};
/** A server's own code is a word; nothing else of what it says is kept. */
const word = /^[A-Za-z]{1,40}$/;

function serviceFault(fault: S3ServiceException): StorageError {
  const status = fault.$metadata.httpStatusCode ?? 0;
  const reason = word.test(fault.name) ? fault.name : `status${status}`;
  const kind = kinds[fault.name];
  if (kind !== undefined) return new kind(reason);
  if (status === 507) return new FullError(reason);
  if (status === 401 || status === 403) return new DeniedError(reason);
  if (status === 400 || status === 301 || status === 404) return new ConfigurationError(reason);
  return new UnavailableError(reason);
}

/** What the client threw as one of ours. What isn't an answer means that none came, or half of one. */
export function storageFault(fault: unknown): unknown {
  if (fault instanceof StorageError) return fault;
  if (fault instanceof S3ServiceException) return serviceFault(fault);
  if (!(fault instanceof Error) || fault instanceof TypeError || fault instanceof RangeError) return fault;
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : fault.name;
  return new UnavailableError(word.test(code) ? code : 'connection');
}
