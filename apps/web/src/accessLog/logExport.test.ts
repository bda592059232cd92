import type { Entry } from '@sotto/audit';
import { describe, expect, it } from 'vitest';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { toCsv, toFhir, unsaidInFhir } from './logExport.ts';

const entry: Entry = {
  ...{ v: 1, id: 'AAAAAAAAAAAAAAAAAAAAAA', time: '2031-05-06T07:08:09.000Z', actor: 's1+s2', role: 'physician' },
  ...{ action: 'object.release', resource: 'object:o1', patient: 'p1', purpose: 'treatment', address: '192.0.2.1' },
  ...{ userAgent: 'A "quoted", browser', session: 'r1', before: null, after: null, outcome: 'allowed' },
  ...{ patientSequence: 1, patientPrevious: null },
};
const commitment = new Uint8Array(32);
const checkpoint = { origin: 'the.log', size: 5, root: commitment };
const proven: CheckedEntry = { index: 4, commitment, checkpoint, verdict: { tag: 'proven', witnessedAt: 1, entry } };
const unreadable: CheckedEntry = { index: null, commitment: null, checkpoint: null, verdict: { tag: 'unreadable' } };
const refused: CheckedEntry = {
  ...{ index: 3, commitment, checkpoint },
  verdict: { tag: 'refused', reason: 'edited' },
};

const nameOf = (id: string) => (id === 's1' ? '=HYPERLINK("x")' : null);

describe('a saved list', () => {
  it('has a line for each, with what was found of it', () => {
    const lines = toCsv([proven, refused, unreadable], nameOf).split('\r\n');
    expect(lines[0]).toMatch(/^\uFEFFplace,state,time,actor,/);
    expect(lines[1]).toMatch(/^"4","verified","2031-05-06T07:08:09\.000Z","s1\+s2",/);
    expect(lines[1]).toContain('"A ""quoted"", browser"');
    expect(lines[2]).toMatch(/^"3","failed","","",/);
    expect(lines[3]).toMatch(/^"","failed","",/);
    expect(lines).toHaveLength(5);
  });

  it('holds no formula', () => {
    expect(toCsv([proven], nameOf)).toContain(`"'=HYPERLINK(""x"") + s2"`);
  });

  it('holds no formula behind what some spreadsheets take for the end of a cell, and leaves hashes alone', () => {
    const sly = { ...entry, userAgent: 'x; =HYPERLINK("y")|@SUM(1)' };
    const table = toCsv([{ ...proven, verdict: { tag: 'proven', witnessedAt: 1, entry: sly } }], () => null);
    expect(table).toContain(`"x; '=HYPERLINK(""y"")|'@SUM(1)"`);
    const dashed = Uint8Array.from({ length: 32 }, () => 0xfb);
    expect(toCsv([{ ...proven, commitment: dashed }], () => null)).toContain('"-_v7');
  });

  it('is FHIR of what is proven, and of nothing else', () => {
    const bundle = JSON.parse(toFhir([proven, refused, unreadable], new Date(0))) as { entry: unknown[] };
    expect(bundle.entry).toHaveLength(1);
    expect(unsaidInFhir([proven, refused, unreadable])).toBe(2);
    expect(bundle).toMatchObject({
      resourceType: 'Bundle',
      entry: [{ resource: { resourceType: 'AuditEvent', source: { observer: { display: 'the.log' } } } }],
    });
  });
});
