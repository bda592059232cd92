import type { ObjectKeyStatement } from '@sotto/protocol/keystore';
import { type ManifestSigner, type ObjectContext, passkeySigner, sealBytes, signManifest } from '@sotto/vault';
import { type Bytes, fromBase64url, utf8 } from '../src/bytes.ts';
import { type Passkey, party, type Tampering } from './passkey.ts';

/** How a passkey signs manifests, on another page than ours if that is wanted. */
export const signerOf = (passkey: Passkey, changes: Tampering = {}): ManifestSigner => {
  const { rpId = party.rpId, origin } = changes;
  const origins = origin === undefined ? party.origins : [origin];
  return passkeySigner({ publicKey: passkey.publicKey, rpId, origins }, async (challenge) => {
    const { authenticatorData, clientDataJSON, signature } = passkey.assert(challenge, changes);
    return {
      authenticatorData: fromBase64url(authenticatorData),
      clientDataJSON: fromBase64url(clientDataJSON),
      signature: fromBase64url(signature),
    };
  });
};

/** Seals a note to an object's key as a browser does. @returns its signed manifest */
export async function manifestOf(
  { payload }: ObjectKeyStatement,
  signer: ManifestSigner,
  changes: Partial<ObjectContext> = {},
): Promise<Bytes> {
  const { clinic, pseudonym, visit, object, publicKey } = payload;
  const about = { clinic, pseudonym, visit, object, kind: 'note', track: 0, consent: null } as const;
  const context: ObjectContext = { ...about, ...changes };
  const { record } = await sealBytes(
    { publicKey: fromBase64url(publicKey), context: { object: context, part: 'body', run: 0 }, previous: null },
    utf8('A planted note.'),
  );
  const sealedAt = `${new Date().toISOString().slice(0, 19)}Z`;
  return signManifest({ context, roster: null, sealedAt, runs: [record], head: null }, signer);
}
