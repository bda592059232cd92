import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, toBase64url } from '../../src/index.ts';
import { framed, toSyslogMessage } from '../../src/syslog/message.ts';
import { anyEntry } from '../arbitraries.ts';
import { sampleEntry } from '../samples.ts';
import { readFrames, readMessage } from '../second/secondSyslog.ts';

const origin = { log: 'sotto.internal/platform/c1', host: 'api.clinic.test', app: 'sotto-platform' };
const commitment = new Uint8Array(32).fill(7);
const messageOf = (change: Partial<Entry> = {}): string =>
  toSyslogMessage({ entry: sampleEntry(change), index: 41, commitment }, origin);

const unsaid: ReadonlySet<string> = new Set(['v', 'time', 'patientSequence', 'patientPrevious']);

describe('an entry as a syslog message', () => {
  it('is this, octet for octet', () => {
    expect(messageOf({ action: 'visit:read', resource: 'visit:v1', userAgent: 'A "b" [c] \\d' })).toBe(
      '<110>1 2026-11-22T08:00:00.000Z api.clinic.test sotto-platform - visit:read [sottoAudit@32473' +
        ' log="sotto.internal/platform/c1" index="41" commitment="BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"' +
        ' action="visit:read" outcome="allowed" id="AAAAAAAAAAAAAAAAAAAAAA" actor="staff-1" role="physician"' +
        ' resource="visit:v1" purpose="treatment" session="session-1" address="192.0.2.7"' +
        ' userAgent="A \\"b\\" [c\\] \\\\d"]',
    );
  });

  it.each([
    ['allowed', 110],
    ['refused', 108],
    ['failed', 107],
  ] as const)('has a severity: %s', (outcome, priority) => {
    expect(readMessage(messageOf({ outcome })).priority).toBe(priority);
  });

  it('has no value for what a header can’t hold', () => {
    const long = 'a'.repeat(33);
    const text = toSyslogMessage(
      { entry: sampleEntry({ action: long }), index: 0, commitment },
      { ...origin, host: 'a host' },
    );
    const { id, host, structured } = readMessage(text);
    expect([id, host]).toEqual(['-', '-']);
    expect(structured[0]?.parameters).toContainEqual(['action', long]);
  });

  it('says of any entry all that it says, to a reader of its own', () => {
    fc.assert(
      fc.property(anyEntry, fc.nat(), (entry, index) => {
        const [text = '', ...more] = readFrames(
          Buffer.from(framed(toSyslogMessage({ entry, index, commitment }, origin))),
        );
        const { structured, timestamp, message } = readMessage(text);
        expect([more, message, structured.length, timestamp]).toEqual([[], null, 1, entry.time]);
        const given = Object.fromEntries(structured[0]?.parameters ?? []);
        const expected = Object.entries({ ...entry, log: origin.log, index: String(index) }).filter(
          ([name, one]) => one !== null && !unsaid.has(name),
        );
        expect(given).toEqual({ ...Object.fromEntries(expected), commitment: toBase64url(commitment) });
      }),
    );
  });
});

describe('the second reader', () => {
  it.each([
    ['a priority over 191', (text: string) => text.replace('<110>', '<192>')],
    ['another version', (text: string) => text.replace('>1 ', '>2 ')],
    ['an unescaped bracket', (text: string) => text.replace('staff-1', 'sta]ff')],
    ['an unescaped quote', (text: string) => text.replace('staff-1', 'sta"ff')],
    ['no end', (text: string) => text.slice(0, -1)],
    ['a space too many', (text: string) => text.replace('Z ', 'Z  ')],
  ])('refuses %s', (_what, change) => {
    expect(() => readMessage(change(messageOf()))).toThrow();
  });
});
