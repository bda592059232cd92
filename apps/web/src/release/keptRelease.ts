import { toBase64url } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import type { KeepOrder } from './messages.ts';
import { checkRelease, type ViewerKeys } from './releasedObject.ts';

/**
 * A release of a recording as a file, for a check of the storage that holds it (packages/vault/SPEC.md section 11). With
 * what is stored it is as good as a copy, so it is made of a release that was signed and logged as one, and of no other.
 *
 * @throws EvidenceFault for what isn't such a release, isn't in the log, or doesn't open with this key
 */
export async function keptRelease({ request, answer, visit, pins }: KeepOrder, viewer: ViewerKeys): Promise<Blob> {
  if (request.use !== 'copy') throw new EvidenceFault('request');
  for (const object of request.objects) {
    const { openSeed } = await checkRelease({ request, answer, object, visit, pins, kind: 'recording' }, viewer);
    (await openSeed()).fill(0);
  }
  const file = { viewerKey: toBase64url(viewer.privateKey), request, answer };
  return new Blob([JSON.stringify(file)], { type: 'application/json' });
}
