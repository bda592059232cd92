import { openObject, verifyObject } from '@sotto/vault';
import { bad, notDone } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { parseVaultArguments } from './arguments.ts';
import { checkFound, inWords } from './checked.ts';
import { readKeys } from './keyFiles.ts';
import { listing } from './sentences.ts';
import { withStored } from './storedObject.ts';
import { readThrough } from './through.ts';
import { verifyStore } from './verifyStore.ts';

/** `verify`: everything that can be checked; with a key also that all of it opens; with a registry, of a whole storage. */
export const verify = async (args: readonly string[], terminal: Terminal): Promise<string> => {
  const known = parseVaultArguments(args, ['signer', 'key', 'object', 'hash', 'registry', 'keystore', 'release']);
  if (known.registry !== undefined) {
    const single = [known.signer, known.key, known.object, known.hash].some((option) => option !== undefined);
    if (single) throw notDone('--registry goes with --keystore and --release: it is about everything that is stored.');
    return verifyStore(known, terminal);
  }
  if (known.keystore !== undefined) throw notDone('--keystore goes with --registry.');
  if (known.release !== undefined) throw notDone('--release goes with --registry.');
  return inWords(() =>
    withStored(known.path, terminal, async (found) => {
      if (found.type === 'run') throw bad('A run without its manifest can’t be verified: nobody signed for it.');
      const manifest = await checkFound(found, known);
      await verifyObject(manifest, found);
      if (known.key === undefined) {
        return `Every byte is as it was signed: ${listing(manifest)}. Whether it opens takes a key.`;
      }
      const reader = await openObject(manifest, found, await readKeys(known.key));
      await readThrough(reader);
      return `Every byte is as it was signed, and opens: ${listing(manifest)}.`;
    }),
  );
};
