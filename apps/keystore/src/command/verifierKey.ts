import { createPrivateKey } from 'node:crypto';
import { parseArgs } from 'node:util';
import { formatVerifierKey, noteKeyTypes } from '@sotto/audit';
import { createKeyObjectSigner } from '@sotto/audit/witness';
import { readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';

/** Tells what others verify a log's or a witness's signatures by. */
export async function verifierKey(args: string[], out: (line: string) => void): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { key: { type: 'string' }, name: { type: 'string' }, witness: { type: 'boolean', default: false } },
  });
  const { key, name, witness } = values;
  if (key === undefined || name === undefined) throw new StartError('--key FILE and --name NAME are needed.');
  try {
    const type = witness ? noteKeyTypes.cosignatureV1 : noteKeyTypes.ed25519;
    out(formatVerifierKey(createKeyObjectSigner(createPrivateKey(readSecret(key, '--key')), name, type).key));
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError('The file of --key holds no Ed25519 key in PEM form, or --name is no name.');
  }
}
