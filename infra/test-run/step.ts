import type { Tally } from './tally.ts';

/** What one step leaves for those that need it: environment variables. */
export type Supplies = Readonly<Record<string, string>>;

interface Common {
  readonly name: string;
  /** Names of the steps that have to succeed before. */
  readonly needs: readonly string[];
  /** Whether it wants the machine for itself: what it measures would suffer from company. */
  readonly alone?: boolean;
}

/** Brings something along that other steps need. Its success isn't counted, its failure is. */
export interface Preparation extends Common {
  readonly kind: 'preparation';
  /** @throws StartError in one sentence if it can't be had */
  run(supplies: Supplies, report: (detail: string) => void): Promise<Supplies>;
}

/** Finds something out. */
export interface Check extends Common {
  readonly kind: 'check';
  run(supplies: Supplies): Promise<Tally>;
}

export type Step = Preparation | Check;
