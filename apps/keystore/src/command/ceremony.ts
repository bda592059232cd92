import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StartError } from '@sotto/service/errors';
import { toBase64url } from '../bytes.ts';
import { holdCeremony } from '../recovery/ceremony.ts';

/** Writes what the ceremony makes into a new folder, each share in a file of its own for its own keeper. */
export async function ceremony(args: string[], out: (line: string) => void): Promise<void> {
  const { values } = parseArgs({ args, options: { out: { type: 'string' } } });
  if (values.out === undefined) throw new StartError('--out DIR is needed: a new folder, on a medium for each keeper.');
  const folder = values.out;
  await mkdir(folder, { mode: 0o700 }).catch(() => {
    throw new StartError('The folder of --out must be a new one.');
  });
  const { publicKey, shares } = await holdCeremony();
  const write = (name: string, text: string) => writeFile(join(folder, name), `${text}\n`, { mode: 0o600, flag: 'wx' });
  for (const [index, share] of shares.entries()) await write(`share-${index + 1}-of-${shares.length}`, share);
  await write('recovery-key.pub', toBase64url(publicKey));
  out('Every choice of three shares was seen to give the key back.');
  out('Give each share to another person, and delete it here. recovery-key.pub goes to the keystore.');
}
