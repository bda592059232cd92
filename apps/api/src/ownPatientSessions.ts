import type { SessionId } from '@sotto/protocol/ids';
import { maxPatientSessions, type PatientSession, type PatientSessions } from '@sotto/protocol/patientSignIn';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, desc, eq } from 'drizzle-orm';
import { asPatient, type Tokens } from './caller.ts';
import type { ClinicContext } from './clinicContext.ts';
import { deviceOf } from './deviceWords.ts';
import { aliveOf, endKeySession, endsOf } from './patientSession.ts';
import { patientSessionTable } from './schema.ts';

/** Who reads their own page in this browser, and until when. */
export const readPatientSession = (context: ClinicContext, tokens: Tokens): Promise<Result<PatientSession>> =>
  asPatient(context, tokens, async ({ subject, patient: { visit, byKey } }) =>
    accepted({
      ...{ patient: subject, visit: visit?.id ?? null },
      ends: byKey && endsOf(byKey, context.now()),
    }),
  );

/** Where the patient is signed in by a key of theirs. */
export const listPatientSessions = (context: ClinicContext, tokens: Tokens): Promise<Result<PatientSessions>> =>
  asPatient(context, tokens, async ({ subject, patient: { byKey } }) => {
    const rows = await context.database
      .select()
      .from(patientSessionTable)
      .where(aliveOf(subject, context.now()))
      .orderBy(desc(patientSessionTable.createdAt))
      .limit(maxPatientSessions);
    return accepted({
      sessions: rows.map(({ id, userAgent, address, kind, createdAt }) => ({
        ...{ id, device: deviceOf(userAgent), address, kind },
        ...{ beganAt: createdAt.toISOString(), isThis: id === byKey?.session },
      })),
    });
  });

/** Ends one of the patient's; `notFound` for anybody else's, and for one that is over. */
export const endPatientSession = (
  context: ClinicContext,
  tokens: Tokens,
  session: SessionId,
): Promise<Result<undefined>> =>
  asPatient(context, tokens, async ({ subject }) => {
    const [own] = await context.database
      .select({ id: patientSessionTable.id })
      .from(patientSessionTable)
      .where(and(aliveOf(subject, context.now()), eq(patientSessionTable.id, session)));
    const ended = own === undefined ? [] : await endKeySession(context, own.id);
    return ended.length === 1 ? accepted(undefined) : refused('notFound');
  });
