import type { QueryClient } from '@tanstack/react-query';
import { configQuery, sessionQuery } from '../clinic/clinicQueries.ts';

const kept: readonly unknown[] = [sessionQuery.queryKey[0], configQuery.queryKey[0]];

/**
 * Empties the cache of what a page had read and shows no more. What goes on keeps what it read, also where it asks for nothing while
 * the page is locked.
 */
export const forgetRead = (queries: QueryClient): void =>
  queries.removeQueries({ predicate: (query) => query.getObserversCount() === 0 && !kept.includes(query.queryKey[0]) });
