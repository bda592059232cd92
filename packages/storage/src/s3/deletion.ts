import { DeleteObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Deletion } from '../objectStore.ts';
import type { PartName } from '../partName.ts';
import type { Connection } from './connection.ts';
import { hasStatus, isAbsent, storageFault } from './faults.ts';
import { versionsOf } from './versions.ts';

/** What the server knows of one version, or `null` if there is none. */
export async function headOf(
  connection: Connection,
  name: PartName,
  id: string,
): Promise<HeadObjectCommandOutput | null> {
  const request = new HeadObjectCommand({ Bucket: connection.bucket, Key: name, VersionId: id });
  try {
    return await connection.attempt((client, options) => client.send(request, options));
  } catch (fault) {
    if (isAbsent(fault)) return null;
    throw storageFault(fault);
  }
}

/** Deletes one version for good. @throws what the client throws */
export async function deleteVersion(connection: Connection, name: PartName, id: string): Promise<void> {
  const request = new DeleteObjectCommand({ Bucket: connection.bucket, Key: name, VersionId: id });
  await connection.attempt((client, options) => client.send(request, options));
}

/** Why the server has refused to delete a version: the promise that it kept then, or `null` if there was none. */
async function promiseOf(connection: Connection, name: PartName, id: string, then: Date): Promise<Deletion | null> {
  const found = await headOf(connection, name, id);
  if (found?.ObjectLockLegalHoldStatus === 'ON') return { tag: 'held' };
  const until = found?.ObjectLockRetainUntilDate;
  return until === undefined || until <= then ? null : { tag: 'retained', until };
}

/**
 * Deletes every version of a part and every mark, the newest first, so that the one that counts goes last. Whether it may
 * is the server's decision alone.
 *
 * @param now a refusal counts as a promise only if that goes on longer
 * @throws DeniedError when it refuses for another reason
 */
export async function deleteVersions(connection: Connection, name: PartName, now: Date): Promise<Deletion> {
  const { versions, markers } = await versionsOf(connection, name);
  for (const id of [...markers, ...versions.map((version) => version.id)]) {
    try {
      await deleteVersion(connection, name, id);
    } catch (fault) {
      if (isAbsent(fault)) continue;
      const promise = hasStatus(fault, 403) ? await promiseOf(connection, name, id, now) : null;
      if (promise !== null) return promise;
      throw storageFault(fault);
    }
  }
  return { tag: versions.length === 0 ? 'absent' : 'deleted' };
}
