import { keystoreRefusal, keystoreStatusOf } from '@sotto/protocol/keystoreRoutes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import en from '../../messages/en.json';
import { ClinicFault } from '../clinic/errors.ts';
import { EvidenceFault, KeystoreFault, mayPass, PasskeyFault, troubleOf } from './errors.ts';
import { askNonce } from './keystoreApi.ts';
import { wordsOf } from './troubleWords.ts';

const words = (error: unknown) => wordsOf(troubleOf(error));

describe('a trouble', () => {
  it('has words, whatever the keystore refuses with', () => {
    for (const code of keystoreRefusal.shape.code.options) {
      expect(en.trouble[words(new KeystoreFault(code, []))]).toMatchObject({ title: expect.any(String) as string });
    }
    expect(Object.keys(keystoreStatusOf)).toHaveLength(keystoreRefusal.shape.code.options.length);
  });

  it('is told by what a person can do', () => {
    expect(words(new KeystoreFault('denied', ['clinician']))).toBe('denied');
    expect(words(new KeystoreFault('nonce', []))).toBe('again');
    expect(words(new PasskeyFault('cancelled'))).toBe('cancelled');
    expect(words(new PasskeyFault('exists'))).toBe('passkeyExists');
    expect(words(new EvidenceFault('content'))).toBe('noteChanged');
    expect(words(new EvidenceFault('keysChanged'))).toBe('keysChanged');
    expect(words(new ClinicFault('unauthenticated'))).toBe('signedOut');
    expect(words(new Error('of nobody'))).toBe('unreachable');
  });

  it('passes by itself only where nothing was decided', () => {
    expect(mayPass(new KeystoreFault('unavailable', []))).toBe(true);
    expect(mayPass(new ClinicFault('unreachable'))).toBe(true);
    expect(mayPass(new KeystoreFault('denied', []))).toBe(false);
    expect(mayPass(new EvidenceFault('proof'))).toBe(false);
    expect(mayPass(new PasskeyFault('cancelled'))).toBe(false);
  });
});

describe('a refusal', () => {
  afterEach(() => vi.unstubAllGlobals());
  const answering = (status: number, body: unknown) =>
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status })));

  it('is the keystore’s where the keystore refused', async () => {
    answering(403, { code: 'denied', reasons: ['noRelationship'], correlationId: 'x' });
    await expect(askNonce('staff')).rejects.toMatchObject({ code: 'denied', reasons: ['noRelationship'] });
  });

  it('is the api’s where the api refused', async () => {
    answering(401, { code: 'unauthenticated', correlationId: 'x' });
    await expect(askNonce('staff')).rejects.toEqual(new ClinicFault('unauthenticated'));
  });

  it('is no answer at all where it isn’t either’s, nor is an answer of another shape', async () => {
    answering(500, { oh: 'no' });
    await expect(askNonce('staff')).rejects.toEqual(new ClinicFault('unreachable'));
    answering(201, { nonce: 'short', expiresAt: '' });
    await expect(askNonce('staff')).rejects.toEqual(new ClinicFault('unreachable'));
  });
});
