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
const reasons: Readonly<Record<string, string>> = {
  cert_revocation: 'the start makes an authority of its own, which nobody asks about revocations',
  DNS_CAArecord: 'localhost has no zone that could name an authority',
  HSTS: 'left out for localhost, where it would bind other programs; sent for a host name',
  'Strict-Transport-Security is not set': 'as HSTS',
  'X-XSS-Protection is not set': 'browsers have dropped it; the content security policy does it',
  engine_problem: 'of the scanner’s own OpenSSL',
  sessionresumption_ticket: 'this scanner can’t resume a TLS 1.3 session',
};

/** Null where nothing explains it. */
export const reasonOf = ({ id }: Finding): string | null => (Object.hasOwn(reasons, id) ? (reasons[id] ?? null) : null);
