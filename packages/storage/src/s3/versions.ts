import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { ConfigurationError } from '../errors.ts';
import { isPartName, type PartName } from '../partName.ts';
import type { Connection } from './connection.ts';

/** One version of a part, or the mark that somebody has deleted it without naming a version. */
export interface Version {
  readonly name: PartName;
  readonly id: string;
  readonly length: number;
  /** The server's tag of its content. */
  readonly tag: string;
}

/** A part's versions, the newest first, and the marks of deletions. */
export interface Versions {
  readonly name: PartName;
  readonly versions: readonly Version[];
  readonly markers: readonly string[];
}

/**
 * Checks that a listing goes on behind where it was: one that doesn't would go on for ever, or tell something twice.
 *
 * @param isSame whether the marker within the name is the same one
 * @throws ConfigurationError
 */
export function checkAdvance(from: string | undefined, to: string | undefined, isSame: boolean): asserts to is string {
  if (to === undefined) throw new ConfigurationError('listing');
  const order = from === undefined ? 1 : Buffer.compare(Buffer.from(to), Buffer.from(from));
  if (order < 0 || (order === 0 && isSame)) throw new ConfigurationError('listing');
}

async function* pages(connection: Connection, prefix: string): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const request = new ListObjectVersionsCommand({ Bucket: connection.bucket, Prefix: prefix, ...marker });
    const page = await connection.send((client, options) => client.send(request, options));
    yield page;
    if (page.IsTruncated !== true) return;
    checkAdvance(marker.KeyMarker, page.NextKeyMarker, marker.VersionIdMarker === page.NextVersionIdMarker);
    marker = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
    };
  }
}

interface Entry {
  readonly key: string;
  readonly id: string;
  /** `null` for the mark of a deletion. */
  readonly content: { readonly length: number; readonly tag: string } | null;
}

/** What a page lists, by name; of one name in the server's order, the newest first, but marks after versions. */
function entriesOf({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): Entry[] {
  const entries: Entry[] = [];
  for (const { Key, VersionId, Size, ETag } of Versions) {
    if (Key === undefined || VersionId === undefined) continue;
    entries.push({ key: Key, id: VersionId, content: { length: Size ?? 0, tag: ETag ?? '' } });
  }
  for (const { Key, VersionId } of DeleteMarkers) {
    if (Key !== undefined && VersionId !== undefined) entries.push({ key: Key, id: VersionId, content: null });
  }
  return entries.sort((one, other) => compare(one.key, other.key));
}

/** Every part whose name begins so, in the order of their names. What has no part's name isn't ours and is left out. */
export async function* listVersions(connection: Connection, prefix: string): AsyncGenerator<Versions> {
  // What a page ends with may go on in the next one.
  const last: { name: PartName; versions: Version[]; markers: string[] }[] = [];
  for await (const page of pages(connection, prefix)) {
    for (const { key: name, id, content } of entriesOf(page)) {
      if (!isPartName(name)) continue;
      if (last[0]?.name !== name) {
        yield* last.splice(0);
        last.push({ name, versions: [], markers: [] });
      }
      if (content === null) last[0]?.markers.push(id);
      else last[0]?.versions.push({ name, id, ...content });
    }
  }
  yield* last;
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The versions of one part; none if there is no such part. */
export async function versionsOf(connection: Connection, name: PartName): Promise<Versions> {
  for await (const found of listVersions(connection, name)) if (found.name === name) return found;
  return { name, versions: [], markers: [] };
}

/** The version that counts: the first that there was (SPEC.md section 6). */
export const firstOf = ({ versions }: Versions): Version | undefined => versions.at(-1);
