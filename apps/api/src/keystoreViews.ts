import { decodeEntry, parseProvenEntry } from '@sotto/audit';
import type { StaffRole } from '@sotto/protocol/clinic';
import { type PatientId, type StaffId, staffId } from '@sotto/protocol/ids';
import type { Enrolment } from '@sotto/protocol/keystore';
import type {
  Directory,
  EntriesRequest,
  LegalHolds,
  patientKeysQuery,
  Restrictions,
} from '@sotto/protocol/keystoreRoutes';
import { endsPasskey } from '@sotto/protocol/passkeyEnd';
import type {
  DirectoryView,
  EnrolmentView,
  EntriesView,
  entriesQuery,
  KeptView,
  noticesQuery,
  noticesView,
  ObjectPage,
  pageQuery,
} from '@sotto/protocol/records';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import { asCaller, type Caller, hasRole, type Tokens } from './caller.ts';
import { findRelated, namePatients, namePeople } from './people.ts';
import { asking, type RecordsContext } from './relay.ts';
import { mapAnswer, type Relayed } from './relayAnswer.ts';
import { withRestrictions } from './restrictions.ts';
import { visitTable } from './schema.ts';
import { listPageOf, listWritersOf } from './sealedObjects.ts';
import type { SignedInStaff } from './staffSession.ts';
import { isClosed } from './visitRecord.ts';

/** As `mapAnswer`, of what was asked. */
async function viewOf<T, U>(relayed: Relayed<T>, change: (value: T) => Promise<U>): Promise<Relayed<U>> {
  return relayed.ok ? mapAnswer(relayed.value, change) : relayed;
}

/**
 * Clinicians' passkeys, with the people's names: to staff every one. To a patient those of who wrote about them, by which
 * their browser checks who signed; and, without a name, everything that ends a passkey and the passkeys that ended: any physician of
 * the directory could come into a visit, so their browser has to know whose passkeys count no more.
 */
export const readDirectory = (context: RecordsContext, tokens: Tokens): Promise<Relayed<DirectoryView>> =>
  asCaller(context, tokens, async (caller) =>
    viewOf(await asking(context, 'readings', caller.subject, () => context.keystore.directory()), async (list) => {
      if (caller.kind === 'patient') return directoryFor(context, caller.subject, list);
      const people = [...list.entries, ...list.revocations].flatMap(({ payload }) => [
        payload.subject,
        ...('enrolledBy' in payload ? payload.enrolledBy : payload.revokedBy),
      ]);
      return { ...list, people: await namePeople(context, people) };
    }),
  );

async function directoryFor(context: RecordsContext, patient: PatientId, list: Directory): Promise<DirectoryView> {
  const writers = new Set(await listWritersOf(context, patient));
  const isWanted = ({ payload }: Directory['entries'][number]): boolean =>
    writers.has(payload.subject) || list.revocations.some((statement) => endsPasskey(statement, payload));
  return {
    entries: list.entries.filter(isWanted),
    revocations: list.revocations,
    people: await namePeople(context, writers),
  };
}

/** Which of the enrolments that wait are for this member of staff to sign. */
async function enrolmentsFor(
  { database, clinicId, now }: RecordsContext,
  { id, roles }: SignedInStaff,
  all: readonly Enrolment[],
): Promise<(enrolment: Enrolment) => boolean> {
  // Patients' too: who lost every key is helped by an officer and another.
  if (roles.includes('privacyOfficer')) return () => true;
  const visits = all.flatMap((one) => (one.of === 'patient' ? [one.visit] : []));
  const own =
    visits.length === 0
      ? []
      : await database
          .select({
            id: visitTable.id,
            patientId: visitTable.patientId,
            status: visitTable.status,
            startsAt: visitTable.startsAt,
          })
          .from(visitTable)
          .where(
            and(eq(visitTable.clinicId, clinicId), eq(visitTable.clinicianId, id), inArray(visitTable.id, visits)),
          );
  // Only what can still be signed.
  const open = own.filter((visit) => !isClosed(visit, now()));
  return (one) =>
    one.of === 'patient' && open.some((visit) => visit.id === one.visit && visit.patientId === one.entry.pseudonym);
}

/** What waits for the caller's signature: everybody for an officer, for a physician the patients of own visits. */
export const listEnrolments = (context: RecordsContext, tokens: Tokens): Promise<Relayed<EnrolmentView>> =>
  asCaller(context, tokens, async (caller) => {
    if (caller.kind !== 'staff') return refused('forbidden');
    const { staff } = caller;
    const listed = await asking(context, 'readings', staff.id, () => context.keystore.listEnrolments());
    return viewOf(listed, async ({ enrolments: all }) => {
      const isFor = await enrolmentsFor(
        context,
        staff,
        all.map(({ enrolment }) => enrolment),
      );
      const enrolments = all.filter(({ enrolment }) => isFor(enrolment));
      const [subjects, pseudonyms] = [new Set<string>(), new Set<string>()];
      for (const { enrolment } of enrolments) {
        if (enrolment.of === 'clinician') subjects.add(enrolment.entry.subject);
        else pseudonyms.add(enrolment.entry.pseudonym);
      }
      return {
        enrolments,
        people: await namePeople(context, subjects),
        patients: await namePatients(context, caller, pseudonyms),
      };
    });
  });

type EntriesQuery = z.infer<typeof entriesQuery>;

/** Whose entries the caller may read; `forbidden` and `notFound` if not these. */
async function scopeOf(
  context: RecordsContext,
  caller: Caller,
  { about, patient, person }: EntriesQuery,
): Promise<Result<EntriesRequest['about']>> {
  const isOfficer = hasRole(caller, 'privacyOfficer');
  if (about === 'all') return isOfficer ? accepted({ of: 'all' }) : refused('forbidden');
  if (about === 'person') {
    if (!isOfficer) return refused('forbidden');
    return person === undefined ? refused('invalid') : accepted({ of: 'actor', subject: person });
  }
  if (caller.kind === 'patient') {
    // What a patient did and what was done with the patient's objects is one chain.
    if (patient !== undefined && patient !== caller.subject) return refused('notFound');
    return accepted({ of: 'patient', pseudonym: caller.subject });
  }
  if (about === 'own') return accepted({ of: 'actor', subject: caller.subject });
  if (patient === undefined) return refused('invalid');
  // An officer reads of everybody anyway, and also of patients whom the clinic's records have lost.
  if (isOfficer) return accepted({ of: 'patient', pseudonym: patient });
  const related = await findRelated(context, caller.subject, [patient]);
  return related.length === 0 ? refused('notFound') : accepted({ of: 'patient', pseudonym: patient });
}

/** Whom an entry speaks of. Whether it is true the reader's browser finds out. */
function idsIn(proof: string): { people: string[]; patient: string | null } {
  try {
    const { content } = parseProvenEntry(proof).leaf;
    if (!content) return { people: [], patient: null };
    const { actor, resource, patient } = decodeEntry(content.encoded);
    return {
      people: [...actor.split('+'), ...resource.split(':')].filter((text) => staffId.safeParse(text).success),
      patient,
    };
  } catch {
    return { people: [], patient: null };
  }
}

/** By which role somebody reads the log: as an officer where one of theirs is an officer's, since they see the most by it. */
function readerRole(caller: Caller): StaffRole | 'patient' {
  if (caller.kind === 'patient') return 'patient';
  const [first] = caller.staff.roles;
  if (first === undefined) throw new Error('No role permits what is asked.');
  return hasRole(caller, 'privacyOfficer') ? 'privacyOfficer' : first;
}

/** Entries of the access log, newest first, with the names that the caller may know. */
export const readEntries = (
  context: RecordsContext,
  tokens: Tokens,
  query: EntriesQuery,
): Promise<Relayed<EntriesView>> =>
  asCaller(
    context,
    tokens,
    async (caller) => {
      const about = await scopeOf(context, caller, query);
      if (!about.ok) return about;
      const reader = { subject: caller.subject, role: readerRole(caller) };
      const { nonce, before = null, limit } = query;
      const read = await asking(context, 'readings', caller.subject, () =>
        context.keystore.readEntries({ reader, about: about.value, nonce, before, limit }),
      );
      return viewOf(read, async (page) => {
        const ids = [page.reading, ...page.entries].map(idsIn);
        return {
          ...page,
          people: await namePeople(
            context,
            ids.flatMap(({ people }) => people),
          ),
          patients: await namePatients(
            context,
            caller,
            ids.flatMap(({ patient }) => patient ?? []),
          ),
        };
      });
    },
    // A clinician says which patient; a patient needn't.
    (caller) => caller.kind === 'patient' || query.about !== 'patient' || query.patient !== undefined,
  );

/** Asks for an officer; `forbidden` to everybody else. */
const asOfficer = <T>(
  context: RecordsContext,
  tokens: Tokens,
  ask: (officer: StaffId) => Promise<Relayed<T>>,
): Promise<Relayed<T>> =>
  asCaller(context, tokens, async (caller) =>
    caller.kind === 'staff' && hasRole(caller, 'privacyOfficer') ? ask(caller.subject) : refused('forbidden'),
  );

/** Who is under legal hold. */
export const listHolds = (
  context: RecordsContext,
  tokens: Tokens,
  { before }: z.infer<typeof pageQuery>,
): Promise<Relayed<LegalHolds>> =>
  asOfficer(context, tokens, (officer) =>
    asking(context, 'readings', officer, () => context.keystore.legalHolds({ before })),
  );

/** What nobody opens at present. */
export const listRestrictions = (
  context: RecordsContext,
  tokens: Tokens,
  { before }: z.infer<typeof pageQuery>,
): Promise<Relayed<Restrictions>> =>
  asOfficer(context, tokens, (officer) =>
    asking(context, 'readings', officer, () => context.keystore.restrictions({ before })),
  );

/** A patient's keys, whether they are under legal hold, and what of theirs is restricted. */
export const readKept = (
  context: RecordsContext,
  tokens: Tokens,
  pseudonym: PatientId,
  { nonce }: z.infer<typeof patientKeysQuery>,
): Promise<Relayed<KeptView>> =>
  asOfficer(context, tokens, async (officer) => {
    const holds = await asking(context, 'readings', officer, () => context.keystore.legalHolds({ pseudonym }));
    if (!holds.ok) return holds;
    if (holds.value.tag !== 'answered') return accepted(holds.value);
    const hold = holds.value.value.holds.find((one) => one.pseudonym === pseudonym);
    const keys = await asking(context, 'readings', officer, () => context.keystore.patientKeys(pseudonym, nonce));
    return withRestrictions(context, keys, pseudonym, (known, restrictions) => ({
      ...{ ...known, restrictions, heldSince: hold?.placedAt ?? null },
    }));
  });

/** What was written about a patient, newest first, for an officer. */
export const listKeptObjects = (
  context: RecordsContext,
  tokens: Tokens,
  pseudonym: PatientId,
  { before }: z.infer<typeof pageQuery>,
): Promise<Result<ObjectPage>> =>
  asCaller(context, tokens, async (caller) =>
    hasRole(caller, 'privacyOfficer') ? accepted(await listPageOf(context, pseudonym, before)) : refused('forbidden'),
  );

/** What an officer is to be told. */
export const listNotices = (
  context: RecordsContext,
  tokens: Tokens,
  { after }: z.infer<typeof noticesQuery>,
): Promise<Relayed<z.infer<typeof noticesView>>> =>
  asCaller(context, tokens, async (caller) => {
    if (!hasRole(caller, 'privacyOfficer')) return refused('forbidden');
    const listed = await asking(context, 'readings', caller.subject, () => context.keystore.listNotices(after));
    return viewOf(listed, async ({ notices }) => ({
      notices,
      people: await namePeople(
        context,
        notices.flatMap(({ subject }) => subject ?? []),
      ),
    }));
  });
