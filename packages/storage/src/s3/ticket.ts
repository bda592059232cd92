import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ConfigurationError, DeniedError, UnavailableError } from '../errors.ts';
import type { UploadTicket } from '../objectStore.ts';
import type { PartName } from '../partName.ts';
import type { Connection } from './connection.ts';
import { deleteVersions } from './deletion.ts';
import { storageFault } from './faults.ts';
import { encryptionFields } from './writing.ts';

/** What a ticket is for. */
export interface TicketContent {
  readonly name: PartName;
  /** Bytes. */
  readonly length: number;
  /** When it is signed, and from when on it is good. */
  readonly signedAt: Date;
  readonly expires: Date;
}

/** Signs one PUT of one part (SPEC.md section 6). @throws StorageError when there are no credentials to sign with */
export async function signTicket(
  { bucket, encryption, client }: Connection,
  { name, length, signedAt, expires }: TicketContent,
): Promise<UploadTicket & { readonly tag: 'url' }> {
  const asked = encryptionFields(encryption);
  const request = new PutObjectCommand({
    Bucket: bucket,
    Key: name,
    ContentLength: length,
    IfNoneMatch: '*',
    ...asked,
  });
  const headers: Record<string, string> = { 'if-none-match': '*' };
  if (asked.ServerSideEncryption !== undefined) headers['x-amz-server-side-encryption'] = asked.ServerSideEncryption;
  if (asked.SSEKMSKeyId !== undefined) headers['x-amz-server-side-encryption-aws-kms-key-id'] = asked.SSEKMSKeyId;
  const names = Object.keys(headers);
  try {
    const url = await getSignedUrl(client, request, {
      signingDate: signedAt,
      // The server counts whole seconds from the one in which it was signed.
      expiresIn: Math.max(1, Math.floor((expires.getTime() - signedAt.getTime()) / 1000)),
      signableHeaders: new Set(['host', 'content-length', ...names]),
      unhoistableHeaders: new Set(names),
    });
    return { tag: 'url', url, headers, expires };
  } catch (fault) {
    throw storageFault(fault);
  }
}

/**
 * One header of each kind that would change what a PUT does, in a form that does no lasting harm where it is heeded. None
 * is covered by a ticket's signature.
 */
const unsignedHeaders = (source: string): readonly (readonly [string, string])[] => [
  ['x-amz-acl', 'public-read'],
  ['x-amz-grant-read', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'],
  ['x-amz-copy-source', source],
  ['x-amz-meta-probe', '1'],
  ['x-amz-object-lock-legal-hold', 'OFF'],
  ['x-amz-object-lock-mode', 'GOVERNANCE'],
  ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
  ['x-amz-storage-class', 'STANDARD'],
  ['x-amz-tagging', 'probe=1'],
  ['x-amz-website-redirect-location', '/'],
];

/** What a server says of a request whose signature doesn't cover what it must. */
const refusal = /<Code>(AccessDenied|SignatureDoesNotMatch)<\/Code>/;
const probeMs = 60_000;

/**
 * Tries whether the server refuses a presigned PUT with a header `x-amz-…` that its signature doesn't cover. Some heed
 * it: then whoever has a ticket could make the part public, copy another into it, or keep it from ever being deleted.
 *
 * What it puts is one byte under a name of its own, which goes again.
 *
 * @param name of a new folder
 * @throws ConfigurationError when the server takes such a header
 * @throws UnavailableError, DeniedError when nothing could be found out
 */
export async function probeUnsignedHeaders(connection: Connection, name: PartName, now: Date): Promise<void> {
  const expires = new Date(now.getTime() + probeMs);
  const ticket = await signTicket(connection, { name, length: 1, signedAt: now, expires });
  const put = (over: Readonly<Record<string, string>>) =>
    connection.send(async (_, { abortSignal }) => {
      const headers = { ...ticket.headers, ...over };
      const request = {
        method: 'PUT',
        headers,
        body: new Uint8Array(1),
        redirect: 'error',
        signal: abortSignal,
      } as const;
      try {
        const response = await fetch(ticket.url, request);
        return { status: response.status, text: await response.text() };
      } catch {
        throw new UnavailableError('connection');
      }
    });
  try {
    // Without this one a ticket that is refused for another reason would look as if the header were refused.
    checkTaken((await put({})).status);
    const answers = await Promise.all(
      unsignedHeaders(`/${connection.bucket}/${name}`).map(([header, value]) => put({ [header]: value })),
    );
    for (const { status, text } of answers) {
      if (status >= 500) throw new UnavailableError(`status${status}`);
      if (status < 400 || !refusal.test(text)) throw new ConfigurationError('unsignedHeaders');
    }
  } finally {
    // Where this fails a byte stays of which no object knows.
    await deleteVersions(connection, name, now).catch(() => undefined);
  }
}

/** @throws StorageError unless the server has taken what it was sent */
function checkTaken(status: number): void {
  if (status >= 200 && status < 300) return;
  if (status === 401 || status === 403) throw new DeniedError(`status${status}`);
  throw status >= 500 ? new UnavailableError(`status${status}`) : new ConfigurationError(`status${status}`);
}
