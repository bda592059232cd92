import type { PhiRoute } from '@sotto/protocol/phi';
import { sessionKinds } from './caller.ts';
import type { DecidedAccess, PhiAccess } from './declaration.ts';
import { objectOfPath } from './resource.ts';

/** Of every route that stores something of a sealed object: staff may, and what a live visit began is stored while they are locked. */
export const storesObject = {
  action: 'object:store',
  resource: objectOfPath,
  sessions: ['staff'],
  whileLocked: 'live',
} as const satisfies DecidedAccess;

/** Of the routes that take a sealed object whole: an intent for each, an entry before anything is asked of the keystore. */
export const storesSealed = (route: PhiRoute) =>
  ({
    ...storesObject,
    ...{ limit: 'uploads', recorded: 'before' },
    phi: { route, purposes: ['treatment', 'emergency'], intent: 'object:store:intent' },
  }) as const satisfies PhiAccess;

/** Of the routes that give out a sealed object: an intent for each. Whether it opens for who asks, the keystore decides. */
export const fetchesSealed = (route: PhiRoute) =>
  ({
    ...{ action: 'object:fetch', resource: objectOfPath, sessions: sessionKinds },
    phi: {
      ...{ route, intent: 'object:fetch:intent' },
      purposes: ['treatment', 'payment', 'operations', 'patientRequest', 'emergency'],
    },
  }) as const satisfies PhiAccess;
