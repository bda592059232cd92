import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadCommandInput,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ConfigurationError, UnavailableError } from '../errors.ts';
import type { PartName } from '../partName.ts';
import type { Connection } from './connection.ts';
import { deleteVersion } from './deletion.ts';
import { hasStatus } from './faults.ts';
import type { ServerEncryption } from './options.ts';

/** Contents longer than this are sent in pieces of this length. S3's least is 5 MiB. */
const pieceLength = 8 * 1024 * 1024;

/** What came of storing a version. */
export interface Written {
  /** The version that is stored now; `null` if the server has refused it, because there is one. */
  readonly id: string | null;
  /** The tag of a first version that is ours too: a request whose answer was lost is sent again. `null` for none. */
  readonly ownTag: string | null;
}

export interface Lock {
  readonly mode: 'COMPLIANCE' | 'GOVERNANCE';
  readonly until: Date;
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

/** The server's tag of a part that is stored piece by piece: the sum of the pieces' sums, and how many they are. */
const tagOfPieces = (sums: readonly Buffer[]): string => `"${md5(Buffer.concat(sums)).toString('hex')}-${sums.length}"`;

/** The headers by which a request asks for encryption. */
export const encryptionFields = (
  encryption: ServerEncryption,
): { readonly ServerSideEncryption?: 'AES256' | 'aws:kms'; readonly SSEKMSKeyId?: string } =>
  encryption === null
    ? {}
    : {
        ServerSideEncryption: encryption.algorithm,
        ...(encryption.algorithm === 'aws:kms' ? { SSEKMSKeyId: encryption.keyId } : {}),
      };

const lockFields = (lock: Lock | null) =>
  lock === null ? {} : { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: lock.until };

/** @throws ConfigurationError when the server hasn't encrypted what it was asked to */
export function checkEncrypted(encryption: ServerEncryption, answered: string | undefined): void {
  if (encryption !== null && answered !== encryption.algorithm) throw new ConfigurationError('encryption');
}

/** Cuts a content into pieces of 8 MiB; only the last is shorter. What it is given may be used for something else then. */
export async function* piecesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let chunks: Uint8Array[] = [];
  let filled = 0;
  for await (const chunk of content) {
    for (let from = 0; from < chunk.byteLength; ) {
      const taken = chunk.slice(from, from + pieceLength - filled);
      chunks.push(taken);
      filled += taken.byteLength;
      from += taken.byteLength;
      if (filled === pieceLength) {
        yield Buffer.concat(chunks);
        chunks = [];
        filled = 0;
      }
    }
  }
  if (filled > 0) yield Buffer.concat(chunks);
}

/** Stores a part by one request. @throws what the client throws */
export async function putWhole(
  connection: Connection,
  name: PartName,
  bytes: Uint8Array,
  lock: Lock | null,
  signal?: AbortSignal,
): Promise<Written> {
  const sum = md5(bytes);
  const ownTag = (attempts = 1): string | null => (attempts > 1 ? `"${sum.toString('hex')}"` : null);
  const request = new PutObjectCommand({
    Bucket: connection.bucket,
    Key: name,
    Body: bytes,
    ContentLength: bytes.byteLength,
    ContentMD5: sum.toString('base64'),
    IfNoneMatch: '*',
    ...encryptionFields(connection.encryption),
    ...lockFields(lock),
  });
  try {
    const answer = await connection.attempt((client, options) => client.send(request, options), signal);
    const id = versionId(answer.VersionId);
    try {
      checkEncrypted(connection.encryption, answer.ServerSideEncryption);
    } catch (fault) {
      await deleteVersion(connection, name, id).catch(() => undefined);
      throw fault;
    }
    return { id, ownTag: ownTag(answer.$metadata.attempts) };
  } catch (fault) {
    if (!isConflict(fault)) throw fault;
    return { id: null, ownTag: ownTag(fault.$metadata.attempts) };
  }
}

/** 412: somebody was first. 409: somebody is at it. */
const isConflict = (fault: unknown): fault is S3ServiceException =>
  fault instanceof S3ServiceException && hasStatus(fault, 412, 409);

const isUnknownUpload = (fault: unknown): fault is S3ServiceException =>
  fault instanceof S3ServiceException && fault.name === 'NoSuchUpload';

/** Without one, versioning has been turned off: nothing would keep this part from being overwritten. */
function versionId(id: string | undefined): string {
  if (id === undefined || id === 'null') throw new ConfigurationError('versioning');
  return id;
}

/**
 * Stores a part piece by piece; nobody sees it before the last. When anything fails, what was stored is given up.
 *
 * @param first the first piece, which is already there
 * @throws what the client or the content throws
 */
export async function putPieces(
  connection: Connection,
  name: PartName,
  first: readonly [Uint8Array, Uint8Array],
  rest: AsyncIterable<Uint8Array>,
  lock: Lock | null,
  signal?: AbortSignal,
): Promise<Written> {
  const place = { Bucket: connection.bucket, Key: name };
  const begin = new CreateMultipartUploadCommand({
    ...place,
    ...encryptionFields(connection.encryption),
    ...lockFields(lock),
  });
  const begun = await beginUpload(connection, begin, signal);
  const upload = { ...place, UploadId: begun.UploadId };
  try {
    checkEncrypted(connection.encryption, begun.ServerSideEncryption);
    const stored: CompletedPart[] = [];
    const sums: Buffer[] = [];
    const send = async (bytes: Uint8Array): Promise<void> => {
      const number = stored.length + 1;
      const sum = md5(bytes);
      const request = new UploadPartCommand({
        ...upload,
        PartNumber: number,
        Body: bytes,
        ContentMD5: sum.toString('base64'),
      });
      const { ETag } = await connection.attempt((client, options) => client.send(request, options), signal);
      if (ETag === undefined) throw new UnavailableError('answer');
      stored.push({ PartNumber: number, ETag });
      sums.push(sum);
    };
    for (const piece of first) await send(piece);
    for await (const piece of rest) await send(piece);
    const end = new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*', MultipartUpload: { Parts: stored } });
    return await complete(connection, end, tagOfPieces(sums), signal);
  } catch (fault) {
    await giveUp(connection, upload);
    throw fault;
  }
}

/** Begins an upload. One that begins though nobody waits for it any more is given up. */
async function beginUpload(
  connection: Connection,
  begin: CreateMultipartUploadCommand,
  signal: AbortSignal | undefined,
): Promise<CreateMultipartUploadCommandOutput> {
  signal?.throwIfAborted();
  const begun = connection.attempt((client, options) => client.send(begin, options));
  const aborted = Promise.withResolvers<never>();
  const leave = () => {
    aborted.reject(signal?.reason);
    begun.then(({ UploadId }) => giveUp(connection, { ...begin.input, UploadId })).catch(() => undefined);
  };
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([begun, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

/** Where this fails too, `clearUnfinished` and the bucket's own rule find it later. */
async function giveUp(
  connection: Connection,
  { Bucket, Key, UploadId }: AbortMultipartUploadCommandInput,
): Promise<void> {
  const request = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
  await connection.attempt((client, options) => client.send(request, options)).catch(() => undefined);
}

/**
 * Ends an upload. That there is none any more means that it was ended or given up: then who was first decides, and if the
 * request was sent more than once the one whose answer was lost may have been ours.
 */
async function complete(
  connection: Connection,
  end: CompleteMultipartUploadCommand,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<Written> {
  try {
    const answer = await connection.attempt((client, options) => client.send(end, options), signal);
    return { id: versionId(answer.VersionId), ownTag: null };
  } catch (fault) {
    if (!isConflict(fault) && !isUnknownUpload(fault)) throw fault;
    await giveUp(connection, end.input);
    return { id: null, ownTag: (fault.$metadata.attempts ?? 1) > 1 ? tag : null };
  }
}
