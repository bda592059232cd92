import { clientConfig } from '@sotto/protocol/clinic';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { newToken } from '../src/opaqueToken.ts';
import { password, startClinic, type TestClinic } from './clinic.ts';
import { factorsOf } from './oidcPlace.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

describe('a clinic without a provider', () => {
  it('has nothing of it', async () => {
    const browser = await clinic.physician();
    expect(clientConfig.parse((await browser.send('GET', '/api/config')).json).provider).toBeNull();
    for (const [path, body] of [
      ['/api/session/oidc/start', undefined],
      ['/api/session/oidc', { state: newToken(), code: 'x' }],
      ['/api/session/factors/oidc', { password }],
      ['/api/session/factors/oidc/removal', { password }],
      ['/api/account/oidc', { secret: newToken() }],
    ] as const) {
      expect((await browser.send('POST', path, { body })).status).toBe(404);
    }
    expect((await factorsOf(browser)).isBound).toBeNull();
  });

  it.each([
    ['signInByAddress', '/api/session/oidc', { state: newToken(), code: 'x' }],
    ['accountLinks', '/api/account/oidc', { secret: newToken() }],
  ] as const)('lets no stranger fill the platform’s log (%s)', async (limit, path, body) => {
    Object.assign(clinic.context.limits, { [limit]: createAttemptLimit(2, 900) });
    const recorded = vi.spyOn(clinic.platformLog, 'record');
    const statuses: number[] = [];
    for (let tries = 0; tries < 4; tries += 1) {
      statuses.push((await clinic.visitor().send('POST', path, { body })).status);
    }
    expect([statuses, recorded.mock.calls.length]).toEqual([[404, 404, 429, 429], 2]);
    recorded.mockRestore();
  });
});
