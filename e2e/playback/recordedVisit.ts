import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Page } from '@playwright/test';
import { type TicketGrant, ticketGrant } from '@sotto/protocol/clinic';
import { type ClinicianProof, leafClaim, leafClaimOctets } from '@sotto/protocol/clinicianProof';
import { type Consent, consentEvidence, consentOctets, recordingTerms, termsOctets } from '@sotto/protocol/consent';
import { leafThumbprint } from '@sotto/protocol/ids';
import { passkeyAssertion } from '@sotto/protocol/keystore';
import { keystoreIdentity, mintAnswer } from '@sotto/protocol/keystoreRoutes';
import { partGrant } from '@sotto/protocol/recordings';
import { directoryView } from '@sotto/protocol/records';
import { hash, objectContext, signManifest } from '@sotto/vault';
import canonicalize from 'canonicalize';
import { ask, askPhi } from '../pageRequest.ts';
import type { MadeFrame } from './frames.ts';
import { sealFrames } from './sealing.ts';

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};
const instantIn = (seconds: number): string => `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;
const recordingSeconds = 6 * 3600;

/** Ed25519, as a leaf and a recorder have it. */
class SigningKey {
  readonly #key: KeyObject;
  readonly publicKey: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#key = privateKey;
    this.publicKey = publicKey.export({ format: 'jwk' }).x ?? '';
  }

  get raw(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Buffer.from(this.publicKey, 'base64url'));
  }

  get leaf() {
    return leafThumbprint.parse(b64(sha256(this.raw)));
  }

  sign(octets: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(sign(null, octets, this.#key));
  }
}

interface Member {
  readonly key: SigningKey;
  readonly grant: TicketGrant;
}

async function memberOf(page: Page, path: string): Promise<Member> {
  const key = new SigningKey();
  return { key, grant: ticketGrant.parse(await ask(page, 'POST', path, { leaf: key.leaf })) };
}

/** What the physician's passkey says of their leaf. */
async function proofOf(page: Page, visit: string, { key }: Member): Promise<ClinicianProof> {
  const { clinic, rpId } = keystoreIdentity.parse(await ask(page, 'GET', '/api/keystore/identity'));
  const { entries } = directoryView.parse(await ask(page, 'GET', '/api/keystore/directory'));
  const expiry = instantIn(recordingSeconds);
  const claim = leafClaim.parse({ type: 'sotto/leaf/v1', clinic, visit, leaf: key.leaf, expiry });
  const challenge = sha256('sotto/leaf/v1', leafClaimOctets(claim));
  const asserted = await page.evaluate(
    async ([text, relyingParty]) => {
      const octets = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const publicKey = { challenge: octets, rpId: relyingParty, userVerification: 'required' } as const;
      const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
      const { authenticatorData, clientDataJSON, signature } = credential.response as AuthenticatorAssertionResponse;
      const written = (part: ArrayBuffer) =>
        btoa(String.fromCharCode(...new Uint8Array(part)))
          .replaceAll('+', '-')
          .replaceAll('/', '_')
          .replaceAll('=', '');
      return {
        credential: credential.id,
        authenticatorData: written(authenticatorData),
        clientDataJSON: written(clientDataJSON),
        signature: written(signature),
      };
    },
    [challenge.toString('base64'), rpId] as const,
  );
  const assertion = passkeyAssertion.parse(asserted);
  const entry = entries.find(({ payload }) => payload.credential === assertion.credential);
  if (!entry) throw new Error('The passkey is not in the directory.');
  return { entry: { payload: canonicalize(entry.payload) ?? '', signature: entry.signature }, expiry, assertion };
}

/**
 * Records made-up frames of two people in a visit as their browsers would: both agree with keys that the clinic has given
 * credentials for, the physician's passkey answers for theirs, and the parts go to the api.
 *
 * @param frames by track: the physician's, the patient's
 * @returns the objects, by track
 */
export async function recordVisit(
  physician: Page,
  patient: Page,
  visit: string,
  frames: readonly [readonly MadeFrame[], readonly MadeFrame[]],
): Promise<readonly string[]> {
  const asking = await memberOf(physician, `/api/visits/${visit}/ticket`);
  const members = [asking, await memberOf(patient, '/api/join/ticket')] as const;
  const recorder = new SigningKey();
  const { clinic } = keystoreIdentity.parse(await ask(physician, 'GET', '/api/keystore/identity'));
  const terms = recordingTerms.parse({
    ...{ type: 'sotto/recording/v1', clinic, visit, recording: b64(crypto.getRandomValues(new Uint8Array(16))) },
    ...{ askedBy: asking.grant.participantId, reason: 'care', wording: 'recording-1' },
    ...{ recorderKey: recorder.publicKey, askedAt: instantIn(0) },
  });
  const consents = members.map(({ key, grant }) => {
    const consent: Consent = {
      ...{ type: 'sotto/consent/v1', terms: b64(sha256(termsOctets(terms))), leaf: key.leaf },
      leaves: members.map((member) => member.key.leaf).sort(),
      ...{ language: 'en', givenAt: instantIn(0) },
    };
    const signature = b64(key.sign(consentOctets(consent)));
    return { consent, key: key.publicKey, credential: grant.credential, signature };
  });
  const evidence = consentEvidence.parse({
    ...{ type: 'sotto/consents/v1', terms },
    consents: consents.sort((a, b) => (a.consent.leaf < b.consent.leaf ? -1 : 1)),
    recorders: [{ leaf: asking.key.leaf, proof: await proofOf(physician, visit, asking) }],
    tracks: members.map(({ grant }) => grant.participantId),
  });
  const objects: string[] = [];
  for (const [track, own] of frames.entries()) {
    const { payload } = mintAnswer.parse(await ask(physician, 'POST', `/api/visits/${visit}/objects`)).statement;
    const { object, pseudonym } = payload;
    const consent = b64(sha256(termsOctets(terms)));
    const context = objectContext.parse({ clinic, pseudonym, visit, object, kind: 'recording', track, consent });
    const publicKey = new Uint8Array(Buffer.from(payload.publicKey, 'base64url'));
    const { runs, head, parts } = await sealFrames(own, { context, publicKey });
    for (const [leaf, octets] of parts) await putPart(physician, object, leaf, octets);
    const roster = hash.parse(b64(sha256(canonicalize(evidence) ?? '')));
    const manifest = await signManifest(
      { context, roster, sealedAt: instantIn(0), runs, head },
      { algorithm: 'Ed25519', publicKey: recorder.raw, sign: async (message) => recorder.sign(message) },
    );
    const handedIn = { manifest: b64(manifest), evidence };
    await askPhi(physician, { route: 'storeRecording', object, purpose: 'treatment' }, handedIn);
    objects.push(object);
  }
  return objects;
}

async function putPart(page: Page, object: string, leaf: string, octets: Uint8Array): Promise<void> {
  const asked = { leaf, length: octets.length };
  const { url, headers } = partGrant.parse(await ask(page, 'POST', `/api/objects/${object}/parts`, asked));
  await page.evaluate(
    async ([where, more, text]) => {
      const body = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const response = await fetch(where, { method: 'PUT', headers: more, body });
      if (!response.ok) throw new Error(`A part was answered with ${String(response.status)}.`);
    },
    [url, headers, Buffer.from(octets).toString('base64')] as const,
  );
}
