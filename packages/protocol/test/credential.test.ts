import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  clockToleranceSeconds,
  createTokenVerifier,
  credentialLifetimeSeconds,
  identityKey,
  ticketLifetimeSeconds,
  tokenTypes,
} from '../src/credential.ts';

const clinic = 'clinicclinicclinicclin';
const now = new Date('2026-03-01T12:00:00Z');
const iat = now.getTime() / 1000;

async function newSigner() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const { x = '', y = '' } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(await exportJWK(publicKey));
  const key = identityKey.parse({ kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' });
  const sign = (claims: object, header: object = {}) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(privateKey);
  return { key, sign };
}

const claims = {
  v: 1,
  iss: clinic,
  vis: 'visitvisitvisitvisitvi',
  sub: 'personpersonpersonpers',
  role: 'patient',
  ses: 's'.repeat(22),
  jkt: 'k'.repeat(43),
  iat,
};
const kinds = {
  ticket: {
    typ: tokenTypes.ticket,
    claims: {
      ...claims,
      aud: 'sotto/signaling',
      jti: 'j'.repeat(22),
      end: iat + credentialLifetimeSeconds,
      exp: iat + ticketLifetimeSeconds,
    },
  },
  credential: {
    typ: tokenTypes.credential,
    claims: { ...claims, aud: 'sotto/e2ee', nmc: 'n'.repeat(43), exp: iat + credentialLifetimeSeconds },
  },
} as const;

const signer = await newSigner();
const stranger = await newSigner();
const verifier = await createTokenVerifier([signer.key], clinic);

describe.each(['ticket', 'credential'] as const)('%s', (kind) => {
  const { typ, claims: good } = kinds[kind];
  const other = kind === 'ticket' ? 'credential' : 'ticket';

  it('is accepted with all its claims', async () => {
    expect(await verifier[kind](await signer.sign(good, { typ }), now)).toEqual({ tag: 'valid', claims: good });
  });

  it('is accepted until its expiry plus the tolerance, and then is expired', async () => {
    const token = await signer.sign(good, { typ });
    const at = (seconds: number) => new Date((good.exp + seconds) * 1000);
    expect((await verifier[kind](token, at(clockToleranceSeconds - 1))).tag).toBe('valid');
    expect(await verifier[kind](token, at(clockToleranceSeconds + 1))).toEqual({ tag: 'expired' });
  });

  it('is not taken for the other kind', async () => {
    expect(await verifier[other](await signer.sign(good, { typ }), now)).toEqual({ tag: 'malformed' });
    expect(await verifier[other](await signer.sign(good, { typ: tokenTypes[other] }), now)).toEqual({
      tag: 'malformed',
    });
  });

  it('of another signer is refused, even under our key id', async () => {
    expect(await verifier[kind](await stranger.sign(good, { typ }), now)).toEqual({ tag: 'unknownSigner' });
    const posing = await stranger.sign(good, { typ, kid: signer.key.kid });
    expect(await verifier[kind](posing, now)).toEqual({ tag: 'unknownSigner' });
  });

  it.each([
    ['another version', { v: 2 }],
    ['another clinic', { iss: 'othersothersothersothe' }],
    ['another audience', { aud: 'sotto/other' }],
    ['an unknown role', { role: 'admin' }],
    ['a visit id of the wrong length', { vis: 'short' }],
    ['a participant id with other characters', { sub: 'person person person p' }],
    ['no session', { ses: undefined }],
    ['no thumbprint', { jkt: undefined }],
    ['no expiry', { exp: undefined }],
    ['a claim that is not declared', { name: 'somebody' }],
  ])('with %s is malformed', async (_, change) => {
    expect(await verifier[kind](await signer.sign({ ...good, ...change }, { typ }), now)).toEqual({ tag: 'malformed' });
  });

  it('without its type or with another algorithm is refused', async () => {
    expect(await verifier[kind](await signer.sign(good), now)).toEqual({ tag: 'malformed' });
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ, kid: signer.key.kid })).toString('base64url');
    const body = Buffer.from(JSON.stringify(good)).toString('base64url');
    expect(await verifier[kind](`${header}.${body}.AA`, now)).toEqual({ tag: 'malformed' });
  });

  it('changed in any part is refused', async () => {
    const token = await signer.sign(good, { typ });
    for (const [index, part] of token.split('.').entries()) {
      const parts = token.split('.');
      parts[index] = (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
      expect((await verifier[kind](parts.join('.'), now)).tag).not.toBe('valid');
    }
  });

  it.each(['', 'a.b', 'a.b.c.d', 'a b.c.d', `${'a'.repeat(2050)}.b.c`])(
    '%# of another form is malformed',
    async (text) => {
      expect(await verifier[kind](text, now)).toEqual({ tag: 'malformed' });
    },
  );
});

describe('identityKey', () => {
  it('takes no private key', () => {
    expect(identityKey.safeParse(signer.key).success).toBe(true);
    expect(identityKey.safeParse({ ...signer.key, d: 'd'.repeat(43) }).success).toBe(false);
  });
});
