import { type CheckedManifest, checkManifest, hash, objectId, VaultError } from '@sotto/vault';
import { bad, notDone } from '../errors.ts';
import { needed, type VaultArguments } from './arguments.ts';
import { readSigner } from './keyFiles.ts';
import { fault } from './sentences.ts';
import type { Found } from './storedObject.ts';

/**
 * Checks the manifest against what the command line knows: who signed, which object, which manifest hash. Without
 * `--object` whatever object the signer signed for is accepted.
 */
export const checkFound = async (
  found: Found & { readonly type: 'object' },
  { signer, object, hash: logged }: VaultArguments,
): Promise<CheckedManifest> => {
  const trusted = await readSigner(needed(signer, 'Say whose signature counts: --signer FILE.'));
  if (object !== undefined && !objectId.safeParse(object).success) throw notDone('--object isn’t an object’s id.');
  const expected = hash.nullable().safeParse(logged ?? null);
  if (!expected.success) throw notDone('--hash isn’t a manifest’s hash.');
  const { context } = found.manifest;
  if (object !== undefined && context.object !== object) throw bad('This is another object than the one asked for.');
  return await checkManifest(found.manifestBytes, { signer: trusted, context, hash: expected.data });
};

/** Runs `step`, turning what the vault throws into one sentence. */
export const inWords = async <T>(step: () => Promise<T>): Promise<T> => {
  try {
    return await step();
  } catch (error) {
    if (error instanceof VaultError) throw fault(error);
    throw error;
  }
};
