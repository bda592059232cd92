'use client';

import { accountSecret } from '@sotto/protocol/people';
import { useSyncExternalStore } from 'react';

const onHashChange = (tell: () => void) => {
  window.addEventListener('hashchange', tell);
  return () => window.removeEventListener('hashchange', tell);
};

/** The secret behind the `#` of a mailed link; null where there is none, undefined while the page is being made. */
export function useLinkSecret(): string | null | undefined {
  const hash = useSyncExternalStore(
    onHashChange,
    () => window.location.hash.slice(1),
    () => null,
  );
  if (hash === null) return undefined;
  return accountSecret.safeParse(hash).success ? hash : null;
}
