import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { type ClinicId, clinicId } from '@sotto/protocol/ids';
import { createLog } from '@sotto/service/log';
import type { DatabaseConnection } from '@sotto/service/postgres';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { actOf, draftOf, hostActor } from '../src/audit/act.ts';
import { type OpenedPlatformLog, openPlatformLog } from '../src/audit/openPlatformLog.ts';
import { connectClinicDatabase } from '../src/clinicDatabase.ts';
import { apiEvents } from '../src/events.ts';
import { migrate } from '../src/migration.ts';
import { newId } from '../src/opaqueToken.ts';
import { platformLogSigner } from './clinic.ts';
import { localWitness } from './localWitness.ts';

const id: ClinicId = newId(clinicId);
const entry = draftOf(new Date(), hostActor, actOf({ action: 'people:read', resource: 'clinic' }), 'allowed');
const witness = localWitness();
let isHeard = true;
let folder: string;
let postgres: TemporaryServer;
let connection: DatabaseConnection;
let lines: { event?: string; reason?: string; durationMs?: number; errorCode?: string }[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-open-log-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  isHeard = true;
  lines = [];
  postgres = await startTemporaryServer();
  connection = connectClinicDatabase(postgres.appUrl, id, { application: 'sotto-test', onIdleFault: () => undefined });
}, 120_000);
afterEach(async () => {
  await connection.close();
  await postgres.remove();
});

/** Opens the log of the database, with a witness that is heard or isn't, and a file of its own. */
const open = (): Promise<OpenedPlatformLog> =>
  openPlatformLog(
    {
      signer: platformLogSigner(),
      signedFile: join(folder, postgres.appUrl.replaceAll(/\W/g, '')),
      witness: {
        key: witness.key,
        addCheckpoint: (body) => (isHeard ? witness.addCheckpoint(body) : Promise.reject(new Error('silent'))),
      },
    },
    connection.database,
    createLog('api', apiEvents, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[0]) }),
  );

it('isn’t opened in a database that has none, and says what to do', async () => {
  await expect(open()).rejects.toThrow('run the api’s migration');
});

it('tells when its witness isn’t heard, and for how long that is so', async () => {
  await migrate(postgres.ownerUrl, postgres.appUrl);
  const opened = await open();
  const { log } = opened;
  await log.record([entry]);
  isHeard = false;
  expect(await log.cover()).toBe('unwitnessed');
  await opened.close();
  expect(lines).toMatchObject([{ event: 'platformLogUnwitnessed', reason: 'unwitnessed' }]);
  expect(lines[0]?.durationMs).toBeGreaterThanOrEqual(0);
});

it('does nothing any more once it isn’t the log that was signed, and tells that', async () => {
  await migrate(postgres.ownerUrl, postgres.appUrl);
  const opened = await open();
  const { log } = opened;
  await log.record([entry]);
  await log.cover();
  const owner = new Client(postgres.ownerUrl);
  await owner.connect();
  await owner.query('alter table audit.sequencer disable trigger all');
  await owner.query(`update audit.sequencer set size = 0, subtrees = '', root = sha256('')`);
  await owner.end();
  await opened.close();
  expect(lines).toEqual([expect.objectContaining({ event: 'platformLogStopped', errorCode: 'rollback' })]);
  let isDone = false;
  const act = async () => {
    isDone = true;
    return { value: undefined, entries: [entry] };
  };
  await expect(log.act(act)).rejects.toMatchObject({ code: 'rollback' });
  await expect(log.record([entry])).rejects.toMatchObject({ code: 'rollback' });
  expect(isDone).toBe(false);
});
