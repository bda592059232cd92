import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { signIn } from '../src/passwordSignIn.ts';
import { birthDate, createVisit, password, secretOf, startClinic, type TestClinic } from './clinic.ts';
import { newFieldKey } from './keys.ts';

let clinic: TestClinic;
beforeEach(async () => {
  clinic = await startClinic();
});
afterEach(() => clinic.close());

describe('rate limits', () => {
  it('stop the eleventh failure for one account from one address, right password or not, and for that account only', async () => {
    const { email } = await clinic.addPhysician();
    const other = await clinic.addPhysician();
    const client = clinic.visitor();
    const attempt = (address: string, typed: string) =>
      client.send('POST', '/api/session', { body: { email: address, password: typed } });
    const failures = await Promise.all(Array.from({ length: 10 }, () => attempt(email, 'wrong')));
    expect(new Set(failures.map(({ status }) => status))).toEqual(new Set([401]));
    const refusal = await attempt(email.toUpperCase(), password);
    expect(refusal.status).toBe(429);
    expect(refusal.json).toMatchObject({ code: 'rateLimited' });
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refusal.headers['retry-after'])).toBeLessThanOrEqual(900);
    expect((await attempt(other.email, password)).status).toBe(200);
  });

  it('don’t let a stranger’s failures keep the owner of an account out, and end somewhere all the same', async () => {
    const { email } = await clinic.addPhysician();
    Object.assign(clinic.context.limits, { signInByAccount: createAttemptLimit(12, 900) });
    const attempt = async (address: string, typed: string) => {
      const result = await signIn(
        { ...clinic.context, log: { info: () => undefined, warn: () => undefined } },
        { email, password: typed },
        {
          address,
          viewer: { address: null, userAgent: null },
          former: undefined,
          device: undefined,
          record: {
            tried: () => undefined,
            begin: (_session, act) => clinic.context.database.transaction(act),
          },
        },
      );
      return result.ok ? 'in' : result.code;
    };
    for (let round = 0; round < 10; round++) expect(await attempt('192.0.2.1', 'wrong')).toBe('unauthenticated');
    expect(await attempt('192.0.2.1', password)).toBe('rateLimited');
    expect(await attempt('192.0.2.2', password)).toBe('in');
    for (let round = 0; round < 2; round++) expect(await attempt('192.0.2.3', 'wrong')).toBe('unauthenticated');
    expect(await attempt('192.0.2.2', password)).toBe('rateLimited');
  });

  it('count what people ask about their own account, and apart from that the readings of the directory', async () => {
    const client = await clinic.physician();
    Object.assign(clinic.context.limits, { readings: createAttemptLimit(1, 60) });
    const begin = () => client.send('POST', '/api/session/factors/totp', { body: { password } });
    expect([(await begin()).status, (await begin()).status]).toEqual([201, 429]);
    Object.assign(clinic.context.limits, { requestsByPerson: createAttemptLimit(3, 60) });
    const asked = ['/api/sessions', '/api/sessions/devices', '/api/session/factors', '/api/sessions'];
    const statuses: number[] = [];
    for (const path of asked) statuses.push((await client.send('GET', path)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('do not count what succeeds', async () => {
    const { email } = await clinic.addPhysician();
    const client = clinic.visitor();
    for (let round = 0; round < 12; round++) {
      expect((await client.send('POST', '/api/session', { body: { email, password } })).status).toBe(200);
    }
  });

  it('stop one address that tries many accounts', async () => {
    const client = clinic.visitor();
    const statuses: number[] = [];
    for (let round = 0; round < 13; round++) {
      const four = Array.from({ length: 4 }, async (_, index) => {
        const email = `nobody${round}-${index}@clinic.example`;
        return (await client.send('POST', '/api/session', { body: { email, password } })).status;
      });
      statuses.push(...(await Promise.all(four)));
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(50);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });

  it('stop guessing at links, and let who has one in before that as often as needed', async () => {
    const physician = await clinic.physician();
    const { id } = await createVisit(physician, clinic);
    const secret = await secretOf(physician, id);
    const client = clinic.visitor();
    const join = (typed: string) => client.send('POST', '/api/join', { body: { secret: typed, birthDate } });
    for (let round = 0; round < 35; round++) expect((await join(secret)).status).toBe(200);
    for (let round = 0; round < 30; round++) expect((await join(newFieldKey())).status).toBe(404);
    expect(await join(newFieldKey())).toMatchObject({ status: 429, json: { code: 'rateLimited' } });
  });

  it('hold for everything that one address asks for', async () => {
    await clinic.close();
    clinic = await startClinic();
    Object.assign(clinic.context.limits, { requests: createAttemptLimit(5, 60) });
    const client = clinic.visitor();
    for (let round = 0; round < 5; round++) expect((await client.send('GET', '/api/config')).status).toBe(200);
    expect(await client.send('GET', '/api/config')).toMatchObject({ status: 429, json: { code: 'rateLimited' } });
  });
});
