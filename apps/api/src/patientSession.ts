import type { PatientId, SessionId } from '@sotto/protocol/ids';
import { sessionId } from '@sotto/protocol/ids';
import type { Act, CredentialId } from '@sotto/protocol/keystore';
import { maxPatientSessions, type PatientSession, type PatientSignInAnswer } from '@sotto/protocol/patientSignIn';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, desc, eq, gt, inArray, isNotNull, isNull, lte, or, type SQL } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import type { KeystoreOutcome } from './keystoreClient.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { patientSessionTable, patientTable } from './schema.ts';
import type { Viewer } from './viewer.ts';
import type { VisitRecord } from './visitRecord.ts';

/** A session of a patient who signed in by a key: after so long without anybody doing anything there, and at the latest. */
const idleSeconds = 15 * 60;
const lifeSeconds = 8 * 3600;

type Token = string | undefined;

const secondsAfter = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000);

/** Whose session was checked for this very request: a patient who signed in by a key of theirs. */
export interface KeyHolder extends Pick<VisitRecord, 'patientId' | 'nameSealed'> {
  readonly session: SessionId;
  /** By which it began; the session ends with it. */
  readonly credential: CredentialId;
  readonly activeAt: Date;
  readonly expiresAt: Date;
}

const isAlive = (at: Date): SQL | undefined =>
  and(isNull(patientSessionTable.revokedAt), gt(patientSessionTable.expiresAt, at));

/** Those of a patient in which somebody did something lately. */
export const aliveOf = (patient: PatientId, at: Date): SQL | undefined =>
  and(
    eq(patientSessionTable.patientId, patient),
    isAlive(at),
    gt(patientSessionTable.activeAt, secondsAfter(at, -idleSeconds)),
  );

const end = ({ database, now }: Pick<ClinicContext, 'database' | 'now'>, which: SQL | undefined) =>
  database
    .update(patientSessionTable)
    .set({ revokedAt: now() })
    .where(and(which, isNull(patientSessionTable.revokedAt)))
    .returning({ id: patientSessionTable.id });

/** Ends one, whoever asks. */
export const endKeySession = (context: ClinicContext, session: SessionId) =>
  end(context, eq(patientSessionTable.id, session));

/**
 * Whose cookie it is; undefined without a session that is alive. One that is found idle is over for good: a clock that is set back
 * opens nothing again.
 */
export async function findKeyHolder(context: ClinicContext, token: Token): Promise<KeyHolder | undefined> {
  const { database, clinicId, now } = context;
  if (token === undefined) return undefined;
  const at = now();
  const [found] = await database
    .select({
      patientId: patientTable.id,
      nameSealed: patientTable.nameSealed,
      session: patientSessionTable.id,
      credential: patientSessionTable.credential,
      activeAt: patientSessionTable.activeAt,
      expiresAt: patientSessionTable.expiresAt,
    })
    .from(patientSessionTable)
    .innerJoin(patientTable, eq(patientTable.id, patientSessionTable.patientId))
    .where(and(eq(patientSessionTable.tokenHash, hashToken(token)), isAlive(at), eq(patientTable.clinicId, clinicId)));
  if (found === undefined) return undefined;
  if (Math.abs(at.getTime() - found.activeAt.getTime()) < idleSeconds * 1000) return found;
  await endKeySession(context, found.session);
  return undefined;
}

/** When the session ends, for its browser. */
export function endsOf(
  { activeAt, expiresAt }: Pick<KeyHolder, 'activeAt' | 'expiresAt'>,
  at: Date,
): PatientSession['ends'] {
  const idleFor = Math.max(0, Math.floor((at.getTime() - activeAt.getTime()) / 1000));
  return { idleSeconds, idleLeftSeconds: Math.max(0, idleSeconds - idleFor), at: expiresAt.toISOString() };
}

export interface BegunPatientSession {
  readonly session: PatientSession;
  readonly id: SessionId;
  readonly token: string;
  /** For how long its cookie is kept. */
  readonly seconds: number;
}

/**
 * Begins a session for a patient whose key the keystore has just checked; `unauthenticated` where the clinic has no such patient. In
 * the same browser it takes the place of the one before; of each patient so many are alive at most, and one more ends the oldest.
 */
export async function beginPatientSession(
  { database, clinicId, now }: ClinicContext & { readonly database: Transaction },
  { pseudonym, kind, credential }: PatientSignInAnswer,
  { viewer, former }: { readonly viewer: Viewer; readonly former: Token },
): Promise<Result<BegunPatientSession>> {
  const createdAt = now();
  const { id, patientId, tokenHash, expiresAt, revokedAt } = patientSessionTable;
  // One after the other: whoever signs in at two places at once is counted.
  const [patient] = await database
    .select({ id: patientTable.id })
    .from(patientTable)
    .where(and(eq(patientTable.id, pseudonym), eq(patientTable.clinicId, clinicId)))
    .for('update');
  if (patient === undefined) return refused('unauthenticated');
  const isDead = and(eq(patientId, pseudonym), or(lte(expiresAt, createdAt), isNotNull(revokedAt)));
  const isFormer = former === undefined ? undefined : eq(tokenHash, hashToken(former));
  await database.delete(patientSessionTable).where(or(isFormer, isDead));
  const live = await database
    .select({ id })
    .from(patientSessionTable)
    .where(eq(patientId, pseudonym))
    .orderBy(desc(patientSessionTable.createdAt));
  const tooMany = live.slice(maxPatientSessions - 1).map((one) => one.id);
  if (tooMany.length > 0) await database.delete(patientSessionTable).where(inArray(id, tooMany));
  const [token, session] = [newToken(), newId(sessionId)];
  const until = secondsAfter(createdAt, lifeSeconds);
  await database.insert(patientSessionTable).values({
    ...{ tokenHash: hashToken(token), id: session, patientId: pseudonym, credential, kind, ...viewer },
    ...{ createdAt, activeAt: createdAt, expiresAt: until },
  });
  const ends = endsOf({ activeAt: createdAt, expiresAt: until }, createdAt);
  return accepted({ session: { patient: pseudonym, visit: null, ends }, id: session, token, seconds: lifeSeconds });
}

/** Takes a browser's word for when somebody last did something there; never takes back what another tab has told. */
export async function notePatientActivity(
  context: ClinicContext,
  token: Token,
  idleFor: number,
): Promise<Result<PatientSession>> {
  const holder = await findKeyHolder(context, token);
  if (holder === undefined) return refused('unauthenticated');
  const at = context.now();
  const told = secondsAfter(at, -idleFor);
  const { session, patientId: patient, expiresAt } = holder;
  await context.database
    .update(patientSessionTable)
    .set({ activeAt: told })
    .where(
      and(
        eq(patientSessionTable.id, session),
        isNull(patientSessionTable.revokedAt),
        lte(patientSessionTable.activeAt, told),
      ),
    );
  const activeAt = told > holder.activeAt ? told : holder.activeAt;
  return accepted({ patient, visit: null, ends: endsOf({ activeAt, expiresAt }, at) });
}

/** Ends the session for good. Without one there is nothing to end. */
export async function leavePortal(context: ClinicContext, token: Token): Promise<Result<undefined>> {
  if (token !== undefined) await end(context, eq(patientSessionTable.tokenHash, hashToken(token)));
  return accepted(undefined);
}

/**
 * Ends the sessions that a key began once that key is ended, and all of a patient's once everything of theirs was shredded. What the
 * keystore did although its answer was lost ends them where the page is read next (`readPortal`).
 */
export async function endSessionsByAct(
  context: ClinicContext,
  act: Act,
  { tag }: Pick<KeystoreOutcome<unknown>, 'tag'>,
  isOfficer: boolean,
): Promise<void> {
  if (tag === 'refused') return;
  if (act.action === 'revokePatient') await end(context, eq(patientSessionTable.credential, act.credential));
  // Who isn't an officer has handed in nothing that would be, where nobody checked it.
  if (act.action === 'shred' && act.object === null && (tag === 'answered' || isOfficer))
    await end(context, eq(patientSessionTable.patientId, act.pseudonym));
}
