import { base64url } from '@sotto/protocol/bytes';
import type { ClinicId, StaffId } from '@sotto/protocol/ids';
import { type IncidentId, incidentRules, incidentSteps } from '@sotto/protocol/incidents';
import { bigint, integer, primaryKey, text } from 'drizzle-orm/pg-core';
import type * as z from 'zod';
import { clinicSchema, time } from './schema.ts';

/** Id of what tells of an incident. */
export const messageId = base64url(22).brand<'MessageId'>();
export type MessageId = z.infer<typeof messageId>;

export const incidentTable = clinicSchema.table('incident', {
  id: text('id').$type<IncidentId>().primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  staffId: text('staff_id').$type<StaffId>(),
  openedAt: time('opened_at').notNull(),
  criticalAt: time('critical_at'),
  containSince: time('contain_since'),
  disableSince: time('disable_since'),
  disabledAt: time('disabled_at'),
  containedAt: time('contained_at'),
  toldAt: time('told_at'),
  liftedAt: time('lifted_at'),
  closedAt: time('closed_at'),
});

export const incidentAlertTable = clinicSchema.table('incident_alert', {
  key: text('key').primaryKey(),
  incidentId: text('incident_id').$type<IncidentId>().notNull(),
  rule: text('rule', { enum: incidentRules }).notNull(),
  count: integer('count').notNull(),
  bound: integer('bound').notNull(),
  at: time('at').notNull(),
});

export const incidentStepTable = clinicSchema.table(
  'incident_step',
  {
    incidentId: text('incident_id').$type<IncidentId>().notNull(),
    step: text('step', { enum: incidentSteps }).notNull(),
    doneAt: time('done_at').notNull(),
    doneBy: text('done_by').$type<StaffId>(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.step] })],
);

/** By what else than mail an incident is told. */
export const messageChannels = ['sms', 'webhook'] as const;

export const incidentMessageTable = clinicSchema.table('incident_message', {
  id: text('id').$type<MessageId>().primaryKey(),
  incidentId: text('incident_id').$type<IncidentId>().notNull(),
  channel: text('channel', { enum: messageChannels }).notNull(),
  dueAt: time('due_at').notNull(),
  tries: integer('tries').notNull().default(0),
  sentAt: time('sent_at'),
  givenUpAt: time('given_up_at'),
  madeAt: time('made_at').notNull(),
});

export const watchedAccessesTable = clinicSchema.table('watched_accesses', {
  clinicId: text('clinic_id').$type<ClinicId>().primaryKey(),
  through: bigint('through', { mode: 'number' }).notNull(),
});
