import { and, isNotNull, isNull, or } from 'drizzle-orm';
import { staffTable } from './schema.ts';

const { disabledAt, suspendedAt } = staffTable;

/** Accounts that whatever a person signs in with lets in: neither let go nor suspended. */
export const isEnabled = and(isNull(disabledAt), isNull(suspendedAt));

/**
 * Accounts that a passkey lets in: all but those that were let go. Of one that is suspended the policies permit no more than an
 * emergency takes, and a visit that went on.
 */
export const isNotLetGo = or(isNull(disabledAt), isNotNull(suspendedAt));
