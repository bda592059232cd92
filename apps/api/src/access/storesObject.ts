import type { DecidedAccess } from './declaration.ts';
import { objectOfPath } from './resource.ts';

/** Of every route that stores something of a sealed object: staff may, and what a live visit began is stored while they are locked. */
export const storesObject = {
  action: 'object:store',
  resource: objectOfPath,
  sessions: ['staff'],
  whileLocked: 'live',
} as const satisfies DecidedAccess;
