import {
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { startTemporaryGateway, type TemporaryGateway } from '@sotto/infra/ceph';
import { type CuttableProxy, cuttableProxy } from '@sotto/infra/cuttableProxy';
import { type HeaderGate, headerGate } from '@sotto/infra/headerGate';
import type { PartName } from '../../src/index.ts';
import { installBucket, openS3Store, type S3Options, type S3Store } from '../../src/s3/index.ts';
import type { Harness } from '../harness.ts';

/** A bucket of a Ceph RADOS Gateway, behind a line that can be cut. */
export interface S3Harness extends Harness {
  readonly store: S3Store;
  readonly gateway: TemporaryGateway;
  readonly proxy: CuttableProxy;
  /** The gateway behind what it lacks: `ticketing` and `at` go by it. */
  readonly gate: HeaderGate;
  /** The options that the store was opened with. */
  readonly options: S3Options;
  /** An administrator's own client, past the proxy. */
  readonly administrator: S3Client;
  /** What the server says when its administrator deletes the part's newest version. */
  deleteBehind(name: PartName): Promise<'refused' | 'deleted'>;
  /** Everything that the server keeps beside a part's bytes and tells an administrator of. */
  toldOf(name: PartName): Promise<Readonly<Record<string, unknown>>>;
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
  const gate = await headerGate(gateway.endpoint);
  const ticketing = await openS3Store({ ...options, endpoint: gate.endpoint });
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
    ticketing,
    gateway,
    gate,
    proxy,
    options,
    administrator,
    at: (now) => openS3Store({ ...options, endpoint: gate.endpoint, now: () => now }),
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
      return { names: Versions.map(({ Key }) => Key ?? ''), unfinished: Uploads.length };
    },
    async toldOf(name) {
      const place = { Bucket, Key: name };
      const { $metadata: _, ...head } = await administrator.send(new HeadObjectCommand(place));
      const { TagSet } = await administrator.send(new GetObjectTaggingCommand(place));
      const { Grants } = await administrator.send(new GetObjectAclCommand(place));
      return { ...head, TagSet, grants: Grants?.length };
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
      ticketing.close();
      administrator.destroy();
      await proxy.close();
      await gate.close();
      await gateway.remove();
    },
  };
}
