import { createHash } from 'node:crypto';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { storageFault } from '../../src/s3/faults.ts';
import { openS3Store, type S3Options, type S3Store } from '../../src/s3/index.ts';
import { all, chunked, freshFolder, freshName, inSeconds, pattern, runPart } from '../harness.ts';
import { type Answer, type Asked, fault, type ScriptedServer, scriptedServer, versions } from './scriptedServer.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A store on a server that says what the script tells it to. */
async function opened(
  script: (asked: Asked) => Answer | null | Promise<Answer>,
  over: Partial<S3Options> = {},
): Promise<{ server: ScriptedServer; store: S3Store }> {
  const server = await scriptedServer(script);
  ends.push(() => server.close());
  const store = await openS3Store({
    endpoint: server.endpoint,
    region: 'us-east-1',
    bucket: 'vault',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    encryption: null,
    retentionMode: 'COMPLIANCE',
    requestMs: 4000,
    now: () => new Date(),
    ...over,
  });
  ends.push(() => store.close());
  return { server, store };
}

const isProbe = ({ query }: Asked) => query.has('X-Amz-Signature');
const put = { length: 10, expires: inSeconds(60) };

describe('a ticket', () => {
  /** Takes presigned puts, and heeds only these headers that they don't cover. */
  const heeding =
    (heeded: readonly string[], refused = fault(403, 'AccessDenied')) =>
    (asked: Asked): Answer | null => {
      if (asked.query.has('versions')) return versions([]);
      if (!isProbe(asked)) return null;
      const signed = asked.query.get('X-Amz-SignedHeaders')?.split(';') ?? [];
      const unsigned = Object.keys(asked.headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name));
      return unsigned.every((name) => heeded.includes(name)) ? { status: 200 } : refused;
    };

  test.each([
    'x-amz-acl',
    'x-amz-grant-read',
    'x-amz-copy-source',
    'x-amz-meta-probe',
    'x-amz-object-lock-legal-hold',
    'x-amz-object-lock-mode',
    'x-amz-server-side-encryption-customer-algorithm',
    'x-amz-storage-class',
    'x-amz-tagging',
    'x-amz-website-redirect-location',
  ])('isn’t given out where the server heeds an unsigned %s', async (header) => {
    const { store } = await opened(heeding([header]));
    const ticket = store.presignPart(freshName(), put);
    await expect(ticket).rejects.toMatchObject({ code: 'configuration', reason: 'unsignedHeaders' });
  });

  test('is given out where all of them are refused, which is tried once', async () => {
    const { server, store } = await opened(heeding([]));
    const tickets = [store.presignPart(freshName(), put), store.presignPart(freshName(), put)];
    for (const ticket of await Promise.all(tickets)) expect(ticket.tag).toBe('url');
    const probes = server.asked.filter(isProbe).length;
    await store.presignPart(freshName(), put);
    expect(server.asked.filter(isProbe)).toHaveLength(probes);
  });

  test('isn’t given out where a header is refused for what it says', async () => {
    const { store } = await opened(heeding([], fault(400, 'InvalidRequest')));
    await expect(store.presignPart(freshName(), put)).rejects.toMatchObject({ code: 'configuration' });
  });

  test('isn’t given out where tickets are refused altogether', async () => {
    const refusing = ({ query }: Asked) => (query.has('versions') ? versions([]) : null);
    const { store } = await opened((asked) => (isProbe(asked) ? fault(403, 'AccessDenied') : refusing(asked)));
    await expect(store.presignPart(freshName(), put)).rejects.toMatchObject({ code: 'denied' });
  });

  test('can be had once the server is there again', async () => {
    let isDown = true;
    const { store } = await opened((asked) => (isDown && isProbe(asked) ? 'cut' : heeding([])(asked)));
    await expect(store.presignPart(freshName(), put)).rejects.toMatchObject({ code: 'unavailable' });
    isDown = false;
    expect((await store.presignPart(freshName(), put)).tag).toBe('url');
  });

  test('for which there are no credentials is told as one of ours', async () => {
    let isGone = false;
    const credentials = async () => {
      if (isGone) throw Object.assign(new Error('no /home/sotto/.aws'), { name: 'CredentialsProviderError' });
      return { accessKeyId: 'id', secretAccessKey: 'secret', expiration: new Date(Date.now() + 1000) };
    };
    const { store } = await opened(heeding([]), { credentials });
    isGone = true;
    const ticket = store.presignPart(freshName(), put);
    await expect(ticket).rejects.toMatchObject({ code: 'unavailable', message: 'CredentialsProviderError' });
  });
});

describe('a long put whose last answer was lost', () => {
  const content = pattern(9 * 1024 * 1024);
  const sum = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
  const piece = 8 * 1024 * 1024;
  const ours = sum(Buffer.concat([sum(content.subarray(0, piece)), sum(content.subarray(piece))])).toString('hex');

  /** Ends the upload at once, though it says so to nobody; then it knows of none. */
  const losing = (tag: string, isFirstCut: boolean) => {
    let completed = 0;
    return (asked: Asked): Answer | null => {
      const { method, query, body } = asked;
      if (query.has('uploads')) {
        const text = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
        return { status: 200, text };
      }
      if (query.has('partNumber')) return { status: 200, headers: { etag: `"${sum(body).toString('hex')}"` } };
      if (method === 'POST') {
        completed += 1;
        return completed === 1 && isFirstCut ? 'cut' : fault(404, 'NoSuchUpload');
      }
      if (method === 'DELETE') return fault(404, 'NoSuchUpload');
      if (!query.has('versions')) return null;
      return versions(tag === '' ? [] : [{ key: query.get('prefix') ?? '', id: 'v', length: content.length, tag }]);
    };
  };

  test.each([
    ['is ours, where it was first', `"${ours}-2"`, true, { tag: 'created' }],
    ['isn’t ours, where another was first', `"${'0'.repeat(32)}-2"`, true, { tag: 'exists' }],
    ['isn’t ours, where it was given up meanwhile', `"${ours}-2"`, false, { tag: 'exists' }],
  ])('%s', async (_, tag, isFirstCut, expected) => {
    const { store } = await opened(losing(tag, isFirstCut));
    expect(await store.create(freshName(), chunked(content, 1_000_000))).toEqual(expected);
  });

  test('isn’t known of, where there is none', async () => {
    const { store } = await opened(losing('', true));
    const created = store.create(freshName(), content);
    await expect(created).rejects.toMatchObject({ code: 'unavailable', reason: 'conflict' });
  });
});

test('a long put that is aborted before the server says how it is called is given up all the same', async () => {
  const reached = Promise.withResolvers<unknown>();
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { server, store } = await opened(({ method, query }) => {
    if (method === 'DELETE') return { status: 204 };
    if (!query.has('uploads')) return null;
    reached.resolve(null);
    return promise;
  });
  const abort = new AbortController();
  const put = store.create(freshName(), pattern(9 * 1024 * 1024), { signal: abort.signal });
  await reached.promise;
  abort.abort(new Error('enough'));
  await expect(put).rejects.toThrow('enough');
  const text = '<InitiateMultipartUploadResult><UploadId>late</UploadId></InitiateMultipartUploadResult>';
  resolve({ status: 200, text });
  const givenUp = () =>
    server.asked.filter(({ method }) => method === 'DELETE').map(({ query }) => query.get('uploadId'));
  await expect.poll(givenUp).toEqual(['late']);
});

describe('what a server says', () => {
  test.each([
    [400, 'RequestTimeout', 'unavailable'],
    [400, 'BadDigest', 'unavailable'],
    [400, 'IncompleteBody', 'unavailable'],
    [400, 'ExpiredToken', 'denied'],
    [400, 'MalformedXML', 'configuration'],
    [403, 'AccessDenied', 'denied'],
    [503, 'SlowDown', 'unavailable'],
    [507, 'Anything', 'full'],
  ])('%i %s', (httpStatusCode, name, code) => {
    const said = new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });
    expect(storageFault(said)).toMatchObject({ code, reason: name });
  });
});

describe('deleting that is refused', () => {
  const until = inSeconds(600);
  const refusing = ({ method, query }: Asked): Answer | null => {
    if (query.has('versions')) return versions([{ key: query.get('prefix') ?? '', id: 'v' }]);
    if (method === 'DELETE') return fault(403, 'AccessDenied');
    const headers = { 'x-amz-object-lock-retain-until-date': until.toISOString() };
    return method === 'HEAD' ? { status: 200, headers } : null;
  };

  test('while it is retained is a promise', async () => {
    const { store } = await opened(refusing);
    expect(await store.delete(freshName())).toEqual({ tag: 'retained', until });
  });

  test('after the promise is a right that we don’t have', async () => {
    const { store } = await opened(refusing, { now: () => until });
    await expect(store.delete(freshName())).rejects.toMatchObject({ code: 'denied', reason: 'AccessDenied' });
  });
});

describe('a version that another process has replaced', () => {
  const folder = freshFolder();
  const name = runPart(folder);
  /** It has had the part `new` since it listed `old`. */
  const replacing = () => {
    let listed = 0;
    return ({ method, query }: Asked): Answer | null => {
      if (query.has('versions')) {
        listed += 1;
        return versions([{ key: name, id: listed === 1 ? 'old' : 'new', length: 3 }]);
      }
      if (!query.has('versionId')) return null;
      if (query.get('versionId') === 'old') return fault(404, 'NoSuchVersion');
      if (method === 'GET') return { status: 206, text: 'new', headers: { 'content-range': 'bytes 0-2/3' } };
      return { status: 200 };
    };
  };

  test('is looked for once more to be read, retained, held', async () => {
    const listedBefore = async () => {
      const { store } = await opened(replacing());
      await all(store.list(folder));
      return store;
    };
    const until = inSeconds(60);
    expect(await (await listedBefore()).read(name, 0, 3)).toMatchObject({ tag: 'read' });
    expect(await (await listedBefore()).retain(name, until)).toEqual({ tag: 'retained', until });
    expect(await (await listedBefore()).hold(name, true)).toEqual({ tag: 'held' });
  });
});

describe('a list that doesn’t go on', () => {
  const next = (key: string, id: string) =>
    `<IsTruncated>true</IsTruncated><NextKeyMarker>${key}</NextKeyMarker><NextVersionIdMarker>${id}</NextVersionIdMarker>`;

  test.each([
    ['says the same place again', [next('b', '1'), next('b', '1')]],
    ['goes back', [next('b', '1'), next('a', '2')]],
    ['says no place', ['<IsTruncated>true</IsTruncated>']],
  ])('as it %s', async (_, pages) => {
    const script = ({ query }: Asked) => {
      const page = query.has('key-marker') ? pages.at(-1) : pages[0];
      return query.has('versions') ? versions([], page) : null;
    };
    const { store } = await opened(script);
    await expect(all(store.folders())).rejects.toMatchObject({ code: 'configuration', reason: 'listing' });
  });

  test('of what never ended is told too', async () => {
    const text = '<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>';
    const { store } = await opened(({ query }) => (query.has('uploads') ? { status: 200, text } : null));
    await expect(store.clearUnfinished(new Date())).rejects.toMatchObject({ code: 'configuration', reason: 'listing' });
  });
});

describe('a bucket with a rule', () => {
  const days = '<NoncurrentDays>30</NoncurrentDays>';
  const cold = '<StorageClass>GLACIER</StorageClass>';
  const withRule = (status: string, rule: string) =>
    opened(({ query }) => {
      const text = `<LifecycleConfiguration><Rule><Status>${status}</Status>${rule}</Rule></LifecycleConfiguration>`;
      return query.has('lifecycle') ? { status: 200, text } : null;
    });

  test.each([
    `<NoncurrentVersionExpiration>${days}</NoncurrentVersionExpiration>`,
    `<NoncurrentVersionTransition>${days}${cold}</NoncurrentVersionTransition>`,
    `<Transition><Days>1</Days>${cold}</Transition>`,
  ])('by which parts go or are put elsewhere isn’t opened (%#)', async (rule) => {
    await expect(withRule('Enabled', rule)).rejects.toMatchObject({ code: 'configuration', reason: 'lifecycle' });
    await withRule('Disabled', rule);
  });

  test('that only gives up what never ended is opened', async () => {
    const rule =
      '<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>';
    const { store } = await withRule('Enabled', rule);
    expect(store).toBeDefined();
  });
});
