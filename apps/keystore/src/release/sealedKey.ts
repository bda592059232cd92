import { hkdfSync } from 'node:crypto';
import type { ObjectId } from '@sotto/protocol/ids';
import { type Bytes, concat, fromBase64url, utf8 } from '../bytes.ts';
import { encapsulationLength, type HpkeSealed, hpkeSeal } from '../hpke.ts';

/**
 * Seals an object's seed to the viewer (SPEC.md section 5, step 10). The same arguments give the same bytes, so that a
 * request that is asked again gets the answer it had, without its being kept.
 *
 * @throws whatever the library throws when the viewer's key isn't one
 */
export async function sealToViewer(
  seed: Bytes,
  { viewerKey, requestHash, object }: { viewerKey: Bytes; requestHash: Bytes; object: ObjectId },
): Promise<HpkeSealed> {
  const aad = fromBase64url(object);
  const info = concat(utf8('sotto/keystore/v1 encapsulation'), aad);
  // Secret, since the seed is, and another one for every request, object and viewer: the request's hash covers those.
  const encapsulation = new Uint8Array(hkdfSync('sha256', seed, requestHash, info, encapsulationLength));
  try {
    return await hpkeSeal(viewerKey, { info: requestHash, aad }, seed, encapsulation);
  } finally {
    encapsulation.fill(0);
  }
}
