import { type Entry, openTimesIn } from '@sotto/audit';
import { describe, expect, it } from 'vitest';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { exportOf, toCsv, toFhir, toJsonLines, unsaidInFhir } from './logExport.ts';

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

  it('says for how long something was open, in the line of its opening and in that of its end', () => {
    const ended: Entry = { ...entry, id: 'BBBBBBBBBBBBBBBBBBBBBA', action: 'object.close', purpose: 'open:192' };
    const closing: CheckedEntry = { ...proven, index: 5, verdict: { tag: 'proven', witnessedAt: 1, entry: ended } };
    const open = openTimesIn([ended, entry]);
    const lines = toCsv([closing, proven], nameOf, open).split('\r\n');
    expect(lines[1]).toContain('"object.close","object:o1","p1","","allowed","192","told",');
    expect(lines[2]).toContain('"object.release","object:o1","p1","treatment","allowed","192","told",');
    expect(toCsv([proven], nameOf)).toContain('"treatment","allowed","","",');
    const { entry: events } = JSON.parse(toFhir([closing, proven], new Date(0), open)) as { entry: unknown[] };
    expect(events).toMatchObject([
      { resource: { entity: [{}, {}, { detail: [{}, {}, {}, { valueString: '192' }] }, {}] } },
      { resource: { period: { start: '2031-05-06T07:08:09.000Z', end: '2031-05-06T07:11:21.000Z' } } },
    ]);
    expect(JSON.stringify(events[0])).not.toContain('purposeOfEvent');
    const lost = openTimesIn([{ ...ended, purpose: 'open:192:lost' }, entry]);
    expect(toCsv([proven], nameOf, lost)).toContain('"192","lost"');
    expect(toFhir([proven], new Date(0), lost)).not.toContain('"end"');
  });

  it('has what was restricted by the log’s own words', () => {
    const act: Entry = { ...entry, action: 'restriction.place', resource: 'patient:p1', purpose: null };
    const placed: CheckedEntry = { ...proven, verdict: { tag: 'proven', witnessedAt: 1, entry: act } };
    expect(toCsv([placed], nameOf)).toContain('"restriction.place","patient:p1","p1","","allowed"');
    expect(JSON.parse(toFhir([placed], new Date(0)))).toMatchObject({
      entry: [
        { resource: { action: 'U', subtype: [{ code: 'update' }, { code: 'restriction.place' }], outcome: '0' } },
      ],
    });
  });

  it('tells it of no other opening', () => {
    const ended: Entry = { ...entry, action: 'object.close', purpose: 'open:192' };
    for (const change of [
      { session: 'r2' },
      { resource: 'object:o2' },
      { actor: 's1' },
      { outcome: 'refused' as const },
    ]) {
      expect(openTimesIn([ended, { ...entry, ...change }]).size).toBe(0);
    }
    for (const purpose of ['open:', 'open:1:', 'open:-1', 'open:1:lost:', 'treatment', null]) {
      expect(openTimesIn([{ ...ended, purpose }, entry]).size).toBe(0);
    }
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

  it('has each line as JSON of its own, with the entry as it was logged where it is proven', () => {
    const lines = toJsonLines([proven, refused, unreadable]).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { index: 4, state: 'verified', commitment: 'A'.repeat(43), entry },
      { index: 3, state: 'failed', commitment: 'A'.repeat(43), entry: null },
      { index: null, state: 'failed', commitment: null, entry: null },
    ]);
    const more = { nameOf, at: new Date(0), open: new Map() };
    expect(exportOf('lines', [proven], more)).toMatchObject({ extension: 'jsonl', text: `${lines[0]}\n` });
    expect(exportOf('fhir', [proven], more)).toMatchObject({ text: toFhir([proven], more.at) });
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
