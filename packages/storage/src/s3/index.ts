export { type BucketOptions, installBucket, openS3Store } from './bucket.ts';
export type { S3Options, ServerEncryption } from './options.ts';
export type { S3Store } from './s3Store.ts';
