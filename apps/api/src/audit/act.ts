import { createHash } from 'node:crypto';
import type { EntryDraft } from '@sotto/audit';
import canonicalize from 'canonicalize';
import type { Viewer } from '../viewer.ts';

/** Who acts, as entries name them: a pseudonym, and the roles by which the policies permit it. */
export interface Actor extends Viewer, Pick<EntryDraft, 'actor' | 'role' | 'session'> {}

/** What is done to what, of which patient. Ids alone: no names, nothing clinical. */
export interface Act extends Pick<EntryDraft, 'action' | 'resource' | 'patient' | 'purpose'> {
  /** Of what an act changes, by `stateHash`; null where it changes nothing, or what would be guessed from its hash. */
  readonly before: EntryDraft['before'];
  readonly after: EntryDraft['after'];
}

/** Whoever runs a command on the clinic's own host. */
export const hostActor: Actor = { actor: 'host', role: 'host', session: null, address: null, userAgent: null };

/** An act that changes nothing of nobody's, unless more is said of it. */
export const actOf = (given: Pick<Act, 'action' | 'resource'> & Partial<Act>): Act => ({
  ...{ patient: null, purpose: null },
  before: null,
  after: null,
  ...given,
});

/** The entry as the log takes it. */
export const draftOf = (time: Date, actor: Actor, act: Act, outcome: EntryDraft['outcome']): EntryDraft => ({
  time: time.toISOString(),
  ...actor,
  ...act,
  outcome,
});

/** SHA-256 of what something is before or after an act: of ids, states and times, never of what a dictionary would find. */
export const stateHash = (state: object): string =>
  createHash('sha256')
    .update(canonicalize(state) ?? '')
    .digest('base64url');

/** Longest role of an entry. */
const maxRole = 32;

/** Several roles as one word; the first alone where that would be too long. */
export const roleWord = (roles: readonly string[]): string => {
  const all = roles.join('+');
  return all.length <= maxRole ? all || 'none' : (roles[0] ?? 'none');
};
