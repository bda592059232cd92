import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSignedCheckpoint, formatVerifierKey } from '../../src/index.ts';
import { sampleDraft } from '../samples.ts';
import { audit } from './auditCommand.ts';
import { TestDatabase } from './database.ts';
import { createNotary, signedOf } from './logInDatabase.ts';

let server: TestDatabase;
let folder: string;
let trust: readonly string[];
let owner: ReturnType<TestDatabase['connect']>;
const at = (name: string) => join(folder, name);
const origin = 'example.org/log';
const tables = ['entry', 'commitments', 'subtree', 'sequencer', 'checkpoint'];

beforeAll(async () => {
  server = await TestDatabase.start();
  folder = mkdtempSync(join(tmpdir(), 'sotto-audit-'));
  const fresh = await server.freshLog();
  owner = fresh.owner;
  const { checkpointerOf, trust: known } = await createNotary();
  const checkpointer = checkpointerOf(fresh.database);
  for (let start = 0; start < 40; start += 10) {
    await fresh.log.append(Array.from({ length: 10 }, (_, i) => ({ ...sampleDraft, actor: `staff-${start + i}` })));
    const signed = signedOf(await checkpointer.checkpoint());
    writeFileSync(at('witness.checkpoint'), encodeSignedCheckpoint(signed));
  }
  writeFileSync(at('database.url'), server.appUrl, { mode: 0o600 });
  const witnessKeys = known.witnesses.flatMap((key) => ['--witness-key', formatVerifierKey(key)]);
  trust = ['--log-key', formatVerifierKey(known.log), ...witnessKeys, '--require-witness'];
  await audit('export', '--database', at('database.url'), '--origin', origin, '--out', at('log.jsonl'));
  await owner.query(tables.map((table) => `ALTER TABLE audit.${table} DISABLE TRIGGER USER;`).join(''));
  await owner.query(tables.map((table) => `CREATE TABLE public.${table} AS TABLE audit.${table};`).join(''));
}, 120_000);
afterAll(async () => {
  await server.disconnect();
  await server.remove();
  rmSync(folder, { recursive: true });
});

interface Tampering {
  readonly what: string;
  readonly sql: string;
  /** Lines of the export: 0 is the header, 1 to 40 the leaves, the rest checkpoints. */
  readonly lines: (lines: readonly string[]) => readonly string[];
  /** Each must be said. */
  readonly sentences: readonly string[];
}

const line = (lines: readonly string[], index: number): string => lines[index + 1] ?? '';
const salt = /,"salt":"[^"]+"/;
const entryOf = (text: string): string => /"entry":(\{.*\}),"index"/.exec(text)?.[1] ?? '';
const withContent = (text: string, other: string): string =>
  text.replace(entryOf(text), entryOf(other)).replace(salt, salt.exec(other)?.[0] ?? '');
const indexAs = (text: string, index: number): string => text.replace(/"index":\d+/, `"index":${index}`);

const tamperings: readonly Tampering[] = [
  {
    what: 'an edited entry',
    sql: `UPDATE audit.entry SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'staff-3', 'staff-9'), 'UTF8')
          WHERE index = 3`,
    lines: (lines) => lines.with(4, line(lines, 3).replace('staff-3', 'staff-9')),
    sentences: ["- Entry 3 was edited: it isn't what was logged."],
  },
  {
    what: 'a removed entry',
    sql: 'DELETE FROM audit.entry WHERE index = 3',
    lines: (lines) =>
      lines.with(
        4,
        line(lines, 3)
          .replace(salt, '')
          .replace(`"entry":${entryOf(line(lines, 3))},`, ''),
      ),
    sentences: ['- Entry 3 was removed: it is gone and no erasure is on record.'],
  },
  {
    what: 'entries removed with all that was of them',
    sql: `DELETE FROM audit.entry WHERE index BETWEEN 10 AND 19; DELETE FROM audit.commitments WHERE start = 10`,
    lines: (lines) => lines.toSpliced(11, 10),
    sentences: ['- Entries 10 to 19 were removed, and their commitments with them'],
  },
  {
    what: 'reordered entries',
    sql: `UPDATE audit.entry e SET canonical = o.canonical, salt = o.salt, actor = o.actor FROM audit.entry o
          WHERE (e.index, o.index) IN ((3, 5), (5, 3))`,
    lines: (lines) =>
      lines.with(4, withContent(line(lines, 3), line(lines, 5))).with(6, withContent(line(lines, 5), line(lines, 3))),
    sentences: ['- Entry 3 was moved: it belongs at 5.', '- Entry 5 was moved: it belongs at 3.'],
  },
  {
    what: 'a duplicated entry',
    sql: `UPDATE audit.entry e SET canonical = o.canonical, salt = o.salt, actor = o.actor FROM audit.entry o
          WHERE e.index = 3 AND o.index = 5`,
    lines: (lines) => lines.with(4, withContent(line(lines, 3), line(lines, 5))),
    sentences: ['- Entry 3 is a copy of entry 5.'],
  },
  {
    what: 'a fork',
    // Two leaves are exchanged with their commitments, as if it had been so from the beginning.
    sql: `UPDATE audit.entry e SET canonical = o.canonical, salt = o.salt, actor = o.actor FROM audit.entry o
          WHERE (e.index, o.index) IN ((25, 26), (26, 25));
          UPDATE audit.commitments SET hashes =
            substr(hashes, 1, 160) || substr(hashes, 193, 32) || substr(hashes, 161, 32) || substr(hashes, 225)
          WHERE start = 20`,
    lines: (lines) => lines.with(26, indexAs(line(lines, 26), 25)).with(27, indexAs(line(lines, 25), 26)),
    sentences: ['- The checkpoint of size 30 is of another log: entries from 20 up to 29 were changed'],
  },
  {
    what: 'a rollback behind the witness',
    sql: `DELETE FROM audit.entry WHERE index >= 30; DELETE FROM audit.commitments WHERE start >= 30;
          DELETE FROM audit.checkpoint WHERE size > 30; UPDATE audit.sequencer SET size = 30`,
    lines: (lines) => [
      (lines[0] ?? '').replace('"size":40', '"size":30'),
      ...lines.slice(1, 31),
      ...lines.slice(41).filter((text) => !text.includes('\\n40\\n')),
    ],
    sentences: ['- The log has 30 entries, but a checkpoint states 40: entries at the end are gone.'],
  },
];

const verify = (...source: string[]) => audit('verify', ...source, ...trust, '--checkpoint', at('witness.checkpoint'));

async function putBack(): Promise<void> {
  const back = tables.map((name) => `DELETE FROM audit.${name}; INSERT INTO audit.${name} TABLE public.${name};`);
  await owner.query(back.join(''));
}

it('tells nothing in FHIR of an entry that was changed, and says so', async () => {
  const [edit] = tamperings;
  await owner.query(edit?.sql ?? '');
  try {
    const asFhir = ['--origin', origin, '--out', at('fhir.ndjson'), '--format', 'fhir'];
    expect(await audit('export', '--database', at('database.url'), ...asFhir)).toEqual({
      ...{ code: 1, out: 'Exported 39 entries; 0 have no content any more.\n' },
      err: "1 don't say what was logged and were left out: run audit verify.\n",
    });
  } finally {
    await putBack();
  }
});

describe('npx sotto audit verify names', () => {
  it.each(tamperings)('over a database: $what', async ({ sql, sentences }) => {
    expect((await verify('--database', at('database.url'))).code).toBe(0);
    await owner.query(sql);
    try {
      const { code, out, err } = await verify('--database', at('database.url'));
      expect(code).toBe(1);
      expect(err).toBe('');
      expect(out).toContain('The log is NOT whole');
      for (const sentence of sentences) expect(out).toContain(sentence);
    } finally {
      await putBack();
    }
  });

  it.each(tamperings)('over an export: $what', async ({ lines, sentences }) => {
    expect((await verify('--export', at('log.jsonl'))).code).toBe(0);
    const whole = readFileSync(at('log.jsonl'), 'utf8').split('\n').slice(0, -1);
    writeFileSync(at('changed.jsonl'), `${lines(whole).join('\n')}\n`);
    const { code, out, err } = await verify('--export', at('changed.jsonl'));
    expect(code).toBe(1);
    expect(err).toBe('');
    for (const sentence of sentences) expect(out).toContain(sentence);
    // What was changed is the only thing that is named, but for what follows from it.
    expect(out.match(/^- /gm)?.length).toBeLessThanOrEqual(sentences.length + 1);
  });

  it.each([
    [
      'a leaf that stands elsewhere',
      (lines: readonly string[]) => lines.with(4, line(lines, 5)).with(6, line(lines, 3)),
      [
        '- Entry 5 was moved: it stands where entry 3 belongs.',
        '- Entry 3 was moved: it stands where entry 5 belongs.',
      ],
    ],
    [
      'a leaf that is there twice',
      (lines: readonly string[]) => lines.toSpliced(9, 0, line(lines, 3)),
      ['- Entry 3 is there more than once.'],
    ],
    [
      'a leaf too many',
      (lines: readonly string[]) => lines.toSpliced(41, 0, indexAs(line(lines, 39), 40)),
      ['- Entry 40 was added: the log says that it ends before.'],
    ],
    [
      'a line that is none',
      (lines: readonly string[]) => lines.with(4, line(lines, 3).replace('"salt"', '"sold"')),
      [
        '- Line 5 of the export was changed: it is no line of a log.',
        '- Entry 3 was removed, and its commitment with it',
      ],
    ],
    [
      'a checkpoint of somebody else',
      (lines: readonly string[]) => lines.with(44, (lines[44] ?? '').replace('\\n40\\n', '\\n41\\n')),
      ["- The checkpoint of size 41 wasn't signed by the log."],
    ],
  ] as const)('over an export: %s', async (_, lines, sentences) => {
    const whole = readFileSync(at('log.jsonl'), 'utf8').split('\n').slice(0, -1);
    writeFileSync(at('changed.jsonl'), `${lines(whole).join('\n')}\n`);
    const { code, out } = await verify('--export', at('changed.jsonl'));
    expect(code).toBe(1);
    for (const sentence of sentences) expect(out).toContain(sentence);
  });

  it.each([
    ['something else', 'hello\n', "This isn't what it should be (export: not a line of its kind (header))."],
    ['nothing', '', "This isn't what it should be (export: not a line of its kind (header))."],
    ['another log', '{"origin":"example.org/other","size":0,"v":1}\n', 'of another log than the key'],
  ])('%s in place of an export', async (_, text, sentence) => {
    writeFileSync(at('changed.jsonl'), text);
    const { code, err } = await verify('--export', at('changed.jsonl'));
    expect(code).toBe(1);
    expect(err).toContain(sentence);
  });
});

describe('npx sotto audit verify, given a line without an end', () => {
  it('says that it is none', async () => {
    writeFileSync(at('changed.jsonl'), `{"origin":"${origin}","size":0,"v":1}\n${'x'.repeat(5 << 20)}`);
    const { code, out } = await verify('--export', at('changed.jsonl'));
    expect(code).toBe(1);
    expect(out).toContain('- Line 2 of the export was changed: it is no line of a log.');
    expect(out.match(/- Line/g)).toHaveLength(1);
  });
});

describe('npx sotto audit prove', () => {
  it('says that it can’t prove anything of a log that isn’t the one', async () => {
    const whole = readFileSync(at('log.jsonl'), 'utf8').split('\n').slice(0, -1);
    const other = whole.with(4, indexAs(line(whole, 5), 3)).with(6, indexAs(line(whole, 3), 5));
    writeFileSync(at('changed.jsonl'), `${other.join('\n')}\n`);
    expect(await audit('prove', '7', '--export', at('changed.jsonl'))).toMatchObject({
      code: 1,
      err: "Entry 7 can't be proven: the log isn't the one that the checkpoint is of. Verify it.\n",
    });
    writeFileSync(at('changed.jsonl'), `${whole.toSpliced(5, 1).join('\n')}\n`);
    expect((await audit('prove', '7', '--export', at('changed.jsonl'))).code).toBe(1);
    expect((await audit('prove', '40', '--export', at('log.jsonl'))).code).toBe(2);
  });

  it.each([
    ['an edited entry', (proof: string) => proof.replace('staff-7', 'staff-8'), 'the entry is not what was logged'],
    [
      'another place',
      (proof: string) => proof.replace('"index":7', '"index":8'),
      'the entry does not stand in that log',
    ],
    [
      'another hash',
      (proof: string) => proof.replace(/"proof":\["[^"]{8}/, `"proof":["${'A'.repeat(8)}`),
      'does not stand in that log',
    ],
    ['another root', (proof: string) => proof.replace(/(\\n10\\n)[^"]{4}/, '$1AAAA'), 'does not stand in that log'],
    [
      'no cosignature',
      (proof: string) => proof.replace(/(— example\.org\/log [^\\]+\\n).*?"/, '$1"'),
      'no known witness has cosigned',
    ],
    [
      'the cosignature alone',
      (proof: string) => proof.replace(/— example\.org\/log [^\\]+\\n/, ''),
      "was not signed by that log's key",
    ],
  ])('checks a proof with %s', async (_, change, sentence) => {
    const { out: proof } = await audit('prove', '7', '--database', at('database.url'));
    expect(change(proof)).not.toBe(proof);
    writeFileSync(at('proof.json'), change(proof));
    const { code, out } = await audit('prove', '--check', at('proof.json'), ...trust);
    expect(code).toBe(1);
    expect(out).toContain(sentence);
  });
});
