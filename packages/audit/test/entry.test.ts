import { manyRuns } from '@sotto/browsers/runs';
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeSpelling, spellDraft } from '../src/entry.ts';
import { decodeEntry, encodeEntry, maxEntryBytes } from '../src/index.ts';
import { anyEntry } from './arbitraries.ts';
import { sampleDraft, sampleEntry } from './samples.ts';

const decode = (text: string) => decodeEntry(new TextEncoder().encode(text));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('the spelling of an entry', () => {
  it('is RFC 8785’s, fits, and is read back, whatever the entry', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const encoded = encodeEntry(entry);
        expect(text(encoded)).toBe(canonicalize(entry));
        expect(encoded.length).toBeLessThanOrEqual(maxEntryBytes);
        expect(decodeEntry(encoded)).toEqual(entry);
      }),
      { numRuns: manyRuns },
    );
  });

  it('is the only one: any other text is refused, or is another entry', () => {
    fc.assert(
      fc.property(
        anyEntry,
        fc.nat(),
        fc.constantFrom('', ' ', '"', '\\', ',', '0', 'a', '}'),
        (entry, at, inserted) => {
          const spelled = text(encodeEntry(entry));
          const place = at % spelled.length;
          const changed = spelled.slice(0, place) + inserted + spelled.slice(place + 1);
          fc.pre(changed !== spelled);
          let read: ReturnType<typeof decode>;
          try {
            read = decode(changed);
          } catch (error) {
            expect(error).toMatchObject({ code: 'entry' });
            return;
          }
          expect(read).not.toEqual(entry);
          expect(text(encodeEntry(read))).toBe(changed);
        },
      ),
      { numRuns: manyRuns },
    );
  });

  const spelled = text(encodeEntry(sampleEntry()));
  it.each([
    ['another order of fields', spelled.replace(/^\{("action":"[^"]+"),("actor":"[^"]+")/, '{$2,$1')],
    ['a space', spelled.replace(':', ': ')],
    ['an unknown field', spelled.replace('"v":1}', '"v":1,"w":1}')],
    ['a field twice', spelled.replace('"v":1}', '"v":1,"v":1}')],
    ['another version', spelled.replace('"v":1', '"v":2')],
    ['an escaped letter', spelled.replace('recording.open', 'recordin\\u0067.open')],
    ['a line break', spelled.replace('Example/1.0', 'Example\\n1.0')],
    ['a day that doesn’t exist', spelled.replace('2026-11-22', '2026-02-30')],
    ['a day that isn’t in this year', spelled.replace('2026-11-22', '2026-02-29')],
    ['a day that isn’t in this century', spelled.replace('2026-11-22', '1900-02-29')],
    ['a day that isn’t in this month', spelled.replace('2026-11-22', '2026-04-31')],
    ['a month that doesn’t exist', spelled.replace('2026-11-22', '2026-13-01')],
    ['an hour that doesn’t exist', spelled.replace('T08', 'T24')],
    ['time without milliseconds', spelled.replace('.000Z', 'Z')],
    ['a patient without a count', spelled.replace('"patient":null', '"patient":"p-1"')],
    ['a count without a patient', spelled.replace('"patientSequence":null', '"patientSequence":1')],
    [
      'a second entry that links to none',
      spelled.replace('"patient":null', '"patient":"p-1"').replace('"patientSequence":null', '"patientSequence":2'),
    ],
    [
      'a first entry that links to one',
      spelled
        .replace('"patient":null,"patientPrevious":null', `"patient":"p-1","patientPrevious":"${'A'.repeat(43)}"`)
        .replace('"patientSequence":null', '"patientSequence":1'),
    ],
    [
      'a count that no number holds',
      spelled
        .replace('"patient":null,"patientPrevious":null', `"patient":"p-1","patientPrevious":"${'A'.repeat(43)}"`)
        .replace('"patientSequence":null', '"patientSequence":9007199254740993'),
    ],
    ['a hash whose last bits are set', spelled.replace('"before":null', `"before":"${'A'.repeat(42)}B"`)],
    ['something after it', `${spelled} `],
    ['a byte order mark', `\ufeff${spelled}`],
  ])('refuses %s', (_, changed) => {
    expect(changed).not.toBe(spelled);
    expect(() => decode(changed)).toThrow('entry');
  });

  it('refuses what is too large before it looks at it', () => {
    expect(() => decode(`${spelled}${' '.repeat(maxEntryBytes)}`)).toThrow('too large');
    expect(() => decodeEntry(Uint8Array.of(0xff, 0xfe))).toThrow('UTF-8');
  });
});

describe('a draft', () => {
  it.each([
    { time: '2024-02-29T23:59:59.999Z' },
    { time: '2000-02-29T00:00:00.000Z' },
    { time: '2026-12-31T00:00:00.000Z' },
    { patient: null },
    { patient: 'p-1' },
    { userAgent: '"quoted" \\ and so on' },
    { userAgent: null, address: null, session: null, purpose: null },
  ])('%j is taken', (change) => {
    expect(() => spellDraft({ ...sampleDraft, ...change })).not.toThrow();
  });

  it('is spelled as the entry that the log makes of it', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const { v: _v, id, patientSequence, patientPrevious, ...draft } = entry;
        const spelled = completeSpelling(spellDraft(draft), { id, patientSequence, patientPrevious });
        expect(spelled).toBe(text(encodeEntry(entry)));
      }),
      { numRuns: manyRuns },
    );
  });

  it.each([
    { actor: '' },
    { actor: 'x'.repeat(65) },
    { actor: 'line\nbreak' },
    { patient: 'Jane Doe' },
    { userAgent: 'é' },
    { address: 'example.org' },
    { time: '2026-11-22T08:00:00Z' },
    { outcome: 'perhaps' },
    { resource: 7 },
    { before: 'not a hash' },
    { session: undefined },
    { id: 'A'.repeat(22) },
  ])('%j is refused', (change) => {
    expect(() => spellDraft({ ...sampleDraft, ...change } as unknown as typeof sampleDraft)).toThrow('entry');
  });
});
