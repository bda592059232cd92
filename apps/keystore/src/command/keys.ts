import { parseArgs } from 'node:util';
import { patientId } from '@sotto/protocol/ids';
import { path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import { identityDigits } from '../comparedDigits.ts';
import { addMasterVersion, rewrapPatientKeys, rotatePatientKey } from '../keys/rotation.ts';
import { keyStatus } from '../keys/status.ts';
import { openConfiguredMasterKey } from '../master/configuredMasterKey.ts';
import { createSoftwareKeyFile } from '../master/softwareMasterKey.ts';
import { recoverPatientKeys } from '../recovery/recovery.ts';
import { combineShares } from '../recovery/shares.ts';
import { withKeystore } from './openedKeystore.ts';

type Out = (line: string) => void;

/** Makes version 1, in the file or on the token that the environment names. */
export async function createMasterKey(_args: string[], out: Out): Promise<void> {
  const { KEYSTORE_MASTER: provider } = readEnvironment({ KEYSTORE_MASTER: z.enum(['software', 'pkcs11']) });
  if (provider === 'software') {
    const { KEYSTORE_MASTER_KEY_FILE: file } = readEnvironment({ KEYSTORE_MASTER_KEY_FILE: path });
    await createSoftwareKeyFile(file).catch(() => {
      throw new StartError('The file of KEYSTORE_MASTER_KEY_FILE can’t be made; a master key is never overwritten.');
    });
  }
  const master = await openConfiguredMasterKey({ mayCreate: true });
  out(`The master key is there: ${master.label}, version ${master.versions().length}.`);
  await master.close();
}

/** One line of JSON, for people and for monitors; `fingerprint` is what pages show of the keystore's keys. */
export const status = (_args: string[], out: Out): Promise<void> =>
  withKeystore(async ({ context }, { logSigner, witness }) => {
    const fingerprint = identityDigits(context.statements.publicKey, logSigner.key, witness.key);
    out(JSON.stringify({ fingerprint, ...(await keyStatus(context)) }));
  });

export const masterRotate = (_args: string[], out: Out): Promise<void> =>
  withKeystore(async ({ context }) => {
    const version = await addMasterVersion(context);
    out(
      `Version ${version} of the master key wraps from now on; ${await rewrapPatientKeys(context)} keys were wrapped anew.`,
    );
  });

export const masterRewrap = (_args: string[], out: Out): Promise<void> =>
  withKeystore(async ({ context }) => out(`${await rewrapPatientKeys(context)} keys were wrapped anew.`));

export async function patientRotate([text = '']: string[], out: Out): Promise<void> {
  const pseudonym = patientId.safeParse(text);
  if (!pseudonym.success) throw new StartError('A patient’s pseudonym is needed.');
  await withKeystore(async ({ context }) => {
    out(`Version ${await rotatePatientKey(context, pseudonym.data)} is for new objects.`);
  });
}

/** After the master key was lost, and another one made. */
export async function recover(args: string[], out: Out): Promise<void> {
  const { values } = parseArgs({ args, options: { share: { type: 'string', multiple: true } } });
  const shares = (values.share ?? []).map((file) => readSecret(file, '--share'));
  await withKeystore(async ({ context }) => {
    const seed = await combineShares(shares, context.recoveryKey);
    try {
      out(`${await recoverPatientKeys(context, seed)} keys were recovered.`);
    } finally {
      seed.fill(0);
    }
  });
}
