import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NoteSigner, noteKeyTypes } from '@sotto/audit';
import { nodeTreeHasher, type WitnessClient } from '@sotto/audit/postgres';
import { createKeyObjectSigner, createWitnessServer, Witness, type WitnessState } from '@sotto/audit/witness';
import { startTemporaryServer, type TemporaryServer } from '@sotto/infra/postgres';
import { clinicId } from '@sotto/protocol/ids';
import { connectDatabase, type DatabaseConnection } from '@sotto/service/postgres';
import { Client } from 'pg';
import { copy } from '../src/bytes.ts';
import { migrate } from '../src/database/migration.ts';
import { newId } from '../src/ids.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { AccessLog, type AccessLogPorts } from '../src/log/accessLog.ts';
import type { MasterKey } from '../src/master/masterKey.ts';
import { createSoftwareKeyFile, openSoftwareMasterKey } from '../src/master/softwareMasterKey.ts';
import { type Ceremony, holdCeremony } from '../src/recovery/ceremony.ts';
import { statementSigner } from '../src/statement.ts';

export const logName = 'keystore.example/access';
export const random = (length: number) => copy(randomBytes(length));

/** What stays when a keystore's process ends: its database, keys, and witness. */
export class Installation {
  readonly postgres: TemporaryServer;
  readonly folder = mkdtempSync(join(tmpdir(), 'sotto-keystore-'));
  readonly clinic = newId(clinicId);
  readonly statementKey: KeyObject = generateKeyPairSync('ed25519').privateKey;
  readonly logKey: KeyObject = generateKeyPairSync('ed25519').privateKey;
  readonly witnessSigner: NoteSigner;
  readonly ceremony: Ceremony;
  readonly witness: Witness;
  /** What the witness remembers. */
  readonly witnessed = new Map<string, Awaited<ReturnType<WitnessState['load']>>>();
  isWitnessUp = true;
  /** How far the witness's clock is off. */
  witnessOffsetMs = 0;
  readonly #connections: DatabaseConnection[] = [];
  readonly #masters: MasterKey[] = [];

  private constructor(postgres: TemporaryServer, ceremony: Ceremony) {
    this.postgres = postgres;
    this.ceremony = ceremony;
    const { privateKey } = generateKeyPairSync('ed25519');
    this.witnessSigner = createKeyObjectSigner(privateKey, 'witness.example', noteKeyTypes.cosignatureV1);
    this.witness = new Witness({
      signer: this.witnessSigner,
      logs: [this.logSigner.key],
      state: {
        load: async (origin) => this.witnessed.get(origin) ?? null,
        store: async (origin, state) => void this.witnessed.set(origin, state),
      },
      hasher: nodeTreeHasher,
      now: () => Math.floor((Date.now() + this.witnessOffsetMs) / 1000),
    });
  }

  static async start(): Promise<Installation> {
    const [postgres, ceremony] = await Promise.all([startTemporaryServer(), holdCeremony()]);
    const installation = new Installation(postgres, ceremony);
    await createSoftwareKeyFile(installation.masterKeyFile);
    await migrate(postgres.ownerUrl, postgres.appUrl);
    return installation;
  }

  get masterKeyFile(): string {
    return join(this.folder, 'master.key');
  }

  get logSigner(): NoteSigner {
    return createKeyObjectSigner(this.logKey, logName, noteKeyTypes.ed25519);
  }

  get witnessClient(): WitnessClient {
    return {
      key: this.witnessSigner.key,
      addCheckpoint: async (body) => {
        if (!this.isWitnessUp) throw new Error('unreachable');
        return this.witness.addCheckpoint(body);
      },
      latestCheckpoint: async (origin) => {
        const note = this.isWitnessUp ? await this.witness.latestCheckpoint((own) => own === origin) : null;
        return note === null ? null : new TextEncoder().encode(note);
      },
    };
  }

  /** The witness behind a socket, for other processes. */
  async serveWitness(): Promise<{ url: string; close: () => void }> {
    const server = createWitnessServer(this.witness);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
  }

  /** A keystore's process over it. @param offsetMs how far its clock is off @param outside what it keeps outside the database */
  async open(
    changes: Partial<KeystoreContext> & { offsetMs?: () => number } = {},
    outside: Pick<AccessLogPorts, 'memory' | 'writeOnce'> = {},
  ): Promise<KeystoreContext> {
    const { offsetMs = () => 0, ...others } = changes;
    const connection = connectDatabase(this.postgres.appUrl, {
      application: 'sotto-test',
      onIdleFault: () => undefined,
    });
    this.#connections.push(connection);
    const master = others.master ?? (await openSoftwareMasterKey(this.masterKeyFile, 'KEYSTORE_MASTER_KEY_FILE'));
    this.#masters.push(master);
    const { database } = connection;
    return {
      clinic: this.clinic,
      database,
      log: new AccessLog({ database, signer: this.logSigner, witness: this.witnessClient, random, ...outside }),
      master,
      recoveryKey: this.ceremony.publicKey,
      statements: statementSigner(this.statementKey, 'KEYSTORE_STATEMENT_KEY_FILE'),
      now: () => new Date(Date.now() + offsetMs()),
      ...others,
    };
  }

  /** As the database's administrator. */
  async asOwner<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.postgres.ownerUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    for (const connection of this.#connections) await connection.close();
    for (const master of this.#masters) await master.close();
    await this.postgres.remove();
    rmSync(this.folder, { recursive: true });
  }
}
