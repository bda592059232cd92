import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/index.ts';
import { sampleDraft } from '../samples.ts';
import { TestDatabase } from './database.ts';
import { createNotary } from './logInDatabase.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await TestDatabase.start();
}, 120_000);
afterEach(() => server.disconnect());
afterAll(() => server.remove());

const size = 600;
const tables = ['entry', 'commitments', 'subtree', 'sequencer', 'checkpoint'];

/** What an administrator of the database did, and what the verifier says. */
const cases: [string, string, readonly Finding[]][] = [
  ['nothing', 'SELECT 1', []],
  [
    'edited an entry',
    `UPDATE audit.entry SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'staff-3', 'staff-4'), 'UTF8')
     WHERE index = 3`,
    [{ tag: 'edited', index: 3 }],
  ],
  [
    'put rubbish in its place',
    `UPDATE audit.entry SET canonical = '\\x00ff' WHERE index = 3`,
    [{ tag: 'edited', index: 3 }],
  ],
  [
    'changed a salt',
    `UPDATE audit.entry SET salt = set_byte(salt, 0, get_byte(salt, 0) # 1) WHERE index = 3`,
    [{ tag: 'edited', index: 3 }],
  ],
  [
    'edited an entry and its commitment',
    `UPDATE audit.entry SET canonical = '\\x7b7d' WHERE index = 150;
     UPDATE audit.commitments SET hashes = overlay(hashes placing
       (SELECT sha256(salt || canonical) FROM audit.entry WHERE index = 150) from (150 - start::int) * 32 + 1)
     WHERE start = 100`,
    [
      { tag: 'malformed', index: 150 },
      { tag: 'fork', size: 200, after: 100 },
    ],
  ],
  ['removed an entry', 'DELETE FROM audit.entry WHERE index = 8', [{ tag: 'removed', index: 8 }]],
  [
    'removed entries with their commitments',
    'DELETE FROM audit.entry WHERE index BETWEEN 100 AND 199; DELETE FROM audit.commitments WHERE start = 100',
    [{ tag: 'missing', index: 100, last: 199 }],
  ],
  [
    'exchanged entries',
    `UPDATE audit.entry e SET canonical = o.canonical, salt = o.salt, actor = o.actor FROM audit.entry o
     WHERE (e.index, o.index) IN ((10, 11), (11, 10))`,
    [
      { tag: 'reordered', index: 10, belongsAt: 11 },
      { tag: 'reordered', index: 11, belongsAt: 10 },
    ],
  ],
  [
    'copied an entry over another',
    `UPDATE audit.entry e SET canonical = o.canonical, salt = o.salt, actor = o.actor FROM audit.entry o
     WHERE e.index = 12 AND o.index = 13`,
    [{ tag: 'duplicated', index: 12, firstAt: 13 }],
  ],
  [
    'added an entry behind the end',
    `INSERT INTO audit.entry SELECT 9000, salt, canonical, time, actor, patient, action, resource
     FROM audit.entry WHERE index = 1`,
    [{ tag: 'added', index: 9000 }],
  ],
  [
    'hid an entry from its patient',
    `UPDATE audit.entry SET patient = 'patient-9' WHERE index = 5`,
    [{ tag: 'mislabelled', index: 5 }],
  ],
  [
    'hid what an entry is about',
    `UPDATE audit.entry SET action = 'audit.erase' WHERE index = 5`,
    [{ tag: 'mislabelled', index: 5 }],
  ],
  [
    'hid when it was',
    `UPDATE audit.entry SET time = time + interval '1 hour' WHERE index = 5`,
    [{ tag: 'mislabelled', index: 5 }],
  ],
  [
    'changed a commitment',
    'UPDATE audit.commitments SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) WHERE start = 500',
    [{ tag: 'fork', size: 600, after: 500 }],
  ],
  [
    'set the log back',
    `DELETE FROM audit.entry WHERE index >= 500; DELETE FROM audit.commitments WHERE start >= 500;
     UPDATE audit.sequencer SET size = 500`,
    [{ tag: 'rollback', size: 500, stated: 600 }],
  ],
  [
    'changed the root that is signed next',
    `UPDATE audit.sequencer SET root = sha256('')`,
    [{ tag: 'derived', what: 'head' }],
  ],
  [
    'changed the edge that is appended to',
    'UPDATE audit.sequencer SET subtrees = set_byte(subtrees, 0, 0)',
    [{ tag: 'derived', what: 'head' }],
  ],
  [
    'changed a hash for proofs',
    'UPDATE audit.subtree SET hash = sha256(hash) WHERE index = 1',
    [{ tag: 'derived', what: 'subtree' }],
  ],
  ['removed a hash for proofs', 'DELETE FROM audit.subtree WHERE index = 1', [{ tag: 'derived', what: 'subtree' }]],
  [
    'changed a checkpoint',
    `UPDATE audit.checkpoint SET note = regexp_replace(note, '\\n600\\n', E'\\n700\\n') WHERE size = 600`,
    [{ tag: 'forged', size: 700 }],
  ],
  [
    'put a time where none is, and edited another entry',
    `UPDATE audit.entry SET time = 'infinity' WHERE index = 5;
     UPDATE audit.entry SET canonical = '\\x7b7d' WHERE index = 3`,
    [
      { tag: 'mislabelled', index: 5 },
      { tag: 'edited', index: 3 },
    ],
  ],
  [
    'moved a time by less than is told',
    `UPDATE audit.entry SET time = time + interval '999 microseconds' WHERE index = 5`,
    [{ tag: 'mislabelled', index: 5 }],
  ],
  [
    'put rubbish in a checkpoint’s place, and edited an entry',
    `UPDATE audit.checkpoint SET note = 'x' WHERE size = 600; UPDATE audit.entry SET canonical = '\\x7b7d' WHERE index = 3`,
    [
      { tag: 'forged', size: 600 },
      { tag: 'uncovered', index: 500, size: 600 },
      { tag: 'edited', index: 3 },
    ],
  ],
  [
    'taken away every checkpoint, and rewritten an entry',
    `DELETE FROM audit.checkpoint; UPDATE audit.entry SET canonical = '\\x7b7d' WHERE index = 3`,
    [
      { tag: 'uncovered', index: 0, size: 600 },
      { tag: 'edited', index: 3 },
    ],
  ],
  [
    'kept a checkpoint as another’s',
    'UPDATE audit.checkpoint SET size = 599 WHERE size = 600',
    [{ tag: 'derived', what: 'checkpoint' }],
  ],
  [
    'kept a witnessed checkpoint as an unwitnessed one',
    'UPDATE audit.checkpoint SET witnessed = false WHERE size = 600',
    [{ tag: 'derived', what: 'checkpoint' }],
  ],
  [
    'put more entries behind the end than a call takes arguments',
    `INSERT INTO audit.entry SELECT 100000 + g, salt, canonical, time, actor, patient, action, resource
     FROM audit.entry, generate_series(1, 130000) g WHERE index = 1`,
    [{ tag: 'added', index: 100_001 }],
  ],
  [
    'put a commitment behind the end',
    `INSERT INTO audit.commitments VALUES (600, sha256('a'))`,
    [{ tag: 'added', index: 600 }],
  ],
  [
    'planted the end of a patient’s count',
    `ALTER TABLE audit.erased_head DISABLE TRIGGER USER;
     INSERT INTO audit.erased_head VALUES ('patient-1', 9007199254740990, sha256('x'))`,
    [{ tag: 'derived', what: 'patient' }],
  ],
  [
    'made the log as long as no log is',
    'UPDATE audit.sequencer SET size = 9007199254740991',
    [{ tag: 'missing', index: 600, last: 9_007_199_254_740_990 }],
  ],
  [
    'set how times are told',
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET DateStyle = ''German''', current_database()); END $$`,
    [],
  ],
];

describe('an administrator of the database who has', () => {
  it.each(cases)('%s is found out', async (_, statement, expected) => {
    const { log, database, owner } = await server.freshLog();
    const { checkpointerOf, verify } = await createNotary();
    const checkpointer = checkpointerOf(database);
    for (let start = 0; start < size; start += 100) {
      await log.append(
        Array.from({ length: 100 }, (_, i) => ({
          ...sampleDraft,
          actor: `staff-${start + i}`,
          patient: (start + i) % 2 === 0 ? null : `patient-${i % 3}`,
        })),
      );
      expect((await checkpointer.checkpoint()).tag).toBe('witnessed');
    }
    // Triggers hold an administrator only until they are taken away.
    await owner.query(tables.map((table) => `ALTER TABLE audit.${table} DISABLE TRIGGER USER;`).join(''));
    await owner.query(statement);
    const { findings } = await verify(database);
    for (const finding of expected) expect(findings).toContainEqual(finding);
    if (expected.length === 0) expect(findings).toEqual([]);
  });
});
