/** What a scanner has to say of a server; what it calls information only is none. */
export interface Finding {
  readonly scanner: string;
  /** What was looked at: `web`, `signaling`. */
  readonly of: string;
  /** The scanner's own name for it. */
  readonly id: string;
  readonly severity: string;
  readonly words: string;
}

/** Why a finding stays as it is, by the scanner's own name for it; `infra/docs/scans.md` says more. */
const reasons: Readonly<Record<string, string>> = {};

/** Null where nothing explains it. */
export const reasonOf = ({ id }: Finding): string | null => (Object.hasOwn(reasons, id) ? (reasons[id] ?? null) : null);
