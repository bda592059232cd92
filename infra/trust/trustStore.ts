import type { AuthorityFile } from './authorityFile.ts';

/** How a change went; `skipped` says what the person can do. */
export type Change = { tag: 'done' } | { tag: 'already' } | { tag: 'skipped'; sentence: string };

/** A place where an operating system or a browser keeps the authorities that it trusts. */
export interface TrustStore {
  /** As a person knows it. */
  name: string;
  /** Whether it trusts the authority; false if that can't be told. */
  contains(authority: AuthorityFile): Promise<boolean>;
  add(authority: AuthorityFile): Promise<Change>;
  remove(authority: AuthorityFile): Promise<Change>;
}
