import { errorBody } from '@sotto/protocol/errors';
import { guestInvitation } from '@sotto/protocol/guests';
import type { ObjectId } from '@sotto/protocol/ids';
import type { ReleaseRequest } from '@sotto/protocol/keystore';
import { mintAnswer, type SignedClosing } from '@sotto/protocol/keystoreRoutes';
import { patientSessions } from '@sotto/protocol/patientSignIn';
import { intentHeader } from '@sotto/protocol/phi';
import { noLimits } from '@sotto/protocol/roleLimits';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endRole } from '../src/access/roleAssignment.ts';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { staffTable } from '../src/schema.ts';
import { birthDate, createVisit, joinAsPatient, leaf, startClinic } from './clinic.ts';
import type { Answer, HttpClient } from './httpClient.ts';
import { nameOf, type Operation, readOperations } from './operations.ts';
import { phiRouteOf, readerOf, takeIntentId } from './phi.ts';
import { entriesOf, LogWatch } from './platformLog.ts';
import { RecordedVisit } from './recordedVisit.ts';
import { type Clinician, Records } from './records.ts';
import { entitled, everyStaff, refusesMore, table, type Whose } from './routeTable.ts';
import { valid } from './schemaArbitrary.ts';

/** Physicians who once were let in: their account was disabled, their role has ended, they are another clinic's. */
const outsiders = ['disabled', 'roleless', 'elsewhere'] as const;
const callers = ['nobody', ...outsiders, ...entitled] as const;
type CallerName = (typeof callers)[number];
const nonce = 'AAECAwQFBgcICQoLDA0ODw';
const idleSeconds = 3 * 3600;

interface Things {
  readonly visitId: string;
  /** Handed in. */
  readonly note: ObjectId;
  /** Minted, and not handed in. */
  readonly started: ObjectId;
  readonly participantId: string;
  readonly pseudonym: string;
  /** Somebody's who does nothing. */
  readonly staffId: string;
  readonly patient: HttpClient;
  /** Where the same patient signed in by a key of theirs. */
  readonly byKey: HttpClient;
  readonly sessionId: string;
  readonly guest: HttpClient;
}

/** Whose session counts for nothing. */
const unknown: ReadonlySet<CallerName> = new Set(['nobody', 'disabled', 'elsewhere']);

let records: Records;
let operations: Operation[];
let things: Readonly<Record<Whose, Things>>;
/** What no generator makes: the physician's own. */
let signed: Readonly<Record<'enrolment' | 'act' | 'release' | 'closing' | 'recording', object>>;
/** Physicians, each of whom has these things. */
let owners: Readonly<Record<Whose, HttpClient>>;
let browsers: Readonly<Record<CallerName, HttpClient>>;
/** By what each is named in the log. */
let actors: Readonly<Partial<Record<CallerName, string>>>;

async function thingsOf(physician: Clinician, name: string): Promise<Things> {
  const { clinic } = records;
  const visit = await createVisit(physician.browser, clinic, `Planted ${name}`);
  const note = await records.write(physician, { visit });
  const minted = await physician.browser.send('POST', `/api/visits/${visit.id}/objects`);
  const endsAt = new Date(clinic.context.now().getTime() + 3_600_000).toISOString();
  const body = { kind: 'family', name: `Planted Guest of ${name}`, endsAt };
  const invited = guestInvitation.parse(
    (await physician.browser.send('POST', `/api/visits/${visit.id}/guests`, { body })).json,
  );
  const guest = clinic.visitor();
  await guest.send('POST', '/api/join', { body: { secret: new URL(invited.url).hash.slice(1) } });
  const patient = await joinAsPatient(physician.browser, clinic, visit.id);
  const byKey = clinic.visitor();
  await records.signInPatient(await records.patientKey(physician, note, patient), byKey);
  const { sessions } = patientSessions.parse((await byKey.send('GET', '/api/portal/sessions')).json);
  return {
    ...{ visitId: visit.id, note: note.object, pseudonym: note.pseudonym },
    staffId: (await clinic.addStaff('staff')).id,
    started: mintAnswer.parse(minted.json).statement.payload.object,
    participantId: invited.guest.participantId,
    ...{ patient, byKey, sessionId: sessions[0]?.id ?? '' },
    guest,
  };
}

/** Of the right shape; nobody's key has signed it. */
const closingOf = (request: ReleaseRequest): SignedClosing => ({
  request,
  closing: { type: 'sotto/closing/v1', clinic: request.clinic, request: request.id, seconds: 1, isOver: true },
  signature: 'A'.repeat(86),
});

beforeAll(async () => {
  records = await Records.start(undefined, { idleLockSeconds: idleSeconds });
  const { clinic } = records;
  // All of the sweep comes from one address: rateLimit.test.ts.
  Object.assign(clinic.context.limits, { requests: createAttemptLimit(1e9, 60) });
  const [mine, stranger] = [
    await records.enrolled('physician', 'Dr Mine'),
    await records.enrolled('physician', 'Dr Other'),
  ];
  const [own, foreign] = [await thingsOf(mine, 'Own'), await thingsOf(stranger, 'Foreign')];
  things = { own, foreign };
  owners = { own: mine.browser, foreign: stranger.browser };
  const release = await records.release(mine, [own.note]);
  signed = {
    enrolment: records.enrolmentOf(mine),
    act: await records.act([mine], { action: 'enrol', entry: records.entryOf(mine) }, records.enrolmentOf(mine)),
    release,
    closing: closingOf(release.request),
    recording: (await (await RecordedVisit.begin(records, mine)).track(0)).upload,
  };
  const onceLetIn = async () => {
    const account = await clinic.addPhysician('Dr Former');
    return { account, browser: await clinic.signIn(account) };
  };
  const [disabled, roleless] = [await onceLetIn(), await onceLetIn()];
  const { database, now } = clinic.context;
  await database.update(staffTable).set({ disabledAt: now() }).where(eq(staffTable.id, disabled.account.id));
  await endRole(database, roleless.account.id, 'physician', now());
  const suspended = await records.enrolled('physician', 'Dr Suspended');
  const signedOut = { suspendedAt: now(), disabledAt: now() };
  await database.update(staffTable).set(signedOut).where(eq(staffTable.id, suspended.id));
  const emergency = clinic.visitor();
  await records.signInByPasskey(suspended, emergency);
  const elsewhere = clinic.visitor();
  const other = await startClinic();
  for (const [name, value] of (await other.physician()).cookies) elsewhere.cookies.set(name, value);
  await other.close();
  const [nurse, staff, admin] = [
    await clinic.addStaff('nurse'),
    await clinic.addStaff('staff'),
    await clinic.addStaff('admin'),
  ];
  browsers = {
    ...{ disabled: disabled.browser, roleless: roleless.browser, elsewhere, emergency },
    ...{ nobody: clinic.visitor(), physician: mine.browser, patient: own.patient, guest: own.guest },
    patientByKey: own.byKey,
    ...{ nurse: await clinic.signIn(nurse), staff: await clinic.signIn(staff), admin: await clinic.signIn(admin) },
    privacyOfficer: records.officer(0).browser,
  };
  actors = {
    ...{
      physician: mine.id,
      patient: own.pseudonym,
      patientByKey: own.pseudonym,
      guest: own.participantId,
      nurse: nurse.id,
      staff: staff.id,
    },
    ...{
      admin: admin.id,
      privacyOfficer: records.officer(0).id,
      roleless: roleless.account.id,
      emergency: suspended.id,
    },
  };
  operations = await readOperations(clinic.visitor());
}, 300_000);
afterAll(() => records.close(), 60_000);

const soon = (hours: number) => new Date(records.clinic.context.now().getTime() + hours * 3_600_000).toISOString();

/** Queries that the document says too little of, and what else one route may be asked. */
function queriesOf(operation: Operation, whose: Whose): Readonly<Record<string, string>> {
  const { pseudonym } = things[whose];
  switch (nameOf(operation)) {
    case 'GET /api/visits':
      return { '': `?from=${soon(-1)}&to=${soon(1)}` };
    case 'GET /api/log':
    case 'GET /api/portal':
    case 'GET /api/keystore/patients/{pseudonym}':
      return { '': `?nonce=${nonce}` };
    case 'GET /api/keystore/entries':
      return {
        '': `?about=own&nonce=${nonce}`,
        '?about=patient': `?about=patient&patient=${pseudonym}&nonce=${nonce}`,
        '?about=all': `?about=all&nonce=${nonce}`,
        '?about=person': `?about=person&person=${records.officer(1).id}&nonce=${nonce}`,
      };
    default:
      return { '': '' };
  }
}

const bodies: Readonly<Record<string, (whose: Whose, browser: HttpClient) => object>> = {
  'POST /api/intents': (whose, browser) => ({
    ...{ route: 'readNote', object: things[whose].note, ...readerOf(browser) },
  }),
  'POST /api/visits': () => ({ patientName: 'Planted New', birthDate, startsAt: soon(1), minutes: 20 }),
  'POST /api/patients/find': () => ({ patientName: 'Planted Own', birthDate }),
  'POST /api/visits/{visitId}/guests': () => ({ kind: 'other', name: 'Planted New', endsAt: soon(1) }),
  'PUT /api/visits/{visitId}/birth-date': () => ({ birthDate }),
  'PUT /api/visits/{visitId}/guests/{participantId}/end': () => ({ endsAt: soon(2) }),
  'POST /api/visits/{visitId}/ticket': () => ({ leaf }),
  'POST /api/join/ticket': () => ({ leaf }),
  'POST /api/keystore/enrolments': () => signed.enrolment,
  'POST /api/keystore/acts': () => signed.act,
  'POST /api/keystore/releases': () => signed.release,
  'POST /api/keystore/closings': () => signed.closing,
  'PUT /api/portal/notices': () => ({ address: 'planted.person@clinic.example', locale: 'en' }),
  'PUT /api/phi/objects/{objectId}/recording': () => signed.recording,
  'POST /api/people/invitations': () => ({
    ...{ name: 'Planted New', email: 'planted.new@clinic.example', role: 'nurse', locale: 'en' },
  }),
  'POST /api/policy/question': () => ({
    ...{ staff: things.own.staffId, action: 'visit:read', of: 'own', at: soon(0) },
    ...{ address: null, passkey: false },
  }),
  'POST /api/people/{staffId}/new-password': () => ({ locale: 'en' }),
  'POST /api/people/{staffId}/roles': () => ({ role: 'nurse', limits: noLimits }),
};

function bodyOf(operation: Operation, whose: Whose, browser: HttpClient): unknown {
  if (operation.body === null) return undefined;
  const given = bodies[nameOf(operation)];
  return given ? given(whose, browser) : fc.sample(valid(operation.body), { numRuns: 1, seed: 7 })[0];
}

function pathOf({ method, path }: Operation, whose: Whose): string {
  const { visitId, note, started, participantId, pseudonym, staffId, sessionId } = things[whose];
  const isNote = method === 'GET' && path === '/api/phi/objects/{objectId}';
  const named: Record<string, string> = {
    ...{ visitId, participantId, pseudonym, objectId: isNote ? note : started, leaf: '0000-000000' },
    ...{ staffId, sessionId, role: 'nurse', incidentId: 'I'.repeat(21).concat('A'), step: 'evidence' },
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => named[name] ?? '');
}

interface Case {
  readonly operation: Operation;
  readonly name: string;
  readonly caller: CallerName;
  readonly whose: Whose;
  readonly isAllowed: boolean;
  readonly query: string;
}

function casesOf(operation: Operation): Case[] {
  return (['own', 'foreign'] as const).flatMap((whose) =>
    Object.entries(queriesOf(operation, whose)).flatMap(([variant, query]) =>
      callers.map((caller) => {
        const name = `${nameOf(operation)}${variant}`;
        const isAllowed = (table[name] ?? []).some((one) => one === `${caller} ${whose}`);
        return { operation, name, caller, whose, isAllowed, query };
      }),
    ),
  );
}

/** With what clinical content is asked for: an intent of one's own, or the owner's, which is nobody else's to use. */
async function intentOf({ operation, caller, whose, isAllowed }: Case): Promise<Record<string, string>> {
  const route = phiRouteOf(operation);
  if (route === undefined) return {};
  const { note, started } = things[whose];
  const browser = isAllowed ? browsers[caller] : owners[whose];
  const object = route === 'readNote' ? note : started;
  const id = await takeIntentId(browser, { route, object, ...readerOf(browser) });
  return { [intentHeader]: id };
}

function ask({ operation, caller, whose, query }: Case, headers: Record<string, string> = {}): Promise<Answer> {
  const body = bodyOf(operation, whose, browsers[caller]);
  const isOctets = operation.method === 'PUT' && operation.path.endsWith('{leaf}');
  return browsers[caller].send(operation.method, `${pathOf(operation, whose)}${query}`, {
    ...(isOctets ? { octets: new Uint8Array(16) } : body === undefined ? {} : { body }),
    headers: { range: 'bytes=0-15', ...headers },
  });
}

/** Asks, and says whether the log has as many entries of it as it should, and with which result. */
async function askRecorded(one: Case): Promise<{ answer: Answer; isRecorded: boolean; outcomes: string[] }> {
  const intent = await intentOf(one);
  const watch = await LogWatch.of(records.clinic);
  const answer = await ask(one, intent);
  const caller = actors[one.caller] ?? null;
  const entries = await watch.take(({ actor }) => actor === caller);
  const outcomes = entries.map(({ outcome }) => outcome);
  const isRecorded = caller === null || entriesOf(one.operation, answer.status).includes(entries.length);
  return { answer, isRecorded, outcomes };
}

/** Whether it was the api that said no; the keystore's refusals have no such id. */
const isRefused = ({ status, json }: Answer): boolean =>
  [401, 403, 404].includes(status) && errorBody.safeParse(json).success;

const decided = () => operations.filter(({ access }) => !('public' in access));
/** What takes something away comes last, and what ends everything after that. */
const order = ({ method, path }: Operation): number =>
  /^(?:POST|DELETE) .*\/(?:end|invitation|disable|enable|sign-in-reset)$/.test(`${method} ${path}`)
    ? 9
    : ['GET', 'POST', 'PUT', 'DELETE'].indexOf(method);

describe('the table', () => {
  it('has a line for every route that isn’t public, and no other', () => {
    const asked = decided().flatMap((operation) => casesOf(operation).map(({ name }) => name));
    expect(Object.keys(table).sort()).toEqual([...new Set(asked)].sort());
  });
});

describe('every route', () => {
  it('refuses every role whatever the table doesn’t let it do, to one’s own and to others’, and records that', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const one of decided()
      .flatMap(casesOf)
      .filter(({ isAllowed }) => !isAllowed)) {
      asked += 1;
      const { answer, isRecorded, outcomes } = await askRecorded(one);
      const said = `${one.name} as ${one.caller}, ${one.whose}: ${answer.status}`;
      if (!isRefused(answer)) wrong.push(said);
      else if (!isRecorded || outcomes.includes('allowed')) wrong.push(`${said}, recorded as ${outcomes.join()}`);
      else if (unknown.has(one.caller) && answer.status !== 401) wrong.push(said);
      else if (answer.body.includes('Planted')) wrong.push(`${said}, with a name`);
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(400);
  }, 300_000);

  it('says the same of what is another’s as of what isn’t there', async () => {
    for (const operation of decided().filter(({ access }) => 'action' in access && access.resource.parameter)) {
      for (const one of casesOf(operation).filter(({ isAllowed, whose }) => !isAllowed && whose === 'foreign')) {
        const absent = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
          name === 'leaf' ? 'head' : name === 'role' ? 'nurse' : 'A'.repeat(22),
        );
        const body = bodyOf(operation, one.whose, browsers[one.caller]);
        const there = await ask(one);
        const isntThere = await browsers[one.caller].send(operation.method, `${absent}${one.query}`, {
          ...(operation.path.endsWith('{leaf}') && operation.method === 'PUT'
            ? {}
            : body === undefined
              ? {}
              : { body }),
          headers: { range: 'bytes=0-15' },
        });
        expect([one.name, one.caller, there.status]).toEqual([one.name, one.caller, isntThere.status]);
      }
    }
  }, 300_000);

  it('does what the table lets a role do, and records it', async () => {
    const wrong: string[] = [];
    const inOrder = decided().sort((a, b) => order(a) - order(b));
    for (const one of inOrder.flatMap(casesOf).filter(({ isAllowed, name }) => isAllowed && !refusesMore.has(name))) {
      const { answer, isRecorded, outcomes } = await askRecorded(one);
      const isDone = !isRefused(answer) && answer.status < 500;
      if (!isRecorded) wrong.push(`${one.name} as ${one.caller}: ${answer.status}, recorded as ${outcomes.join()}`);
      if (!isDone) wrong.push(`${one.name} as ${one.caller}, ${one.whose}: ${answer.status} ${answer.body.toString()}`);
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('answers a session of staff that is locked with nothing else, but that something was closed may be said', async () => {
    records.clinic.advance(idleSeconds / 3600);
    const wrong: string[] = [];
    const cases = decided()
      .filter(({ access }) => !('public' in access) && access.sessions.includes('staff'))
      .flatMap(casesOf)
      // One's own live visit goes on: idleLock.test.ts.
      .filter(({ caller, whose }) => whose === 'foreign' && everyStaff.some((role) => role === caller));
    for (const one of cases) {
      const { status } = await ask(one);
      const isLocked = status === 423;
      // The physician is in a live visit, and might have to come back into it.
      const goesOn =
        one.name === 'POST /api/keystore/closings' ||
        (one.name === 'GET /api/keystore/directory' && one.caller === 'physician');
      if (isLocked === goesOn) wrong.push(`${one.name} as ${one.caller}: ${status}`);
    }
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(200);
  }, 300_000);
});
