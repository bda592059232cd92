import type { ClinicId } from '@sotto/protocol/ids';
import type { purposes } from '@sotto/protocol/keystore';
import type { PhiRoute } from '@sotto/protocol/phi';
import { text } from 'drizzle-orm/pg-core';
import { bytea, clinicSchema, time } from './schema.ts';

/** What somebody may do once with a patient's content, within a minute. */
export const phiIntentTable = clinicSchema.table('phi_intent', {
  idHash: bytea('id_hash').primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  sessionId: text('session_id').notNull(),
  route: text('route').$type<PhiRoute>().notNull(),
  resource: text('resource').notNull(),
  patientId: text('patient_id').notNull(),
  purpose: text('purpose').$type<keyof typeof purposes>().notNull(),
  expiresAt: time('expires_at').notNull(),
});
