import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { startTemporaryGateway, type TemporaryGateway } from '@sotto/infra/ceph';
import { installBucket, openS3Store, type S3Options, type S3Store } from '../../src/s3/index.ts';
import type { Harness } from '../harness.ts';
import { type CuttableProxy, cuttableProxy } from './cuttableProxy.ts';

/** A bucket of a Ceph RADOS Gateway, behind a line that can be cut. */
export interface S3Harness extends Harness {
  readonly store: S3Store;
  readonly gateway: TemporaryGateway;
  readonly proxy: CuttableProxy;
  /** The options that the store was opened with. */
  readonly options: S3Options;
  /** An administrator's own client, past the proxy. */
  readonly administrator: S3Client;
  remove(): Promise<void>;
}

async function* paginateVersions(client: S3Client, Bucket: string): AsyncGenerator<ObjectVersion[]> {
  let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, ...marker }));
    yield page.Versions ?? [];
    if (page.IsTruncated !== true) return;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

export const origin = 'https://clinic.example';

export async function s3Harness(): Promise<S3Harness> {
  const gateway = await startTemporaryGateway();
  const { accessKeyId, secretAccessKey } = gateway;
  const credentials = { accessKeyId, secretAccessKey };
  const proxy = await cuttableProxy(gateway.endpoint);
  const options: S3Options = {
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    bucket: 'vault',
    credentials,
    encryption: null,
    retentionMode: 'COMPLIANCE',
    requestMs: 4000,
    now: () => new Date(),
  };
  await installBucket(options, { origins: [origin] });
  const store = await openS3Store(options);
  const administrator = new S3Client({
    endpoint: gateway.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const Bucket = options.bucket;
  const takeDown = async () => {
    proxy.setDown(true);
    return async () => proxy.setDown(false);
  };
  return {
    store,
    gateway,
    proxy,
    options,
    administrator,
    at: (now) => openS3Store({ ...options, now: () => now }),
    async upload(ticket, content, over = {}) {
      if (ticket.tag !== 'url') throw new Error('an address was expected');
      const headers = { ...ticket.headers, ...over };
      const response = await fetch(ticket.url, { method: 'PUT', headers, body: new Uint8Array(content) });
      await response.body?.cancel();
      if (response.status === 412) return 'exists';
      return response.ok ? 'created' : 'refused';
    },
    forge(ticket, from, to) {
      if (ticket.tag !== 'url') throw new Error('an address was expected');
      return { ...ticket, url: ticket.url.replace(from, to) };
    },
    takeDown,
    async whileDown(act) {
      const bringBack = await takeDown();
      try {
        return await act();
      } finally {
        await bringBack();
      }
    },
    async shorten(name) {
      await store.inspect(name);
      // Enough for the answer's head and some of its body.
      proxy.cutAnswerAfter(700);
      return async () => proxy.cutNothing();
    },
    async exposed() {
      const Versions: ObjectVersion[] = [];
      for await (const page of paginateVersions(administrator, Bucket)) Versions.push(...page);
      const { Uploads = [] } = await administrator.send(new ListMultipartUploadsCommand({ Bucket }));
      const names = Versions.map(({ Key }) => Key ?? '');
      const last = Versions.at(-1);
      const found = last && (await administrator.send(new HeadObjectCommand({ Bucket, Key: last.Key })));
      const told = Object.entries({
        ...found?.Metadata,
        language: found?.ContentLanguage,
        file: found?.ContentDisposition,
      });
      const metadata = told.flatMap(([, value]) => value ?? []).join();
      return { names, unfinished: Uploads.length, metadata };
    },
    async deleteBehind(name) {
      const { VersionId } = await administrator.send(new GetObjectCommand({ Bucket, Key: name }));
      try {
        await administrator.send(new DeleteObjectCommand({ Bucket, Key: name, VersionId }));
        return 'deleted';
      } catch (fault) {
        if (fault instanceof S3ServiceException && fault.name === 'AccessDenied') return 'refused';
        throw fault;
      }
    },
    async remove() {
      store.close();
      administrator.destroy();
      await proxy.close();
      await gateway.remove();
    },
  };
}
