import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { ArgumentError, ConfigurationError, UnavailableError } from '../errors.ts';
import {
  boundedContent,
  type CreateOptions,
  type Creation,
  checkDate,
  checkRange,
  checkTicket,
  type Deletion,
  type Holding,
  type ListedPart,
  type ObjectStore,
  type PartInfo,
  type Reading,
  type Retaining,
  type TicketOptions,
  type UploadTicket,
} from '../objectStore.ts';
import {
  type FolderId,
  folderId,
  folderIdFrom,
  isPartName,
  type PartName,
  partName,
  readPartName,
  runText,
} from '../partName.ts';
import type { Connection } from './connection.ts';
import { deleteVersion, deleteVersions, headOf } from './deletion.ts';
import { hasStatus, isAbsent, storageFault } from './faults.ts';
import type { S3Options } from './options.ts';
import { readVersion } from './reading.ts';
import { probeUnsignedHeaders, signTicket } from './ticket.ts';
import { checkAdvance, firstOf, listVersions, type Version, versionsOf } from './versions.ts';
import { checkEncrypted, type Lock, piecesOf, putPieces, putWhole, type Written } from './writing.ts';

/** First versions that are remembered: a name's first version stays what it is. */
const remembered = 4096;

/** Parts as objects of a bucket with versions and Object Lock. Of a name the first version counts (SPEC.md section 6). */
export class S3Store implements ObjectStore {
  readonly #connection: Connection;
  readonly #mode: S3Options['retentionMode'];
  readonly #now: () => Date;
  readonly #first = new Map<PartName, Version>();
  #probe: Promise<void> | undefined;

  /** @internal made by `openS3Store` */
  constructor(connection: Connection, { retentionMode, now }: S3Options) {
    this.#connection = connection;
    this.#mode = retentionMode;
    this.#now = now;
  }

  async create(
    name: PartName,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { retainUntil, signal }: CreateOptions = {},
  ): Promise<Creation> {
    readPartName(name);
    if (retainUntil !== undefined) checkDate(retainUntil);
    const lock = retainUntil === undefined ? null : { mode: this.#mode, until: retainUntil };
    // What is retained can't be taken away again if it comes second.
    if (lock !== null && firstOf(await versionsOf(this.#connection, name)) !== undefined) return { tag: 'exists' };
    let fromContent: unknown;
    const watched = watch(boundedContent(content, signal), (fault) => {
      fromContent = fault;
    });
    const pieces = piecesOf(watched);
    try {
      const written = await this.#put(name, pieces, lock, signal);
      return await this.#whoWasFirst(name, written);
    } catch (fault) {
      if (signal?.aborted === true) throw signal.reason;
      throw fault === fromContent ? fault : storageFault(fault);
    } finally {
      await pieces.return();
    }
  }

  async #put(
    name: PartName,
    pieces: AsyncGenerator<Uint8Array>,
    lock: Lock | null,
    signal: AbortSignal | undefined,
  ): Promise<Written> {
    const [first, second] = [await pieces.next(), await pieces.next()];
    if (first.done === true) throw new ArgumentError('length');
    return second.done === true
      ? putWhole(this.#connection, name, first.value, lock, signal)
      : putPieces(this.#connection, name, [first.value, second.value], pieces, lock, signal);
  }

  /** Not every server keeps a second version from being stored: ours goes if it isn't the first. */
  async #whoWasFirst(name: PartName, { id, ownTag }: Written): Promise<Creation> {
    const first = firstOf(await versionsOf(this.#connection, name));
    if (first === undefined) throw new UnavailableError('conflict');
    if (first.id === id) return { tag: 'created' };
    // Where this fails it stays, unseen, until the part is deleted.
    if (id !== null) await deleteVersion(this.#connection, name, id).catch(() => undefined);
    return { tag: first.tag === ownTag ? 'created' : 'exists' };
  }

  async #findFirst(name: PartName): Promise<Version | undefined> {
    const known = this.#first.get(name);
    if (known !== undefined) return known;
    const found = firstOf(await versionsOf(this.#connection, name));
    if (found !== undefined) this.#remember(found);
    return found;
  }

  /**
   * Does something with the version that counts; `null` from `act` means that it is gone. One that is only remembered may
   * have been deleted by another process since, and the part created again: then it is looked for once more.
   */
  async #onFirst<T>(name: PartName, act: (version: Version) => Promise<T | null>): Promise<T | null> {
    const known = this.#first.get(name);
    const done = known === undefined ? null : await act(known);
    if (done !== null) return done;
    this.#first.delete(name);
    const found = await this.#findFirst(name);
    if (found === undefined || found.id === known?.id) return null;
    return act(found);
  }

  #remember(version: Version): void {
    this.#first.set(version.name, version);
    if (this.#first.size <= remembered) return;
    const [oldest] = this.#first.keys();
    if (oldest !== undefined) this.#first.delete(oldest);
  }

  async inspect(name: PartName): Promise<PartInfo | null> {
    readPartName(name);
    this.#first.delete(name);
    const version = await this.#findFirst(name);
    const head = version === undefined ? null : await headOf(this.#connection, name, version.id);
    if (version === undefined || head === null) return null;
    checkEncrypted(this.#connection.encryption, head.ServerSideEncryption);
    return {
      name,
      length: version.length,
      retainUntil: head.ObjectLockRetainUntilDate ?? null,
      held: head.ObjectLockLegalHoldStatus === 'ON',
    };
  }

  async read(name: PartName, offset: number, length: number, signal?: AbortSignal): Promise<Reading> {
    readPartName(name);
    checkRange(offset, length);
    signal?.throwIfAborted();
    const reading = await this.#onFirst(name, async (version): Promise<Reading | null> => {
      if (offset + length > version.length) return { tag: 'outside', length: version.length };
      const found = await readVersion(this.#connection, version, offset, length, signal);
      return found.tag === 'absent' ? null : found;
    });
    return reading ?? { tag: 'absent' };
  }

  async *list(folder: FolderId, run?: number): AsyncGenerator<ListedPart, void, undefined> {
    const prefix = `${folderId(folder)}/${run === undefined ? '' : `${runText(run)}-`}`;
    for await (const found of listVersions(this.#connection, prefix)) {
      const version = firstOf(found);
      if (version === undefined) continue;
      this.#remember(version);
      yield { name: version.name, length: version.length };
    }
  }

  async *folders(): AsyncGenerator<FolderId, void, undefined> {
    let last: FolderId | undefined;
    for await (const found of listVersions(this.#connection, '')) {
      const { folder } = readPartName(found.name);
      if (folder === last || found.versions.length === 0) continue;
      last = folder;
      yield folder;
    }
  }

  async delete(name: PartName): Promise<Deletion> {
    readPartName(name);
    this.#first.delete(name);
    return deleteVersions(this.#connection, name, this.#now());
  }

  async retain(name: PartName, until: Date): Promise<Retaining> {
    checkDate(until);
    readPartName(name);
    const retained = await this.#onFirst(name, async (version): Promise<Retaining | null> => {
      const request = new PutObjectRetentionCommand({
        ...this.#place(version),
        Retention: { Mode: this.#mode, RetainUntilDate: until },
      });
      try {
        await this.#connection.attempt((client, options) => client.send(request, options));
        return { tag: 'retained', until };
      } catch (fault) {
        if (isAbsent(fault)) return null;
        const found = hasStatus(fault, 403) ? await headOf(this.#connection, name, version.id) : null;
        const longer = found?.ObjectLockRetainUntilDate;
        if (longer !== undefined && longer >= until) return { tag: 'retained', until: longer };
        throw storageFault(fault);
      }
    });
    return retained ?? { tag: 'absent' };
  }

  async hold(name: PartName, held: boolean): Promise<Holding> {
    readPartName(name);
    const holding = await this.#onFirst(name, async (version): Promise<Holding | null> => {
      const request = new PutObjectLegalHoldCommand({
        ...this.#place(version),
        LegalHold: { Status: held ? 'ON' : 'OFF' },
      });
      try {
        await this.#connection.attempt((client, options) => client.send(request, options));
        return { tag: held ? 'held' : 'released' };
      } catch (fault) {
        if (isAbsent(fault)) return null;
        throw storageFault(fault);
      }
    });
    return holding ?? { tag: 'absent' };
  }

  async presignPart(name: PartName, ticket: TicketOptions): Promise<UploadTicket> {
    readPartName(name);
    const signedAt = this.#now();
    checkTicket(ticket, signedAt);
    await this.#refusesUnsigned();
    return signTicket(this.#connection, { ...ticket, name, signedAt });
  }

  /**
   * Tried once, before the first ticket, by the clock that all requests are signed by. A try that found nothing out is made
   * again.
   */
  #refusesUnsigned(): Promise<void> {
    this.#probe ??= probeUnsignedHeaders(this.#connection, probeName(), new Date()).catch((fault: unknown) => {
      if (!(fault instanceof ConfigurationError)) this.#probe = undefined;
      throw fault;
    });
    return this.#probe;
  }

  async clearUnfinished(before: Date): Promise<number> {
    checkDate(before);
    const { bucket } = this.#connection;
    let cleared = 0;
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const request = new ListMultipartUploadsCommand({ Bucket: bucket, ...marker });
      const page = await this.#connection.send((client, options) => client.send(request, options));
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key === undefined || !isPartName(Key) || Initiated === undefined || Initiated >= before) continue;
        const giveUp = new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId });
        await this.#connection.send((client, options) => client.send(giveUp, options));
        cleared += 1;
      }
      if (page.IsTruncated !== true) return cleared;
      checkAdvance(marker.KeyMarker, page.NextKeyMarker, marker.UploadIdMarker === page.NextUploadIdMarker);
      marker = {
        KeyMarker: page.NextKeyMarker,
        ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
      };
    }
  }

  /** Ends its connections. */
  close(): void {
    this.#connection.close();
  }

  #place(version: Version) {
    return { Bucket: this.#connection.bucket, Key: version.name, VersionId: version.id };
  }
}

/** A name that no object has. */
const probeName = (): PartName => partName(folderIdFrom(randomBytes(16)), { tag: 'head' });

/** Hands a content on, and tells of what it throws. */
async function* watch(content: AsyncIterable<Uint8Array>, onFault: (fault: unknown) => void) {
  try {
    yield* content;
  } catch (fault) {
    onFault(fault);
    throw fault;
  }
}
