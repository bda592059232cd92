import { createHash } from 'node:crypto';
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import type { ObjectId } from '@sotto/protocol/ids';
import {
  challengeLabels,
  type RegistrationStatement,
  type ReleaseRequest,
  releaseRequest,
} from '@sotto/protocol/keystore';
import { releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { type KeyPort, unwrapDataKey } from '@sotto/vault';
import * as z from 'zod';
import { base64url, bytesOf, readJson } from './keyFiles.ts';

/** What whoever asked has: the private half of the key that they asked for, what was signed, and what the keystore answered. */
const releaseFile = z.strictObject({ viewerKey: base64url(32), request: releaseRequest, answer: releaseAnswer });

/** Objects whose keys were released to the holder of a file. */
export interface Release {
  readonly objects: readonly ObjectId[];
  /** As what it was registered then; null where it wasn't. */
  registrationOf(object: ObjectId): RegistrationStatement | null;
  /** @returns null unless it was sealed to this key for this request */
  keysOf(object: ObjectId): Promise<ReleasedKeys | null>;
}

/** Gives the data keys of an object's runs until it is wiped, which whoever asked for it does. */
export interface ReleasedKeys {
  readonly port: KeyPort;
  wipe(): void;
}

/** What the keystore binds its answer to (apps/keystore/SPEC.md section 4). Its members are ASCII: sorted JSON is canonical. */
function requestHash(request: ReleaseRequest): Uint8Array<ArrayBuffer> {
  const sorted = Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1));
  const canonical = JSON.stringify(Object.fromEntries(sorted));
  return new Uint8Array(createHash('sha256').update(challengeLabels.release).update(canonical).digest());
}

/**
 * Reads a release from a file that nobody else can read: `{ "viewerKey", "request", "answer" }`, the first the viewer's private X-Wing seed
 * in base64url, the others as they went to the keystore and came back. What is in it never reaches a message.
 *
 * @throws CommandError if others can read it, or it isn't one
 */
export async function readRelease(path: string): Promise<Release> {
  const { viewerKey, request, answer } = await readJson(path, releaseFile, 'a release', {
    isSecret: true,
  });
  const given = new Map(answer.keys.map((key) => [key.object, key]));
  const hpke = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  return {
    objects: [...given.keys()],
    registrationOf: (object) => given.get(object)?.registration ?? null,
    async keysOf(object) {
      const { enc, sealed } = given.get(object) ?? { enc: '', sealed: '' };
      const recipientKey = await hpke.kem.deserializePrivateKey(bytesOf(viewerKey));
      const recipient = { recipientKey, enc: bytesOf(enc), info: requestHash(request) };
      try {
        return releasedKeys(new Uint8Array(await hpke.open(recipient, bytesOf(sealed), bytesOf(object))));
      } catch {
        return null;
      } finally {
        // The library keeps the viewer's seed, and hands out that very buffer.
        new Uint8Array(await hpke.kem.serializePrivateKey(recipientKey)).fill(0);
      }
    },
  };
}

/** @param seed of the object's key; wiped with it */
const releasedKeys = (seed: Uint8Array<ArrayBuffer>): ReleasedKeys => ({
  async port(header) {
    // Unwrapping may wipe what it is given, and there are more runs.
    const copy = seed.slice();
    try {
      return await unwrapDataKey(header, copy);
    } finally {
      copy.fill(0);
    }
  },
  wipe: () => void seed.fill(0),
});
