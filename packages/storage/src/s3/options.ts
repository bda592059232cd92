import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { S3Client } from '@aws-sdk/client-s3';
import { ArgumentError } from '../errors.ts';

/** How the server is to encrypt what it stores, on top of what is sealed already; `null` leaves that to the bucket. */
export type ServerEncryption =
  | { readonly algorithm: 'AES256' }
  | { readonly algorithm: 'aws:kms'; readonly keyId: string }
  | null;

export interface S3Options {
  /** Where the server is: https, or http on this machine. `null`: Amazon's own for the region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: NonNullable<S3ClientConfig['credentials']>;
  readonly encryption: ServerEncryption;
  /** `COMPLIANCE`: nobody can delete what is retained. `GOVERNANCE`: whoever has a special right can. */
  readonly retentionMode: 'COMPLIANCE' | 'GOVERNANCE';
  /** How long one request may take, and one connection to be made; milliseconds. */
  readonly requestMs?: number;
  readonly connectMs?: number;
  /** How often a request is sent at most that failed for reasons that may pass. */
  readonly attempts?: number;
  readonly now: () => Date;
}

export const defaultRequestMs = 20_000;
const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** @throws ArgumentError when the address isn't one to send credentials to */
function checkedEndpoint(text: string): string {
  if (!URL.canParse(text)) throw new ArgumentError('endpoint');
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname));
  if (!isSafe || url.username !== '' || url.password !== '' || url.search !== '') throw new ArgumentError('endpoint');
  return text;
}

/**
 * A client for the options. Checksums beyond what S3 demands are off: other servers than Amazon's refuse them, and every
 * put carries its Content-MD5.
 *
 * @throws ArgumentError
 */
export const clientFor = ({ endpoint, region, credentials, requestMs, connectMs, attempts }: S3Options): S3Client =>
  new S3Client({
    region,
    credentials,
    ...(endpoint === null ? {} : { endpoint: checkedEndpoint(endpoint), forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
    retryMode: 'standard',
    maxAttempts: attempts ?? 3,
    requestHandler: {
      connectionTimeout: connectMs ?? 3000,
      requestTimeout: requestMs ?? defaultRequestMs,
      throwOnRequestTimeout: true,
      socketTimeout: requestMs ?? defaultRequestMs,
    },
  });
