import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PartName } from '../../src/index.ts';
import { installBucket, openS3Store, type S3Options } from '../../src/s3/index.ts';
import { contract } from '../contract.ts';
import { all, freshName, inSeconds, pattern, same, whole } from '../harness.ts';
import { readingContract } from '../readingContract.ts';
import { ticketContract } from '../ticketContract.ts';
import { vaultContract } from '../vaultContract.ts';
import { origin, type S3Harness, s3Harness } from './harness.ts';

let harness: S3Harness;
beforeAll(async () => {
  harness = await s3Harness();
});
afterAll(() => harness.remove());

describe('s3', () => {
  contract(() => harness);
  ticketContract(() => harness);
  readingContract(() => harness);
  vaultContract(() => harness);
});

const isWhole = async (name: PartName, content: Uint8Array): Promise<boolean> =>
  same((await whole(harness.store, name)) ?? new Uint8Array(), content);

/** Does what an administrator of the bucket can do whom nothing stops. */
const overwrite = (name: PartName, content: Uint8Array) =>
  harness.administrator.send(new PutObjectCommand({ Bucket: 'vault', Key: name, Body: content }));

describe('the first version counts', () => {
  test('however often a part is put past us', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(1000, 1));
    for (const salt of [2, 3]) await overwrite(name, pattern(500, salt));
    const fresh = await openS3Store(harness.options);
    expect(await all(fresh.list(name.slice(0, 22) as Parameters<typeof fresh.list>[0]))).toEqual([
      { name, length: 1000 },
    ]);
    expect(same((await whole(fresh, name)) ?? new Uint8Array(), pattern(1000, 1))).toBe(true);
    expect(await fresh.create(name, pattern(10))).toEqual({ tag: 'exists' });
    expect(await fresh.delete(name)).toEqual({ tag: 'deleted' });
    expect((await harness.exposed()).names).not.toContain(name);
    fresh.close();
  });

  test('though somebody has marked it as deleted', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(1000, 1));
    await harness.administrator.send(new DeleteObjectCommand({ Bucket: 'vault', Key: name }));
    expect(await isWhole(name, pattern(1000, 1))).toBe(true);
    expect(await harness.store.create(name, pattern(10))).toEqual({ tag: 'exists' });
    expect(await harness.store.delete(name)).toEqual({ tag: 'deleted' });
  });

  test('also over those that are listed on many pages', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10, 1));
    // The gateway lists 50 at a time.
    for (let salt = 0; salt < 120; salt += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, step) => overwrite(name, pattern(9, salt + step))));
    }
    expect((await harness.store.inspect(name))?.length).toBe(10);
    expect(await isWhole(name, pattern(10, 1))).toBe(true);
  });
});

describe('a line that is bad', () => {
  test('a put whose answer was lost is sent again, and is ours', async () => {
    const name = freshName();
    // The first request asks whether there is such a part: let that one pass.
    const content = async function* () {
      harness.proxy.cutAnswerAfter(1);
      yield pattern(1000);
    };
    expect(await harness.store.create(name, content())).toEqual({ tag: 'created' });
    expect(harness.proxy.hasCut).toBe(true);
    expect(await isWhole(name, pattern(1000))).toBe(true);
    expect((await harness.exposed()).names.filter((found) => found === name)).toHaveLength(1);
  });

  test('a server that says nothing is waited for no longer than was said', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(1000));
    const impatient = await openS3Store({ ...harness.options, requestMs: 300, attempts: 2 });
    harness.proxy.setSilent(true);
    const began = performance.now();
    await expect(impatient.read(name, 0, 10)).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - began).toBeLessThan(2000);
    harness.proxy.setSilent(false);
    impatient.close();
  });

  test('a reader that goes away in the middle isn’t waited for', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(1000));
    await harness.store.inspect(name);
    harness.proxy.setSilent(true);
    const began = performance.now();
    await expect(harness.store.read(name, 0, 10, AbortSignal.timeout(100))).rejects.toThrow('timeout');
    expect(performance.now() - began).toBeLessThan(1000);
    harness.proxy.setSilent(false);
  });
});

describe('opening', () => {
  const opened = (over: Partial<S3Options>) => openS3Store({ ...harness.options, ...over });

  test('a bucket that isn’t there', async () => {
    await expect(opened({ bucket: 'nothing' })).rejects.toMatchObject({ code: 'configuration' });
  });

  test('a bucket without versions and Object Lock', async () => {
    await harness.administrator.send(new CreateBucketCommand({ Bucket: 'plain' }));
    await expect(opened({ bucket: 'plain' })).rejects.toMatchObject({ code: 'configuration', reason: 'versioning' });
  });

  test('a bucket with a rule by which first versions go', async () => {
    const bucket = 'losing';
    await installBucket({ ...harness.options, bucket }, { origins: [origin] });
    const rule = { ID: 'old', Status: 'Enabled', Filter: { Prefix: '' } } as const;
    const Rules = [{ ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 30 } }];
    await harness.administrator.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } }),
    );
    await expect(opened({ bucket })).rejects.toMatchObject({ code: 'configuration', reason: 'lifecycle' });
  });

  test('credentials that are wrong', async () => {
    const credentials = { accessKeyId: harness.gateway.accessKeyId, secretAccessKey: 'wrong' };
    await expect(opened({ credentials })).rejects.toMatchObject({ code: 'denied', reason: 'SignatureDoesNotMatch' });
  });

  test.each(['http://storage.example', 'ftp://127.0.0.1', 'https://user:secret@storage.example', 'storage', ''])(
    'an address that no credentials are sent to: %s',
    async (endpoint) => {
      await expect(opened({ endpoint })).rejects.toMatchObject({ code: 'argument' });
    },
  );

  test('installing it again changes nothing', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10));
    await installBucket(harness.options, { origins: [origin] });
    expect(await isWhole(name, pattern(10))).toBe(true);
  });
});

describe('retention', () => {
  test.each(['COMPLIANCE', 'GOVERNANCE'] as const)('%s holds against the administrator’s own client', async (mode) => {
    const store = await openS3Store({ ...harness.options, retentionMode: mode });
    const name = freshName();
    await store.create(name, pattern(10), { retainUntil: inSeconds(3600) });
    expect(await harness.deleteBehind(name)).toBe('refused');
    store.close();
  });

  test('by a hold does so until it is let go', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10));
    await harness.store.hold(name, true);
    expect(await harness.deleteBehind(name)).toBe('refused');
    await harness.store.hold(name, false);
    expect(await harness.deleteBehind(name)).toBe('deleted');
  });

  test('that some may lift holds against us all the same', async () => {
    const store = await openS3Store({ ...harness.options, retentionMode: 'GOVERNANCE' });
    const name = freshName();
    const until = inSeconds(3600);
    expect(await store.create(name, pattern(10), { retainUntil: until })).toEqual({ tag: 'created' });
    expect(await store.delete(name)).toEqual({ tag: 'retained', until });
    expect(await store.retain(name, inSeconds(60))).toEqual({ tag: 'retained', until });
    expect(await harness.deleteBehind(name)).toBe('refused');
    store.close();
  });

  test('doesn’t leave behind what came second', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10, 1), { retainUntil: inSeconds(60) });
    expect(await harness.store.create(name, pattern(10, 2), { retainUntil: inSeconds(60) })).toEqual({ tag: 'exists' });
    expect((await harness.exposed()).names.filter((found) => found === name)).toHaveLength(1);
  });
});

describe('what is kept beside the bytes', () => {
  const plain = (told: Readonly<Record<string, unknown>>) =>
    Object.keys(told).filter((name) => told[name] !== undefined && !known.has(name));
  const known = new Set([
    'AcceptRanges',
    'ContentLength',
    'ContentType',
    'ETag',
    'LastModified',
    'VersionId',
    'grants',
  ]);

  test('is nothing that says whose they are', async () => {
    const name = freshName();
    await harness.store.create(name, pattern(10));
    const told = await harness.toldOf(name);
    expect(plain(told).sort()).toEqual(['Metadata', 'TagSet']);
    expect(told).toMatchObject({ ContentType: 'application/octet-stream', Metadata: {}, TagSet: [], grants: 1 });
  });

  test('would be seen if it were there', async () => {
    const name = freshName();
    const say = { Metadata: { visit: '1' }, ContentLanguage: 'de', Tagging: 'visit=1', ACL: 'public-read' } as const;
    await harness.administrator.send(new PutObjectCommand({ Bucket: 'vault', Key: name, Body: pattern(10), ...say }));
    const told = await harness.toldOf(name);
    expect(plain(told)).toContain('ContentLanguage');
    expect(told).toMatchObject({ Metadata: { visit: '1' }, TagSet: [{ Key: 'visit', Value: '1' }], grants: 2 });
  });
});

describe('a ticket', () => {
  const ticket = { length: 10, expires: inSeconds(600) };
  /** What no ticket covers, and what it would do where it is heeded. */
  const unsigned = [
    ['x-amz-acl', 'public-read'],
    ['x-amz-copy-source', `/vault/${freshName()}`],
    ['x-amz-meta-visit', '1'],
    ['x-amz-object-lock-legal-hold', 'ON'],
    ['x-amz-object-lock-mode', 'COMPLIANCE'],
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ['x-amz-storage-class', 'STANDARD'],
    ['x-amz-tagging', 'visit=1'],
  ] as const;

  test.each(unsigned)('doesn’t take an unsigned %s where the server refuses it', async (header, value) => {
    const name = freshName();
    const given = await harness.ticketing.presignPart(name, ticket);
    expect(await harness.upload(given, pattern(10), { [header]: value })).toBe('refused');
    expect(await harness.ticketing.inspect(name)).toBeNull();
  });

  test.each(unsigned)('isn’t given out by this gateway, which heeds %s', async (header) => {
    harness.gate.letThrough(header.startsWith('x-amz-meta-') ? 'x-amz-meta-probe' : header);
    const store = await openS3Store({ ...harness.options, endpoint: harness.gate.endpoint });
    try {
      const before = (await harness.exposed()).names.length;
      await expect(store.presignPart(freshName(), ticket)).rejects.toMatchObject({
        code: 'configuration',
        reason: 'unsignedHeaders',
      });
      // What was tried has gone again.
      expect((await harness.exposed()).names).toHaveLength(before);
    } finally {
      harness.gate.letThrough(null);
      store.close();
    }
  });

  test('isn’t given out by this gateway as it is', async () => {
    const given = harness.store.presignPart(freshName(), ticket);
    await expect(given).rejects.toMatchObject({ code: 'configuration', reason: 'unsignedHeaders' });
  });
});

describe('encryption on the server', () => {
  test('is asked for where it is configured, by tickets too', async () => {
    const encryption = { algorithm: 'aws:kms', keyId: harness.gateway.encryptionKeyId } as const;
    const store = await openS3Store({ ...harness.options, endpoint: harness.gate.endpoint, encryption });
    const [name, uploaded] = [freshName(), freshName()];
    expect(await store.create(name, pattern(1000))).toEqual({ tag: 'created' });
    const ticket = await store.presignPart(uploaded, { length: 1000, expires: inSeconds(60) });
    expect(await harness.upload(ticket, pattern(1000))).toBe('created');
    for (const found of [name, uploaded]) {
      expect((await store.inspect(found))?.length).toBe(1000);
      expect(same((await whole(store, found)) ?? new Uint8Array(), pattern(1000))).toBe(true);
    }
    store.close();
  });

  test('that the server leaves out is told, and the part isn’t kept', async () => {
    // This gateway knows no AES256 of its own, and says nothing of it.
    const store = await openS3Store({ ...harness.options, encryption: { algorithm: 'AES256' } });
    const name = freshName();
    await expect(store.create(name, pattern(1000))).rejects.toMatchObject({
      code: 'configuration',
      reason: 'encryption',
    });
    expect((await harness.exposed()).names).not.toContain(name);
    await harness.store.create(name, pattern(1000));
    await expect(store.inspect(name)).rejects.toMatchObject({ code: 'configuration', reason: 'encryption' });
    store.close();
  });
});

describe('a browser', () => {
  const preflight = (from: string) =>
    fetch(`${harness.gateway.endpoint}/vault/${freshName()}`, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'if-none-match',
      },
    });

  test('may upload from the clinic’s pages, and from no others', async () => {
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBe(origin);
    expect((await preflight('https://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('can’t do without the condition that nothing is overwritten', async () => {
    const name = freshName();
    const ticket = await harness.ticketing.presignPart(name, { length: 10, expires: inSeconds(60) });
    expect(await harness.upload({ ...ticket, headers: {} }, pattern(10))).toBe('refused');
    expect(await harness.upload(ticket, pattern(10), { 'if-none-match': 'x' })).toBe('refused');
    expect(await harness.store.inspect(name)).toBeNull();
  });
});
