// Releases as fast as they go, in a process of its own, for e2e/bench/keystore.ts, which prints what is sent.
import { join } from 'node:path';
import { LastSigned } from '@sotto/audit/postgres';
import { createHttpWitnessClient } from '@sotto/audit/witness';
import { createTemporaryToken } from '@sotto/infra/pkcs11';
import { patientId } from '@sotto/protocol/ids';
import { type Bytes, utf8 } from '../src/bytes.ts';
import { newId } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import { registerObject } from '../src/keys/registration.ts';
import { AccessLog } from '../src/log/accessLog.ts';
import { writeOnceFolder } from '../src/log/writeOnce.ts';
import type { MasterKey } from '../src/master/masterKey.ts';
import { openPkcs11MasterKey } from '../src/master/pkcs11MasterKey.ts';
import { openSoftwareMasterKey } from '../src/master/softwareMasterKey.ts';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import type { ReleaseCall } from '../src/release/releaseRequest.ts';
import { Releases } from '../src/release/releases.ts';
import { RequestLedger } from '../src/requestLedger.ts';
import { statementSigner } from '../src/statement.ts';
import { Identity } from './identities.ts';
import { Installation, random } from './installation.ts';
import { Passkey, party } from './passkey.ts';
import { People } from './people.ts';
import { manifestOf, signerOf } from './sealing.ts';

const callers = [1, 8] as const;
const releasesEach = 160;
const warmingUp = 20;
const unwraps = 2000;
/** Each is opened once: nobody who opens a note has just opened it. */
const objectsUsed = warmingUp + callers.length * releasesEach;

interface Measured {
  readonly what: 'releases' | 'unwraps';
  readonly master: MasterKey['provider'];
  readonly callers: number;
  readonly perSecond: number;
  /** Milliseconds, of each. */
  readonly times: readonly number[];
  /** Milliseconds of this process's CPU, of each. */
  readonly cpu: number;
}

/** So many at once, each beginning the next when it has ended one. */
async function measure(
  about: Pick<Measured, 'what' | 'master' | 'callers'>,
  works: readonly (() => Promise<unknown>)[],
): Promise<void> {
  const times: number[] = [];
  const queue = [...works];
  const [started, before] = [performance.now(), process.cpuUsage()];
  const call = async () => {
    for (let work = queue.shift(); work !== undefined; work = queue.shift()) {
      const begun = performance.now();
      await work();
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: about.callers }, call));
  const used = process.cpuUsage(before);
  const measured: Measured = {
    ...about,
    perSecond: (1000 * works.length) / (performance.now() - started),
    times,
    cpu: (used.user + used.system) / 1000 / works.length,
  };
  process.send?.(measured);
}

async function measureUnwraps(master: MasterKey): Promise<void> {
  const aad: Bytes = utf8('bench');
  const wrapped = await master.wrap(random(32), aad);
  const works = Array.from({ length: unwraps }, () => () => master.unwrap(wrapped, aad));
  for (const count of callers) await measure({ what: 'unwraps', master: master.provider, callers: count }, works);
}

const token = await createTemporaryToken();
process.env['SOFTHSM2_CONF'] = token.configuration;
const installation = await Installation.start();
const witness = await installation.serveWitness();
try {
  const software = await openSoftwareMasterKey(installation.masterKeyFile, 'KEYSTORE_MASTER_KEY_FILE');
  await measureUnwraps(software);
  await software.close();
  const master = await openPkcs11MasterKey({ ...token, sessions: 4 }, { mayCreate: true });
  await measureUnwraps(master);

  const opened = await installation.open({ master });
  const { database } = opened;
  const { logSigner: signer, witnessSigner } = installation;
  const log = new AccessLog({
    ...{ database, signer, random, witness: createHttpWitnessClient(witness.url, witnessSigner.key) },
    memory: new LastSigned(join(installation.folder, 'signed'), signer.key),
    writeOnce: writeOnceFolder(join(installation.folder, 'once')),
  });
  const context = { ...opened, log };
  // What is made here, the keystore that is measured hasn't seen.
  const statements = statementSigner(installation.statementKey, 'KEYSTORE_STATEMENT_KEY_FILE');
  const making = { ...context, statements };
  const people = await People.with(installation, making);
  // Passkeys that are synced don't count, and may sign several requests at once.
  const physician = await people.physician(new Passkey(undefined, null));
  const policy = openClinicPolicy({ id: installation.clinic, timeZone: 'Europe/Madrid' });
  const requests = new RequestLedger(context);
  const releases = new Releases(productionPorts(context, { party, policy, requests }));
  const identities = await new Identity().verifier(installation.clinic);
  const makeObject = async () => {
    const pseudonym = newId(patientId);
    const { statement } = await mintObject(making, { pseudonym, visit: null });
    const { object } = statement.payload;
    await registerObject(
      making,
      { party, identities },
      { object, manifest: await manifestOf(statement, signerOf(physician)), evidence: null },
    );
    return { object, pseudonym };
  };
  const objects: Awaited<ReturnType<typeof makeObject>>[] = [];
  while (objects.length < objectsUsed) objects.push(...(await Promise.all(Array.from({ length: 10 }, makeObject))));
  const callOf = async ({ object, pseudonym }: (typeof objects)[number]): Promise<ReleaseCall> => {
    const { call } = await people.viewer(physician, [object]);
    return { ...call, relayed: { ...call.relayed, related: [pseudonym] } };
  };
  const releaseAll = async (count: number, times: number, isMeasured: boolean) => {
    const calls: ReleaseCall[] = [];
    for (const about of objects.splice(0, times)) calls.push(await callOf(about));
    const works = calls.map((call) => async () => {
      const { tag } = await releases.release(call);
      if (tag !== 'released') throw new Error('a release was refused');
    });
    if (isMeasured) await measure({ what: 'releases', master: 'pkcs11', callers: count }, works);
    else for (const work of works) await work();
  };
  await releaseAll(1, warmingUp, false);
  for (const count of callers) await releaseAll(count, releasesEach, true);
} finally {
  witness.close();
  await installation.remove();
  token.remove();
  process.disconnect();
}
