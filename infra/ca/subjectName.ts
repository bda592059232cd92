import { isIP } from 'node:net';

/** What a certificate speaks for: a host name or an IP address. */
export interface SubjectName {
  type: 'dns' | 'ip';
  value: string;
}

/** Sorts text into a host name (lower case) or an address. */
export function subjectName(value: string): SubjectName {
  return isIP(value) === 0 ? { type: 'dns', value: value.toLowerCase() } : { type: 'ip', value };
}
