import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SyslogForwarder } from '@sotto/audit/syslog';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import type { TlsIdentity } from '@sotto/service/tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { actOf, draftOf, hostActor } from '../src/audit/act.ts';
import { migrate } from '../src/migration.ts';
import { newCertificate } from './certificate.ts';
import { logOrigin, startClinic, type TestClinic } from './clinic.ts';
import { localWitness } from './localWitness.ts';

let postgres: TemporaryServer;
let clinic: TestClinic;
let identity: TlsIdentity;
const folder = mkdtempSync(join(tmpdir(), 'sotto-syslog-'));
const collectors: ChildProcess[] = [];
beforeAll(async () => {
  postgres = await startTemporaryServer();
  await migrate(postgres.ownerUrl, postgres.appUrl);
  clinic = await startClinic({ witness: localWitness(), databaseUrl: postgres.appUrl });
  identity = await newCertificate();
}, 120_000);
afterEach(() => {
  for (const one of collectors.splice(0)) one.kill('SIGKILL');
});
afterAll(async () => {
  await clinic.close();
  await postgres.remove();
  rmSync(folder, { recursive: true });
});

type Told = { tag: 'listening'; port: number } | { tag: 'connected' } | { tag: 'read'; text: string };

/** A collector in a process that can be killed. */
async function startCollector({ port = 0, reads = true, ca = null as string | null } = {}) {
  const child = fork(join(import.meta.dirname, 'syslogCollector.ts'));
  collectors.push(child);
  const texts: string[] = [];
  const connected = Promise.withResolvers<true>();
  const listening = new Promise<number>((resolve) => {
    child.on('message', (told: Told) => {
      if (told.tag === 'listening') resolve(told.port);
      else if (told.tag === 'connected') connected.resolve(true);
      else texts.push(told.text);
    });
  });
  child.send({ ...identity, ca, port, reads });
  return {
    port: await listening,
    connected: connected.promise,
    places: () => texts.flatMap((text) => Array.from(text.matchAll(/ index="(\d+)"/g), ([, place]) => Number(place))),
    kill: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGKILL');
      }),
  };
}

const forwarderTo = (
  port: number,
  name: string,
  own: TlsIdentity | null = null,
  ca = identity.cert,
  host = 'localhost',
) =>
  new SyslogForwarder({
    log: clinic.platformLog,
    origin: { log: logOrigin, host: 'api.clinic.test', app: 'sotto-platform' },
    collector: { host, port, ca, identity: own },
    cursorFile: join(folder, name),
  });

const record = (count: number) =>
  clinic.platformLog.record(
    Array.from({ length: count }, () =>
      draftOf(new Date(), hostActor, actOf({ action: 'people:giveRole', resource: 'clinic' }), 'allowed'),
    ),
  );
const upTo = (size: number) => Array.from({ length: size }, (_, place) => place);

describe('the platform’s log, sent to a collector', () => {
  it('goes from its first entry on, each once while nothing breaks, also after a restart', async () => {
    await record(3);
    const collector = await startCollector();
    const size = await clinic.platformLog.size();
    expect(await forwarderTo(collector.port, 'once').forward()).toBe(size);
    await expect.poll(collector.places).toEqual(upTo(size));
    expect(await forwarderTo(collector.port, 'once').forward()).toBe(0);
    await record(2);
    expect(await forwarderTo(collector.port, 'once').forward()).toBe(2);
    await expect.poll(collector.places).toEqual(upTo(size + 2));
  });

  it('loses nothing of a collector that is killed before it has read it, nor while there is none', async () => {
    for (let i = 0; i < 4; i += 1) await record(300);
    const size = await clinic.platformLog.size();
    const first = await startCollector({ reads: false });
    const sending = forwarderTo(first.port, 'killed').forward();
    const refused = expect(sending).rejects.toThrow();
    await first.connected;
    await first.kill();
    await refused;
    await expect(forwarderTo(first.port, 'killed').forward()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const second = await startCollector({ port: first.port });
    expect(await forwarderTo(first.port, 'killed').forward()).toBe(size);
    await expect.poll(second.places).toEqual(upTo(size));
  });

  it('goes to nobody but who has the name and the authority', async () => {
    const collector = await startCollector();
    const other = await newCertificate();
    await expect(forwarderTo(collector.port, 'false', null, other.cert).forward()).rejects.toThrow();
    await expect(forwarderTo(collector.port, 'false', null, identity.cert, '127.0.0.1').forward()).rejects.toThrow();
    expect(collector.places()).toEqual([]);
  });

  it('shows its own certificate to a collector that asks for one', async () => {
    const own = await newCertificate('sotto-api');
    const collector = await startCollector({ ca: own.cert });
    await expect(forwarderTo(collector.port, 'mutual').forward()).rejects.toThrow();
    expect(await forwarderTo(collector.port, 'mutual', own).forward()).toBe(await clinic.platformLog.size());
  });

  it('isn’t sent on from a place of another log, or of more than there is', async () => {
    for (const text of ['sotto syslog v1 another.log 1\n', `sotto syslog v1 ${logOrigin} 999999\n`, 'x']) {
      writeFileSync(join(folder, 'strange'), text);
      await expect(forwarderTo(1, 'strange').forward()).rejects.toMatchObject({ code: 'export' });
      expect(readFileSync(join(folder, 'strange'), 'utf8')).toBe(text);
    }
  });
});
