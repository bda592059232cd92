import { bigint, boolean, customType, pgSchema, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  fromDriver: (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
});

/** The tables of `migrations`, where their meaning stands. */
const auditSchema = pgSchema('audit');

export const entryTable = auditSchema.table('entry', {
  index: bigint({ mode: 'number' }).primaryKey(),
  salt: bytea().notNull(),
  canonical: bytea().notNull(),
  time: timestamp({ withTimezone: true, mode: 'string' }).notNull(),
  actor: text().notNull(),
  patient: text(),
  action: text().notNull(),
  resource: text().notNull(),
});

export const commitmentsTable = auditSchema.table('commitments', {
  start: bigint({ mode: 'number' }).primaryKey(),
  hashes: bytea().notNull(),
});

export const subtreeTable = auditSchema.table(
  'subtree',
  { level: smallint().notNull(), index: bigint({ mode: 'number' }).notNull(), hash: bytea().notNull() },
  (table) => [primaryKey({ columns: [table.level, table.index] })],
);

export const sequencerTable = auditSchema.table('sequencer', {
  single: boolean().primaryKey(),
  size: bigint({ mode: 'number' }).notNull(),
  subtrees: bytea().notNull(),
  root: bytea().notNull(),
});

export const erasedHeadTable = auditSchema.table('erased_head', {
  patient: text().primaryKey(),
  sequence: bigint({ mode: 'number' }).notNull(),
  commitment: bytea().notNull(),
});

export const checkpointTable = auditSchema.table(
  'checkpoint',
  {
    size: bigint({ mode: 'number' }).notNull(),
    witnessed: boolean().notNull(),
    note: text().notNull(),
    madeAt: timestamp('made_at', { withTimezone: true, mode: 'date' }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.size, table.witnessed] })],
);
