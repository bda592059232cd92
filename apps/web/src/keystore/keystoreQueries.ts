import type { ObjectId, VisitId } from '@sotto/protocol/ids';
import type { KeystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { queryOptions } from '@tanstack/react-query';
import { checkDirectory } from './directory.ts';
import { EvidenceFault, mayPass } from './errors.ts';
import { listObjects, readDirectory, readEnrolments, readIdentity, readNotices, readObject } from './keystoreApi.ts';
import type { ReadFor } from './phiRequest.ts';
import { comparePins, type Pins, type PinVerdict } from './pins.ts';
import { canCheckSignatures } from './statements.ts';

/** What the pages read of the keystore, under the keys by which it is cached and made stale. */

const retry = (failures: number, error: Error) => failures < 3 && mayPass(error);

/** Storage that some browsers deny even to look at. */
function compare(identity: KeystoreIdentity): PinVerdict {
  try {
    return comparePins(identity, window.localStorage);
  } catch {
    return { tag: 'cantRemember' };
  }
}

export const identityQuery = queryOptions({
  queryKey: ['keystore', 'identity'],
  queryFn: async ({ signal }) => {
    // Before anything is judged: to a browser that can't, every signature looks false.
    if (!(await canCheckSignatures())) throw new EvidenceFault('cantCheck');
    const identity = await readIdentity(signal);
    return { identity, verdict: compare(identity) };
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry,
});

/** The directory with names, every entry checked under the pinned key. */
export async function loadDirectory(pins: Pins, signal?: AbortSignal) {
  const view = await readDirectory(signal);
  return { ...(await checkDirectory(view, pins)), people: view.people };
}

export const directoryQuery = (pins: Pins) =>
  queryOptions({
    queryKey: ['keystore', 'directory', pins.statementKey],
    queryFn: ({ signal }) => loadDirectory(pins, signal),
    refetchInterval: 30_000,
    retry,
  });

export const enrolmentsQuery = queryOptions({
  queryKey: ['keystore', 'enrolments'],
  queryFn: ({ signal }) => readEnrolments(signal),
  refetchInterval: 10_000,
  retry,
});

export const noticesQuery = (after: number) =>
  queryOptions({
    queryKey: ['keystore', 'notices', after],
    queryFn: ({ signal }) => readNotices(after, signal),
    refetchInterval: 20_000,
    retry,
  });

export const objectsQuery = (visit: VisitId) =>
  queryOptions({
    queryKey: ['keystore', 'objects', visit],
    queryFn: ({ signal }) => listObjects(visit, signal),
    retry,
  });

/** @param why it is fetched; its opening says for itself */
export const objectQuery = (object: ObjectId, why: ReadFor) =>
  queryOptions({
    queryKey: ['keystore', 'object', object, why],
    queryFn: ({ signal }) => readObject(object, why, signal),
    retry,
  });
