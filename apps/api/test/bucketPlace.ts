import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { TemporaryGateway } from '@sotto/infra/ceph';
import { cuttableProxy } from '@sotto/infra/cuttableProxy';
import type { PartName } from '@sotto/storage';
import { openS3Store, type S3Options } from '@sotto/storage/s3';
import { type RecordingPlace, storageDefaults } from './recordingPlace.ts';

/** A bucket as a clinic would have it: what it stores is encrypted there too, what is retained nobody can delete. */
export interface BucketPlace extends RecordingPlace {
  readonly options: S3Options;
  /** The part's versions, the newest first, as whoever runs it sees them. */
  versions(name: PartName): Promise<readonly { readonly id: string; readonly isMark: boolean }[]>;
  /** Deletes one version for good. @throws what the server says where it is retained or held */
  deleteVersion(name: PartName, id: string): Promise<void>;
  /** What the server says of how a part is kept. */
  toldOf(
    name: PartName,
  ): Promise<{ readonly encryption?: string; readonly retainUntil?: Date; readonly hold?: string }>;
  /** Cuts the line after so many bytes of the next answer, once. */
  cutAnswerAfter(bytes: number): void;
}

/** What the api's environment says of it (storageConfiguration). */
export const bucketEnvironment = (
  { endpoint, bucket, region, retentionMode, encryption }: S3Options,
  credentialsFile: string,
) => ({
  ...{ API_STORAGE: 's3', API_STORAGE_S3_ENDPOINT: endpoint ?? '', API_STORAGE_S3_REGION: region },
  ...{ API_STORAGE_S3_BUCKET: bucket, API_STORAGE_S3_CREDENTIALS_FILE: credentialsFile },
  API_STORAGE_S3_RETENTION: retentionMode,
  API_STORAGE_S3_ENCRYPTION: encryption?.algorithm === 'aws:kms' ? `aws:kms:${encryption.keyId}` : 'none',
});

/**
 * A bucket on a gateway, behind a line that can be cut.
 *
 * @param prepare makes it ready, as whoever sets a clinic up does
 */
export async function bucketPlace(
  gateway: TemporaryGateway,
  bucket: string,
  prepare: (options: S3Options) => Promise<void>,
): Promise<BucketPlace> {
  const { accessKeyId, secretAccessKey, encryptionKeyId: keyId } = gateway;
  const credentials = { accessKeyId, secretAccessKey };
  const proxy = await cuttableProxy(gateway.endpoint);
  const options: S3Options = {
    ...{ endpoint: proxy.endpoint, region: 'us-east-1', bucket, credentials },
    ...{ encryption: { algorithm: 'aws:kms', keyId }, retentionMode: 'COMPLIANCE' },
    ...{ requestMs: 2000, connectMs: 1000, attempts: 2, now: () => new Date() },
  };
  await prepare({ ...options, endpoint: gateway.endpoint });
  const administrator = new S3Client({
    ...{ endpoint: gateway.endpoint, region: options.region, credentials, forcePathStyle: true },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bucket-'));
  const named = join(folder, 'bucket.json');
  writeFileSync(named, JSON.stringify({ endpoint: gateway.endpoint, region: options.region, bucket, credentials }), {
    mode: 0o600,
  });
  const at = (name: PartName) => ({ Bucket: bucket, Key: name });
  const versions: BucketPlace['versions'] = async (name) => {
    const list = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: name });
    const { Versions = [], DeleteMarkers = [] } = await administrator.send(list);
    return [
      ...Versions.map(({ VersionId }) => ({ id: VersionId ?? '', isMark: false })),
      ...DeleteMarkers.map(({ VersionId }) => ({ id: VersionId ?? '', isMark: true })),
    ];
  };
  const deleteVersion: BucketPlace['deleteVersion'] = async (name, id) => {
    await administrator.send(new DeleteObjectCommand({ ...at(name), VersionId: id }));
  };
  const take = async (name: PartName) => {
    for (const { id } of await versions(name)) await deleteVersion(name, id);
  };
  return {
    ...{ options, named, versions, deleteVersion, take },
    async open(now) {
      const store = await openS3Store({ ...options, now });
      return { ...storageDefaults, store, redeem: null, origin: proxy.endpoint };
    },
    async read(name) {
      const { Body } = await administrator.send(new GetObjectCommand(at(name)));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async replace(name, octets) {
      await take(name);
      await administrator.send(new PutObjectCommand({ ...at(name), Body: octets }));
    },
    async toldOf(name) {
      const told = await administrator.send(new GetObjectCommand(at(name)));
      await told.Body?.transformToByteArray();
      return {
        ...(told.ServerSideEncryption === undefined ? {} : { encryption: told.ServerSideEncryption }),
        ...(told.ObjectLockRetainUntilDate === undefined ? {} : { retainUntil: told.ObjectLockRetainUntilDate }),
        ...(told.ObjectLockLegalHoldStatus === undefined ? {} : { hold: told.ObjectLockLegalHoldStatus }),
      };
    },
    cutAnswerAfter: (bytes) => proxy.cutAnswerAfter(bytes),
    async takeDown() {
      proxy.setDown(true);
      return async () => proxy.setDown(false);
    },
    async remove() {
      administrator.destroy();
      await proxy.close();
      rmSync(folder, { recursive: true });
    },
  };
}
