import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUnsafeProvider } from '@sotto/infra/testing/oidcProvider';
import { StartError } from '@sotto/service/errors';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newChecks } from '../src/oidcAttempt.ts';
import { configureOidc } from '../src/oidcConfiguration.ts';
import { createOidcProvider } from '../src/oidcProvider.ts';
import { redirectUri, signInAtProvider } from './oidcPlace.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-oidc-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  return file;
}
const given = (variables: Record<string, string>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return configureOidc();
};
const whole = () => ({
  API_OIDC_ISSUER: 'https://id.example/clinic',
  API_OIDC_CLIENT_ID: 'sotto',
  API_OIDC_LABEL: 'Example ID',
  API_OIDC_CLIENT_SECRET_FILE: fileOf('secret', 'a secret'),
});

describe('the clinic’s provider, from the environment', () => {
  it('is none where nothing names one', async () => {
    expect(await configureOidc()).toBeNull();
  });

  it.each([
    ['login', true],
    ['select_account', false],
  ])('says whether people sign in there each time (%s)', async (prompt, asksAnew) => {
    const settings = await given({ ...whole(), API_OIDC_PROMPT: prompt });
    if (settings === null) throw new Error('no provider');
    expect(createOidcProvider(settings, redirectUri, () => undefined).asksAnew).toBe(asksAnew);
  });

  it('is known by its issuer as that writes itself, and asks people to sign in anew', async () => {
    expect(await given(whole())).toMatchObject({
      ...{ issuer: 'https://id.example/clinic', clientId: 'sotto', label: 'Example ID', prompt: 'login' },
    });
  });

  it.each([
    ['an issuer without TLS', { API_OIDC_ISSUER: 'http://id.example' }],
    ['no issuer beside the rest', { API_OIDC_ISSUER: '' }],
    ['no client', { API_OIDC_CLIENT_ID: '' }],
    ['no name', { API_OIDC_LABEL: '' }],
    ['neither secret nor key', { API_OIDC_CLIENT_SECRET_FILE: '' }],
    ['both', { API_OIDC_CLIENT_KEY_FILE: '/somewhere' }],
    ['a prompt that nobody knows', { API_OIDC_PROMPT: 'none' }],
  ])('is refused with %s', async (_, change) => {
    await expect(given({ ...whole(), ...change })).rejects.toThrow(StartError);
  });

  it.each([
    ['text', 'no key'],
    ['a key without its algorithm', JSON.stringify({ kty: 'EC', d: 'x' })],
    ['a broken key', JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd', alg: 'ES256' })],
  ])('is refused with a key file that holds %s', async (_, text) => {
    const change = { API_OIDC_CLIENT_SECRET_FILE: '', API_OIDC_CLIENT_KEY_FILE: fileOf('key', text) };
    await expect(given({ ...whole(), ...change })).rejects.toThrow(StartError);
  });
});

describe('a clinic that proves itself by a key', () => {
  it('is let in by the provider that knows it, and by no other key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const proof = { publicKey: { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' } };
    const provider = await startUnsafeProvider({ id: 'sotto', redirectUri, proof });
    try {
      const redeem = async (key: CryptoKey) => {
        const text = JSON.stringify({ ...(await exportJWK(key)), kid: 'one', alg: 'ES256' });
        const settings = await given({
          ...{ ...whole(), API_OIDC_ISSUER: provider.issuer, API_OIDC_CLIENT_SECRET_FILE: '' },
          API_OIDC_CLIENT_KEY_FILE: fileOf('key', text),
        });
        if (settings === null) throw new Error('no provider');
        const known = createOidcProvider(settings, redirectUri, () => undefined);
        const checks = newChecks();
        const url = await known.authorise(checks);
        if (!url.ok) throw new Error(url.code);
        return known.redeem(await signInAtProvider(url.value.href, 'somebody'), { checks, secondsAway: 1 });
      };
      expect(await redeem(privateKey)).toMatchObject({ ok: true, value: { subject: 'somebody' } });
      const other = await generateKeyPair('ES256', { extractable: true });
      // The clinic's own fault, not that of who signs in.
      expect(await redeem(other.privateKey)).toMatchObject({ ok: false, code: 'unavailable' });
    } finally {
      await provider.close();
    }
  });

  it('is told while what answers isn’t the issuer that was set', async () => {
    const provider = await startUnsafeProvider({ id: 'sotto', redirectUri, proof: { secret: 'a secret' } });
    try {
      const faults: unknown[] = [];
      const settings = await given({ ...whole(), API_OIDC_ISSUER: `${provider.issuer}/` });
      if (settings === null) throw new Error('no provider');
      const known = createOidcProvider(settings, redirectUri, (fault) => faults.push(fault));
      expect(await known.authorise(newChecks())).toMatchObject({ ok: false, code: 'unavailable' });
      expect(faults).toHaveLength(1);
    } finally {
      await provider.close();
    }
  });

  it('is asked once by all who wait for it, not again for a moment, and known for longer while it is away', async () => {
    const provider = await startUnsafeProvider({ id: 'sotto', redirectUri, proof: { secret: 'a secret' } });
    const faults: unknown[] = [];
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      await provider.setDown(true);
      const settings = await given({ ...whole(), API_OIDC_ISSUER: provider.issuer });
      if (settings === null) throw new Error('no provider');
      const known = createOidcProvider(settings, redirectUri, (fault) => faults.push(fault));
      const ask = async () => (await known.authorise(newChecks())).ok;
      expect(await Promise.all([ask(), ask(), ask()])).toEqual([false, false, false]);
      await provider.setDown(false);
      expect(await ask()).toBe(false);
      expect(faults).toHaveLength(1);
      vi.setSystemTime(Date.now() + 5001);
      expect(await ask()).toBe(true);
      await provider.setDown(true);
      vi.setSystemTime(Date.now() + 3_600_001);
      expect(await ask()).toBe(true);
      expect(faults).toHaveLength(2);
    } finally {
      vi.useRealTimers();
      await provider.close();
    }
  });
});
