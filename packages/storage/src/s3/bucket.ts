import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { ConfigurationError } from '../errors.ts';
import { Connection } from './connection.ts';
import { hasStatus, isAbsent, storageFault } from './faults.ts';
import type { S3Options } from './options.ts';
import { S3Store } from './s3Store.ts';

/** What a bucket needs to know of the clinic. */
export interface BucketOptions {
  /** Origins of the pages that upload by ticket and play, such as `https://clinic.example`. */
  readonly origins: readonly string[];
}

/** Days after which the server gives up an upload that nobody has ended. */
const unfinishedDays = 2;

/**
 * Makes the bucket, with versions and Object Lock from its first day, and sets its rules: who may upload from a browser,
 * and when what was never ended is cleared away. May be repeated.
 *
 * @throws UnavailableError, DeniedError, ConfigurationError
 */
export async function installBucket(options: S3Options, { origins }: BucketOptions): Promise<void> {
  const connection = new Connection(options);
  const place = { Bucket: options.bucket };
  try {
    const create = new CreateBucketCommand({ ...place, ObjectLockEnabledForBucket: true });
    try {
      await connection.attempt((client, request) => client.send(create, request));
    } catch (fault) {
      // 409: it is ours already; if it is somebody else's, the next request is refused.
      if (!hasStatus(fault, 409)) throw storageFault(fault);
    }
    const lifecycle = new PutBucketLifecycleConfigurationCommand({
      ...place,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: 'unfinished',
            Status: 'Enabled',
            Filter: { Prefix: '' },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: unfinishedDays },
          },
        ],
      },
    });
    await connection.send((client, request) => client.send(lifecycle, request));
    const cors = new PutBucketCorsCommand({
      ...place,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: [...origins],
            AllowedMethods: ['PUT', 'GET'],
            AllowedHeaders: ['if-none-match', 'range', 'content-type', 'x-amz-server-side-encryption*'],
            ExposeHeaders: ['content-range'],
            MaxAgeSeconds: 600,
          },
        ],
      },
    });
    await connection.send((client, request) => client.send(cors, request));
  } finally {
    connection.close();
  }
}

/**
 * Opens the store in a bucket.
 *
 * @throws ConfigurationError when the bucket isn't there, has no versions or no Object Lock, or a rule by which first
 *   versions go or are put elsewhere
 * @throws ArgumentError, UnavailableError, DeniedError
 */
export async function openS3Store(options: S3Options): Promise<S3Store> {
  const connection = new Connection(options);
  const place = { Bucket: options.bucket };
  try {
    const versioning = new GetBucketVersioningCommand(place);
    const { Status } = await connection.send((client, request) => client.send(versioning, request));
    if (Status !== 'Enabled') throw new ConfigurationError('versioning');
    const lock = new GetObjectLockConfigurationCommand(place);
    const found = await connection
      .attempt((client, request) => client.send(lock, request))
      .catch((fault: unknown) => {
        if (hasStatus(fault, 404)) throw new ConfigurationError('objectLock');
        throw storageFault(fault);
      });
    if (found.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') throw new ConfigurationError('objectLock');
    const rules = await rulesOf(connection);
    if (rules.some(losesParts)) throw new ConfigurationError('lifecycle');
  } catch (fault) {
    connection.close();
    throw fault;
  }
  return new S3Store(connection, options);
}

/**
 * Whether a rule takes parts away or puts them where they can't be read at once. Whoever puts a second version makes the
 * first one noncurrent.
 */
const losesParts = (rule: LifecycleRule): boolean =>
  rule.Status === 'Enabled' &&
  (rule.NoncurrentVersionExpiration !== undefined ||
    rule.NoncurrentVersionTransitions !== undefined ||
    rule.Transitions !== undefined);

/** What the bucket does by itself with what it has. */
async function rulesOf(connection: Connection): Promise<readonly LifecycleRule[]> {
  const request = new GetBucketLifecycleConfigurationCommand({ Bucket: connection.bucket });
  try {
    const { Rules = [] } = await connection.attempt((client, options) => client.send(request, options));
    return Rules;
  } catch (fault) {
    if (isAbsent(fault)) return [];
    throw storageFault(fault);
  }
}
