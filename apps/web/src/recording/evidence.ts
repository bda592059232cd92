import type { ConsentEvidence } from '@sotto/protocol/consent';
import { termsOctets } from '@sotto/protocol/consent';
import { type Hash, hash as hashSchema } from '@sotto/vault';
import { type Bytes, canonicalHash, sha256, toBase64url } from '../keystore/bytes.ts';
import type { BookedRecording } from './recordingBook.ts';

/** What proves that everybody agreed: the same for each of a recording's objects. */
export function evidenceOf({ terms, consents, recorders, tracks }: BookedRecording): ConsentEvidence {
  const byLeaf = [...new Map(consents.map((one) => [one.consent.leaf, one])).values()];
  const given = new Set(byLeaf.map(({ consent }) => consent.leaf));
  return {
    type: 'sotto/consents/v1',
    terms,
    consents: byLeaf.sort((a, b) => (a.consent.leaf < b.consent.leaf ? -1 : 1)),
    recorders: recorders.filter(({ leaf }) => given.has(leaf)),
    tracks: tracks.map(({ participant }) => participant),
  };
}

/** `roster` of each manifest. */
export const rosterOf = async (evidence: ConsentEvidence): Promise<Hash> =>
  hashSchema.parse(await canonicalHash(evidence));

/** `consent` of each object's context. */
export const consentHashOf = async (terms: ConsentEvidence['terms']): Promise<Hash> =>
  hashSchema.parse(toBase64url(await sha256(termsOctets(terms))));

/** Signs as the recorder's key. */
export const recorderSigner = (key: CryptoKey, publicKey: Bytes) =>
  ({
    algorithm: 'Ed25519',
    publicKey,
    sign: async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, message)),
  }) as const;
