import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { NoteSigner } from '@sotto/audit';
import type { WitnessClient } from '@sotto/audit/postgres';
import { readLogSigner } from '@sotto/audit/witness';
import { openClinicPolicy } from '@sotto/policy/clinicPolicy';
import { invitation, joinView, type StaffRole, staffSession, visit } from '@sotto/protocol/clinic';
import { type ClinicId, clinicId as clinicIdSchema, type StaffId, staffId } from '@sotto/protocol/ids';
import { createLog } from '@sotto/service/log';
import type { DatabaseConnection } from '@sotto/service/postgres';
import type { TlsIdentity } from '@sotto/service/tls';
import { inject } from 'vitest';
import { giveRole } from '../src/access/roleAssignment.ts';
import { createAttemptLimits } from '../src/attemptLimit.ts';
import { PlatformLog } from '../src/audit/platformLog.ts';
import { createBlindIndexes } from '../src/blindIndex.ts';
import { connectClinicDatabase } from '../src/clinicDatabase.ts';
import { ensureClinic } from '../src/demoClinic.ts';
import { type ApiLog, apiEvents } from '../src/events.ts';
import { readExportedClient } from '../src/exportedClient.ts';
import { createFieldKeys } from '../src/fieldKeys.ts';
import { createIssuer } from '../src/issuer.ts';
import { createKeystoreClient, type KeystoreClient } from '../src/keystoreClient.ts';
import type { OidcProvider } from '../src/oidcProvider.ts';
import { newId } from '../src/opaqueToken.ts';
import { hashPassword } from '../src/password.ts';
import { createPatientFields } from '../src/patientFields.ts';
import type { RecordsContext } from '../src/relay.ts';
import { staffTable } from '../src/schema.ts';
import { createFieldSealer } from '../src/sealedField.ts';
import { createServer } from '../src/server.ts';
import { newCertificate } from './certificate.ts';
import { writeExampleClient } from './exampleClient.ts';
import { fieldKeysInMemory } from './fieldKeysInMemory.ts';
import { HttpClient } from './httpClient.ts';
import { newFieldKey, newIdentityKey } from './keys.ts';
import { folderPlace, type RecordingPlace } from './recordingPlace.ts';

export const password = 'correct horse battery staple';
export const leaf = 'L'.repeat(43);
/** By whose clock hours are told. */
const timeZone = 'Europe/Madrid';
export const signalingUrl = 'https://localhost:9444';

/** Somebody who can sign in with `password`. */
export interface Account {
  readonly id: StaffId;
  readonly email: string;
  readonly name: string;
}

/** A clinic of its own behind a listening server, with a clock that tests can move. */
export interface TestClinic {
  readonly context: RecordsContext;
  readonly connection: DatabaseConnection;
  readonly platformLog: PlatformLog;
  readonly origin: string;
  readonly port: number;
  /** Where its recordings are kept. */
  readonly place: RecordingPlace;
  readonly tls: TlsIdentity;
  /** Lines that the server logged. */
  readonly log: readonly string[];
  /** Puts the clock forward. */
  advance(hours: number): void;
  /** A browser without any session. */
  visitor(): HttpClient;
  /** A new member of staff. */
  addStaff(role: StaffRole, name?: string): Promise<Account>;
  addPhysician(name?: string): Promise<Account>;
  /** A browser in which somebody has signed in. */
  signIn(account: Account): Promise<HttpClient>;
  /** A browser in which a new physician has signed in. */
  physician(name?: string): Promise<HttpClient>;
  close(): Promise<void>;
}

/** What a test gives instead of what it doesn't ask for. */
export interface ClinicChoices {
  readonly origin?: string;
  readonly clinicId?: ClinicId;
  /** The keystore to ask; none answers unless it's given. */
  readonly keystore?: KeystoreClient;
  /** Text of the key that patients are found by; a new one unless it's given. */
  readonly indexKey?: string;
  /** Text of the api's private identity key. */
  readonly identity?: string;
  /** Where recordings are kept; a folder of its own otherwise. It is removed with the clinic. */
  readonly place?: RecordingPlace;
  /** What sessions may that a password alone began; what a passkey's may, as in the demo, unless it's given. */
  readonly passwordSessions?: RecordsContext['passwordSessions'];
  /** By which staff may sign in, too; none unless it's given. */
  readonly provider?: (origin: string, log: ApiLog) => OidcProvider;
  /** After so long without anything done sessions lock; they don't, however the clock is moved, unless it's given. */
  readonly idleLockSeconds?: number;
  /** Whether a visit is made without the patient's date of birth; it isn't, unless this is given. */
  readonly birthDates?: RecordsContext['birthDates'];
  /** Told when recordings are to be looked after; nobody does by itself. */
  readonly look?: () => void;
  /** What cosigns the platform's log; nobody unless it's given. */
  readonly witness?: WitnessClient | null;
  /** Of a database of its own, and so of a log of its own; the one that all share otherwise. */
  readonly databaseUrl?: string;
  /** Where its salts come from: what throws here keeps everything from being recorded. */
  readonly logRandom?: (length: number) => Uint8Array;
}

export const logOrigin = 'sotto.test/platform';
/** Signs the log that all clinics of a test run share. */
export const platformLogSigner = (): NoteSigner => readLogSigner(inject('platformLogKey'), logOrigin);

/** Where nobody has a passkey, patients have field keys, and all else is unavailable. */
const absentKeystore = (tls: TlsIdentity): KeystoreClient => ({
  ...createKeystoreClient({ url: 'https://127.0.0.1:9', tls, ca: tls.cert, onFault: () => undefined }),
  directory: async () => ({ tag: 'answered', value: { entries: [], revocations: [] } }),
  fieldKeys: fieldKeysInMemory().fieldKeys,
});

export async function startClinic({
  origin = 'https://localhost:9443',
  clinicId = newId(clinicIdSchema),
  keystore,
  indexKey = newFieldKey(),
  identity,
  place: given,
  passwordSessions = 'full',
  provider,
  idleLockSeconds = 7 * 24 * 3600,
  birthDates = 'required',
  look = () => undefined,
  witness = null,
  logRandom = randomBytes,
  databaseUrl = inject('appUrl'),
}: ClinicChoices = {}): Promise<TestClinic> {
  const connection = connectClinicDatabase(databaseUrl, clinicId, {
    ...{ application: 'sotto-test', onIdleFault: () => undefined },
  });
  let offsetMs = 0;
  const tls = await newCertificate();
  const now = () => new Date(Date.now() + offsetMs);
  const place = given ?? (await folderPlace());
  const fields = await createFieldSealer(newFieldKey());
  const kept = keystore ?? absentKeystore(tls);
  const context: RecordsContext = {
    clinicId,
    database: connection.database,
    fields,
    patientFields: createPatientFields(
      clinicId,
      createFieldKeys(kept, () => undefined),
      fields,
    ),
    blindIndexes: await createBlindIndexes(clinicId, indexKey),
    issuer: await createIssuer(identity ?? (await newIdentityKey()), clinicId),
    limits: createAttemptLimits(),
    origin,
    ...{ passwordSessions, idleLockSeconds, birthDates },
    now,
    keystore: kept,
    storage: await place.open(now),
  };
  await ensureClinic(context, 'Test Clinic');
  const log: string[] = [];
  const events = createLog('api', apiEvents, { write: (line: string) => void log.push(line) });
  const platformLog = new PlatformLog({
    ...{ database: connection.database, signer: platformLogSigner(), witness },
    random: (length) => logRandom(length),
    onListenerFault: (error) => events.error('platformLogListenerFailed', { error }),
  });
  const root = writeExampleClient();
  const server = await createServer({
    tls,
    context,
    policy: openClinicPolicy({ id: clinicId, timeZone }, 'API_TIME_ZONE'),
    timeZone,
    keeper: { look },
    platformLog,
    origins: [origin, 'https://second.example'],
    hasOutbox: true,
    channels: {},
    facts: { signalingUrl, clinicians: 'any', ping: () => connection.ping() },
    client: readExportedClient(root, { signalingUrl, storageOrigin: null }),
    provider: provider?.(origin, events) ?? null,
    log: events,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const visitors: HttpClient[] = [];

  const clinic: TestClinic = {
    context,
    connection,
    platformLog,
    origin,
    port,
    place,
    tls,
    log,
    advance: (hours) => {
      offsetMs += hours * 3_600_000;
    },
    visitor: () => {
      const client = new HttpClient(port, tls.cert, origin);
      visitors.push(client);
      return client;
    },
    addStaff: async (role, name = 'Test Person') => {
      const id = newId(staffId);
      const email = `${randomBytes(6).toString('hex')}@clinic.example`;
      const passwordHash = await hashPassword(password);
      await context.database
        .insert(staffTable)
        .values({ id, clinicId, email, name, role, passwordHash, createdAt: context.now() });
      // For a week already, so that a clock that goes back doesn't take it away.
      await giveRole(context.database, id, role, new Date(context.now().getTime() - 7 * 24 * 60 * 60_000));
      return { id, email, name };
    },
    addPhysician: (name = 'Dr Test') => clinic.addStaff('physician', name),
    physician: async (name) => clinic.signIn(await clinic.addPhysician(name)),
    signIn: async ({ email }) => {
      const client = clinic.visitor();
      staffSession.parse((await client.send('POST', '/api/session', { body: { email, password } })).json);
      return client;
    },
    close: async () => {
      for (const visitor of visitors) visitor.close();
      await server.close();
      await connection.close();
      rmSync(root, { recursive: true });
      await place.remove();
    },
  };
  return clinic;
}

/** Of every patient whom `createVisit` makes. */
export const birthDate = '1954-03-09';

/** Makes a visit that starts now, unless told otherwise. */
export async function createVisit(physician: HttpClient, clinic: TestClinic, patientName = 'Pat Example', hours = 0) {
  const startsAt = new Date(clinic.context.now().getTime() + hours * 3_600_000).toISOString();
  const answer = await physician.send('POST', '/api/visits', {
    body: { patientName, birthDate, startsAt, minutes: 20 },
  });
  return visit.parse(answer.json);
}

/** The secret of the visit's active link, made if there is none. */
export async function secretOf(physician: HttpClient, visitId: string): Promise<string> {
  const path = `/api/visits/${visitId}/invitation`;
  const active = await physician.send('GET', path);
  const { url } = invitation.parse(active.status === 404 ? (await physician.send('POST', path)).json : active.json);
  return new URL(url).hash.slice(1);
}

/** A browser in which a patient has opened the visit's link. */
export async function joinAsPatient(physician: HttpClient, clinic: TestClinic, visitId: string): Promise<HttpClient> {
  const patient = clinic.visitor();
  const secret = await secretOf(physician, visitId);
  joinView.parse((await patient.send('POST', '/api/join', { body: { secret, birthDate } })).json);
  return patient;
}
