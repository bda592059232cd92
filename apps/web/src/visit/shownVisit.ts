import type { Visit } from '@sotto/protocol/clinic';

/**
 * The visit that its page shows. Once shown it stays, whatever is read later: its note isn't saved, or its recording not stored, when
 * it ends.
 *
 * @param read as it was read last
 * @param shown what the page has shown; null before it did
 */
export const shownVisit = (read: Visit | undefined, shown: Visit | null): Visit | null =>
  read === undefined || read.status === 'ended' || read.status === 'cancelled' ? shown : read;
