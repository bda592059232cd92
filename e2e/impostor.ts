import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { Page } from '@playwright/test';
import * as z from 'zod';

const keyPair = generateKeyPairSync('ed25519');
const identity = z.looseObject({ clinic: z.string(), statementKey: z.string(), rpId: z.string() });
const session = z.looseObject({ staff: z.looseObject({ id: z.string(), name: z.string(), role: z.string() }) });

/** JSON with members in the order of RFC 8785; enough for what is flat and ASCII. */
const canonical = (value: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Makes a passkey in the page's authenticator. @returns its credential id and public key in base64url */
const makePasskey = (page: Page, rpId: string): Promise<{ credential: string; publicKey: string }> =>
  page.evaluate(async (id) => {
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { id, name: 'Impostor' },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: 'impostor', displayName: 'impostor' },
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      },
    });
    const text = (bytes: ArrayBuffer | Uint8Array) =>
      btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '');
    if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) {
      throw new Error('no passkey');
    }
    const key = made.response.getPublicKey();
    if (key === null) throw new Error('no key');
    return { credential: text(made.rawId), publicKey: text(key.slice(-65)) };
  }, rpId);

/**
 * An api that is taken over, as far as this page is told by it: a keystore of its own, whose directory has a passkey of
 * its own for who is signed in. All else that the api signs is as it was.
 */
export async function serveFalseKeystore(page: Page, web: URL): Promise<void> {
  const ask = async <S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> =>
    schema.parse(JSON.parse(await page.evaluate(async (at) => (await fetch(at)).text(), new URL(path, web).href)));
  const real = await ask(identity, '/api/keystore/identity');
  const { staff } = await ask(session, '/api/session');
  const passkey = await makePasskey(page, real.rpId);
  const payload = {
    type: 'sotto/clinician/v1',
    clinic: real.clinic,
    subject: staff.id,
    role: 'physician',
    licence: '28/123456',
    ...passkey,
    enrolledBy: [randomBytes(16).toString('base64url')],
    enrolledAt: new Date().toISOString(),
  };
  const signed = Buffer.from(`sotto/keystore/v1 statement\0${canonical(payload)}`);
  const signature = sign(null, signed, keyPair.privateKey).toString('base64url');
  const statementKey = keyPair.publicKey.export({ format: 'jwk' }).x ?? '';
  await page.route('**/api/keystore/identity', (route) => route.fulfill({ json: { ...real, statementKey } }));
  await page.route('**/api/keystore/directory', (route) =>
    route.fulfill({ json: { entries: [{ payload, signature }], revocations: [], people: [staff] } }),
  );
  // What the page remembers of the true keystore would give it away to the impostor alone.
  await page.evaluate(() => localStorage.clear());
}
