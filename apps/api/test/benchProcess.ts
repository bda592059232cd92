// What a request costs that is authorised and recorded, in a process of its own, for e2e/bench/access.ts, which prints what
// is sent.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import cookie from '@fastify/cookie';
import { readLogSigner } from '@sotto/audit/witness';
import { startTemporaryServer } from '@sotto/infra/postgres';
import type { AccessRequest } from '@sotto/policy';
import { openClinicPolicy } from '@sotto/policy/clinicPolicy';
import { clinicId, patientId, staffId, visitId } from '@sotto/protocol/ids';
import { createListener, type Listener } from '@sotto/service/listener';
import { createLog } from '@sotto/service/log';
import { tlsServerOptions } from '@sotto/service/tls';
import pg from 'pg';
import { type Authoriser, authorise, createAuthoriser, handOn } from '../src/access/authorise.ts';
import { createPhiGate } from '../src/access/phiGate.ts';
import { requireDeclaration, requireDeclaredAnswer } from '../src/access/requireDeclaration.ts';
import { giveRole } from '../src/access/roleAssignment.ts';
import { refuse } from '../src/answer.ts';
import { createAttemptLimit, createAttemptLimits } from '../src/attemptLimit.ts';
import { PlatformLog } from '../src/audit/platformLog.ts';
import { RecentReadings } from '../src/audit/recentReadings.ts';
import { recordAnswer } from '../src/audit/recordAnswer.ts';
import { beginSession } from '../src/beginSession.ts';
import { createBlindIndexes } from '../src/blindIndex.ts';
import type { ClinicContext } from '../src/clinicContext.ts';
import { connectClinicDatabase } from '../src/clinicDatabase.ts';
import { cookieNameOf } from '../src/cookies.ts';
import { ensureClinic } from '../src/demoClinic.ts';
import { apiEvents } from '../src/events.ts';
import { createFieldKeys } from '../src/fieldKeys.ts';
import { createIssuer } from '../src/issuer.ts';
import { migrate } from '../src/migration.ts';
import { newId } from '../src/opaqueToken.ts';
import { hashPassword } from '../src/password.ts';
import { createPatientFields } from '../src/patientFields.ts';
import { addVisitRoutes } from '../src/routes/visits.ts';
import { staffTable } from '../src/schema.ts';
import { createFieldSealer } from '../src/sealedField.ts';
import { insertVisit } from '../src/visitRecord.ts';
import { timeCallers } from './benchCallers.ts';
import type { AskedOverTls } from './benchClient.ts';
import { newCertificate } from './certificate.ts';
import { fieldKeysInMemory } from './fieldKeysInMemory.ts';
import { newFieldKey, newIdentityKey, newSigningKey } from './keys.ts';

/** The route as it is; without the record; without either; and that once more, which tells what chance does. */
const arms = ['recorded', 'authorised', 'bare', 'bareAgain'] as const;
type Arm = (typeof arms)[number];
const rounds = 15;
const callers = [1, 8, 32] as const;
const ways = ['in the process', 'over TLS'] as const;
/** Of one arm in one round: each caller asks four times at least. */
const requestsOf = (count: number): number => Math.max(40, 4 * count);
const decisions = 10_000;
const visits = 200;

const tell = (measured: object): void => void process.send?.(measured);

const certificate = await newCertificate();

/** One server with the route, and whatever runs before and after its handler. */
async function serverWith(context: ClinicContext, addHooks: (api: Listener) => void): Promise<Listener> {
  const server = createListener({
    ...{ tls: tlsServerOptions(certificate), maxBodyBytes: 16_384, maxParameterLength: 512 },
    ...{ requestMs: 90_000, newRequestId: () => newId(visitId), codeOf: () => null },
    ...{ refuse, log: createLog('api', apiEvents, { write: () => undefined }) },
  });
  server.addHook('onRoute', requireDeclaration);
  await server.register(cookie);
  server.decorateRequest('permittedRoles', null);
  server.decorateRequest('sessionHolder', null);
  server.decorateRequest('recorder', null);
  server.addHook('preSerialization', requireDeclaredAnswer);
  addHooks(server);
  addVisitRoutes(server, context);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return server;
}

/** As `authorise` without a recorder. */
const onlyAuthorise = (authoriser: Authoriser) => (api: Listener) => {
  api.addHook('preHandler', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || !('action' in access)) return refuse(reply, 'forbidden');
    const { result } = await authoriser.decide(request, access);
    if (!result.ok) return refuse(reply, result.code);
    handOn(request, access, result.value);
    return undefined;
  });
};

/** Everybody passes for a physician; whose session it is the handler asks for itself. */
const letThrough = (api: Listener): void => {
  api.addHook('preHandler', async (request) => {
    request.permittedRoles = ['physician'];
  });
};

const policyOf = (id: ClinicContext['clinicId']) => openClinicPolicy({ id, timeZone: 'Europe/Madrid' }, 'bench');

/** Decisions one after the other: as many that permit as that don't, with limits and without. */
function measureDecisions(policy: ReturnType<typeof policyOf>, now: Date): void {
  const [own, other] = [newId(staffId), newId(staffId)];
  const person = { kind: 'staff', id: own } as const;
  const ask = (participant: typeof own, limits: object): AccessRequest => ({
    assignments: [{ id: 'a', person, role: 'physician', validFrom: new Date(now.getTime() - 1_000), ...limits }],
    action: 'visit:read',
    resource: {
      type: 'Visit',
      id: newId(visitId),
      patient: { id: newId(patientId), careTeam: [participant], legalHold: false },
      isLive: false,
      participants: [{ kind: 'staff', id: participant }],
    },
    circumstances: {
      ...{ now, address: '10.1.2.3', purpose: '', passkey: false, passkeySession: true, passkeyJustShown: false },
    },
  });
  const limited = { network: '10.0.0.0/8', hours: { from: 0, to: 1440, days: [1, 2, 3, 4, 5, 6, 7] } };
  const asked = [ask(own, {}), ask(other, {}), ask(own, limited), ask(other, limited)];
  const times: number[] = [];
  let permitted = 0;
  for (let index = 0; index < decisions; index += 1) {
    const begun = performance.now();
    const one = asked[index % asked.length];
    if (one && policy.decide(one).tag === 'permit') permitted += 1;
    times.push(performance.now() - begun);
  }
  if (permitted !== decisions / 2) throw new Error(`${permitted} of ${decisions} were permitted`);
  tell({ what: 'decisions', times });
}

/** What the process has asked of the database. */
let queries = 0;
const prototype: { query: (...given: never[]) => unknown } = pg.Client.prototype;
const { query } = prototype;
prototype.query = function counted(this: unknown, ...given) {
  queries += 1;
  return Reflect.apply(query, this, given);
};

const client = new Worker(new URL('./benchClient.ts', import.meta.url));

/** @returns how long each request took, ms */
async function measureArm(
  server: Listener,
  way: (typeof ways)[number],
  asked: Pick<AskedOverTls, 'callers' | 'cookie' | 'paths'>,
): Promise<number[]> {
  if (way === 'in the process') {
    const headers = { cookie: asked.cookie };
    return timeCallers(asked.callers, asked.paths, async (url) => (await server.inject({ url, headers })).statusCode);
  }
  const { port } = server.server.address() as AddressInfo;
  const answered = once(client, 'message') as Promise<[number[]]>;
  client.postMessage({ ...asked, port, ca: certificate.cert } satisfies AskedOverTls);
  return (await answered)[0];
}

const shuffled = (): Arm[] =>
  arms
    .map((arm) => ({ arm, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ arm }) => arm);

const postgres = await startTemporaryServer();
try {
  await migrate(postgres.ownerUrl, postgres.appUrl);
  const clinic = newId(clinicId);
  const connection = connectClinicDatabase(postgres.appUrl, clinic, {
    ...{ application: 'sotto-bench', onIdleFault: () => undefined },
  });
  const { database } = connection;
  const now = () => new Date();
  const fields = await createFieldSealer(newFieldKey());
  const context: ClinicContext = {
    ...{ clinicId: clinic, database, now, origin: 'https://localhost:9443', passwordSessions: 'limited' },
    birthDates: 'required',
    ...{ fields, idleLockSeconds: 900 },
    patientFields: createPatientFields(
      clinic,
      createFieldKeys(fieldKeysInMemory(), () => undefined),
      fields,
    ),
    blindIndexes: await createBlindIndexes(clinic, newFieldKey()),
    issuer: await createIssuer(await newIdentityKey(), clinic),
    limits: { ...createAttemptLimits(), requestsByPerson: createAttemptLimit(1e9, 60) },
  };
  await ensureClinic(context, 'Bench');
  const staff = { id: newId(staffId), name: 'Dr Bench', role: 'physician' } as const;
  const passwordHash = await hashPassword('nobody signs in with it');
  const account = { ...staff, clinicId: clinic, email: 'bench@clinic.example', passwordHash, createdAt: now() };
  await database.insert(staffTable).values(account);
  await giveRole(database, staff.id, 'physician', new Date(Date.now() - 60_000));
  const begun = await beginSession(
    context,
    staff,
    'passkey',
    {
      ...{ address: 'bench', former: undefined, device: undefined, viewer: { address: '127.0.0.1', userAgent: '' } },
      record: { begin: (_, act) => database.transaction(act), tried: () => undefined },
    },
    { by: 'passkey' },
  );
  if (!begun.ok) throw new Error(begun.code);
  const ids: string[] = [];
  for (let index = 0; index < visits; index += 1) {
    const made = await insertVisit(context, staff.id, {
      patientName: `Patient ${index}`,
      birthDate: '1954-03-09',
      startsAt: now(),
      minutes: 20,
    });
    ids.push(made.visit);
  }
  const policy = policyOf(clinic);
  const log = new PlatformLog({
    ...{ database, signer: readLogSigner(newSigningKey(), 'sotto.test/bench'), witness: null },
    random: (length) => randomBytes(length),
    onListenerFault: () => undefined,
  });
  const authoriser = createAuthoriser(context, policy);
  const recording = { log, readings: new RecentReadings(), limits: context.limits, now };
  const servers: Record<Arm, Listener> = {
    recorded: await serverWith(context, (api) => {
      api.addHook('preHandler', authorise(authoriser, createPhiGate(context), recording));
      api.addHook('onSend', recordAnswer(createLog('api', apiEvents, { write: () => undefined })));
    }),
    authorised: await serverWith(context, onlyAuthorise(authoriser)),
    bare: await serverWith(context, letThrough),
    bareAgain: await serverWith(context, letThrough),
  };
  measureDecisions(policy, now());
  const cookieHeader = `${cookieNameOf('staff')}=${begun.value.token}`;
  const askedBy = (count: number) => ({
    ...{ callers: count, cookie: cookieHeader },
    paths: Array.from({ length: requestsOf(count) }, (_, index) => `/visits/${ids[index % ids.length]}`),
  });
  const entries = async () => Number((await database.execute('select count(*) from audit.entry')).rows[0]?.['count']);
  let asked = 0;
  for (const way of ways) {
    // As many as ever ask at once: every connection has met every statement.
    for (const arm of arms) await measureArm(servers[arm], way, askedBy(32));
  }
  const before = await entries();
  for (const way of ways) {
    for (const count of callers) {
      const asking = askedBy(count);
      for (let round = 0; round < rounds; round += 1) {
        const times: Partial<Record<Arm, number[]>> = {};
        const queriesOf: Partial<Record<Arm, number>> = {};
        for (const arm of shuffled()) {
          queries = 0;
          times[arm] = await measureArm(servers[arm], way, asking);
          queriesOf[arm] = queries / asking.paths.length;
        }
        asked += asking.paths.length;
        tell({ what: 'round', way, callers: count, times, queries: queriesOf });
      }
    }
  }
  const recorded = (await entries()) - before;
  if (recorded !== asked) throw new Error(`${recorded} entries were recorded of ${asked} readings`);
  await client.terminate();
  for (const server of Object.values(servers)) await server.close();
  await connection.close();
} finally {
  await postgres.remove();
}
process.disconnect();
