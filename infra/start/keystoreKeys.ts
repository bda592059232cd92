import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { keptFile } from '../files/atomicFile.ts';
import { runCommand } from '../process/command.ts';
import { lastWords } from './lastWords.ts';

/** The keystore's own keys and the witness's, as files. */
export interface KeystoreKeys {
  /** The access log's name in checkpoints. */
  logName: string;
  /** Ed25519 private keys, PEM. */
  logKeyFile: string;
  statementKeyFile: string;
  /** The log's verifier key, for the witness. */
  logVerifierFile: string;
  /** Base64url of the recovery key's public half. */
  recoveryKeyFile: string;
  /** Where the recovery key's shares lie until somebody takes them away; undefined once that was done. */
  shares: string | undefined;
  masterKeyFile: string;
  shredJournalFile: string;
  witness: { name: string; keyFile: string; verifierFile: string; stateFolder: string };
}

const newKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export interface Place {
  repository: string;
  clinicId: string;
  /** Closed to everybody but its owner. */
  folder: string;
  /** Beside the data folder, so that a copy of that doesn't hold what opens it. */
  masterFolder: string;
  /** Whether there is no key database yet. */
  mayBeNew: boolean;
  signal: AbortSignal;
  onLog: (chunk: string) => void;
}

/** Runs one of the keystore's own commands. @returns what it told @throws StartError */
async function runKeystore(
  place: Pick<Place, 'repository' | 'signal' | 'onLog'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const program = join(place.repository, 'apps/keystore/src/command/main.ts');
  const result = await runCommand(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    timeoutMs: 60_000,
    signal: place.signal,
  });
  if (result.tag === 'ended' && result.code === 0) return result.stdout;
  const output = result.tag === 'notFound' ? '' : result.output;
  place.onLog(output);
  throw new StartError(`The keystore's keys could not be made: ${lastWords(output)}`);
}

/** What others verify a log's or a witness's signatures by. @param args of the command that tells it */
export const tellVerifierKey = (place: Parameters<typeof runKeystore>[0], args: readonly string[]): Promise<string> =>
  runKeystore(place, ['verifier-key', ...args]);

/**
 * The keystore's keys, each made once.
 *
 * @throws StartError if one is damaged, or gone while the key database is there
 */
export async function keepKeystoreKeys(place: Place): Promise<KeystoreKeys> {
  const { folder, masterFolder, clinicId, mayBeNew } = place;
  const path = (name: string) => join(folder, name);
  const requireNew = (file: string) => {
    if (!mayBeNew) {
      throw new StartError(`${file} is gone but the key database is there: restore it, or choose another --data DIR.`);
    }
  };
  const keep = async (name: string, onNew?: () => void): Promise<string> => {
    await keptFile(path(name), () => {
      requireNew(path(name));
      onNew?.();
      return newKey();
    });
    return path(name);
  };
  const logName = `sotto.internal/access/${clinicId}`;
  const witnessName = 'sotto.internal/witness';
  const stateFolder = path('witness-state');
  const [logKeyFile, statementKeyFile, witnessKeyFile] = [
    await keep('log.pem'),
    await keep('statement.pem'),
    // A witness that has a key but no state doesn't start (packages/audit/SPEC.md section 5): it gets both at once.
    await keep('witness.pem', () => {
      mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
      writeFileSync(join(stateFolder, 'witness'), 'sotto witness state v1\n', { mode: 0o600 });
    }),
  ];
  const [logVerifierFile, witnessVerifierFile] = [path('log.verifier'), path('witness.verifier')];
  await keptFile(logVerifierFile, () => tellVerifierKey(place, ['--key', logKeyFile, '--name', logName]));
  await keptFile(witnessVerifierFile, () =>
    tellVerifierKey(place, ['--key', witnessKeyFile, '--name', witnessName, '--witness']),
  );

  const recoveryKeyFile = path('recovery-key.pub');
  const shares = path('recovery-shares');
  if (!existsSync(recoveryKeyFile)) {
    requireNew(recoveryKeyFile);
    rmSync(shares, { recursive: true, force: true });
    await runKeystore(place, ['ceremony', '--out', shares]);
    renameSync(join(shares, 'recovery-key.pub'), recoveryKeyFile);
  }
  mkdirSync(masterFolder, { recursive: true, mode: 0o700 });
  const masterKeyFile = join(masterFolder, 'master.key');
  if (!existsSync(masterKeyFile)) {
    requireNew(masterKeyFile);
    await runKeystore(place, ['create-master-key'], {
      KEYSTORE_MASTER: 'software',
      KEYSTORE_MASTER_KEY_FILE: masterKeyFile,
    });
  }
  return {
    ...{ logName, logKeyFile, statementKeyFile, logVerifierFile, recoveryKeyFile, masterKeyFile },
    shares: existsSync(shares) ? shares : undefined,
    shredJournalFile: path('shreds.jsonl'),
    witness: {
      name: witnessName,
      keyFile: witnessKeyFile,
      verifierFile: witnessVerifierFile,
      stateFolder,
    },
  };
}
