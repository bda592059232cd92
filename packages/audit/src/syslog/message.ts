import { toBase64url } from '../bytes.ts';
import type { PlacedEntry } from '../fhirAuditEvent.ts';

/** Entries as messages of the syslog protocol, RFC 5424, framed as RFC 5425 has it (SPEC.md section 7.3). */

/** Who says so. */
export interface SyslogOrigin {
  /** Name of the log. */
  readonly log: string;
  /** HOSTNAME. */
  readonly host: string;
  /** APP-NAME, 1 to 48 printable characters. */
  readonly app: string;
}

/** RFC 5612's private enterprise number for documentation: the project has none of its own. */
const structuredId = 'sottoAudit@32473';
/** RFC 5424 section 6.2.1: log audit. */
const facility = 13;
/** Informational, warning, error. */
const severities = { allowed: 6, refused: 4, failed: 3 } as const;
const longestMessageId = 32;
const longestHost = 255;

/** A header's field: printable ASCII without spaces, or the nil value (RFC 5424 section 6). */
const headerField = (text: string, longest: number): string =>
  text.length <= longest && /^[!-~]+$/.test(text) ? text : '-';

/** RFC 5424 section 6.3.3: of a value these three are escaped, and nothing else. */
const escaped = (value: string): string => value.replaceAll(/["\\\]]/g, '\\$&');

/** Of an entry, in this order. */
const members = [
  ...(['action', 'outcome', 'id', 'actor', 'role', 'resource', 'patient', 'purpose'] as const),
  ...(['session', 'address', 'userAgent', 'before', 'after'] as const),
] as const;

/** One entry, as text without its frame. All of it stands in the structured data: there is no MSG. */
export function toSyslogMessage({ entry, index, commitment }: PlacedEntry, { log, host, app }: SyslogOrigin): string {
  const { time, action, outcome } = entry;
  const parameters: (readonly [name: string, value: string | null])[] = [
    ['log', log],
    ['index', String(index)],
    ['commitment', toBase64url(commitment)],
    ...members.map((name) => [name, entry[name]] as const),
  ];
  const structured = parameters.map(([name, value]) => (value === null ? '' : ` ${name}="${escaped(value)}"`)).join('');
  const header = [
    `<${facility * 8 + severities[outcome]}>1`,
    time,
    headerField(host, longestHost),
    headerField(app, 48),
    '-',
    headerField(action, longestMessageId),
  ];
  return `${header.join(' ')} [${structuredId}${structured}]`;
}

/** RFC 5425 section 4.3: the length in octets, a space, the message. */
export const framed = (message: string): string => `${Buffer.byteLength(message)} ${message}`;
