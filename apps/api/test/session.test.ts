import { staffSession } from '@sotto/protocol/clinic';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { staffTable } from '../src/schema.ts';
import { password, startClinic, type TestClinic } from './clinic.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const cookieName = '__Secure-sotto-staff';

describe('signing in', () => {
  it('gives a session and a cookie that scripts and other sites can not use', async () => {
    const { email, id, name } = await clinic.addPhysician('Dr Ada Test');
    const client = clinic.visitor();
    const answer = await client.send('POST', '/api/session', { body: { email: email.toUpperCase(), password } });
    expect(answer.status).toBe(200);
    const session = staffSession.parse(answer.json);
    expect(session.staff).toEqual({ id, name, role: 'physician', roles: ['physician'], resting: null });
    const hours = (new Date(session.expiresAt).getTime() - clinic.context.now().getTime()) / 3_600_000;
    expect(hours).toBeGreaterThan(11.99);
    expect(hours).toBeLessThanOrEqual(12);
    const [device, cookie, ...more] = [answer.headers['set-cookie'] ?? []].flat();
    expect(more).toEqual([]);
    expect(device).toMatch(
      /^__Secure-sotto-device=[\w-]{43}; Max-Age=34560000; Path=\/api; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(cookie).toMatch(
      /^__Secure-sotto-staff=[\w-]{43}; Max-Age=43200; Path=\/api; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect((await client.send('GET', '/api/session')).json).toEqual(answer.json);
  });

  it('answers a wrong password, an unknown address and a disabled account alike, and as slowly', async () => {
    const known = await clinic.addPhysician();
    const disabled = await clinic.addPhysician();
    await clinic.context.database
      .update(staffTable)
      .set({ disabledAt: clinic.context.now() })
      .where(eq(staffTable.email, disabled.email));
    const attempt = async (email: string, typed: string) => {
      const client = clinic.visitor();
      const started = performance.now();
      const { status, json } = await client.send('POST', '/api/session', { body: { email, password: typed } });
      const { code } = json as { code: string };
      return { outcome: { status, code, cookies: client.cookies.size }, ms: performance.now() - started };
    };
    const cases = [
      [known.email, 'wrong'],
      ['nobody@clinic.example', password],
      [disabled.email, password],
    ] as const;
    const best = cases.map(() => Number.POSITIVE_INFINITY);
    const ratio = () => Math.min(...best) / Math.max(...best);
    // On a machine that is busy with others the best of a few may still be slow: then more are tried.
    for (let round = 0; round < 3 || (round < 15 && ratio() <= 0.4); round++) {
      for (const [index, [email, typed]] of cases.entries()) {
        const { outcome, ms } = await attempt(email, typed);
        expect(outcome).toEqual({ status: 401, code: 'unauthenticated', cookies: 0 });
        best[index] = Math.min(best[index] ?? 0, ms);
      }
    }
    // Argon2id is nearly all of it: without that work the answer would come ten times as fast.
    expect(ratio()).toBeGreaterThan(0.4);
  });

  it('ends the session that the same browser had', async () => {
    const { email } = await clinic.addPhysician();
    const client = clinic.visitor();
    await client.send('POST', '/api/session', { body: { email, password } });
    const former = client.cookies.get(cookieName) ?? '';
    await client.send('POST', '/api/session', { body: { email, password } });
    expect(client.cookies.get(cookieName)).not.toBe(former);
    const thief = clinic.visitor();
    thief.cookies.set(cookieName, former);
    expect((await thief.send('GET', '/api/session')).status).toBe(401);
    expect((await client.send('GET', '/api/session')).status).toBe(200);
  });
});

describe('a session', () => {
  it('ends by signing out, wherever the cookie has gone', async () => {
    const client = await clinic.physician();
    const copy = clinic.visitor();
    copy.cookies.set(cookieName, client.cookies.get(cookieName) ?? '');
    const answer = await client.send('DELETE', '/api/session');
    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    expect(client.cookies.has(cookieName)).toBe(false);
    expect((await copy.send('GET', '/api/session')).status).toBe(401);
    expect((await clinic.visitor().send('DELETE', '/api/session')).status).toBe(204);
  });

  it('ends when its account is disabled', async () => {
    const { email } = await clinic.addPhysician();
    const client = clinic.visitor();
    await client.send('POST', '/api/session', { body: { email, password } });
    await clinic.context.database
      .update(staffTable)
      .set({ disabledAt: clinic.context.now() })
      .where(eq(staffTable.email, email));
    expect((await client.send('GET', '/api/session')).status).toBe(401);
  });

  it.each(['', 'x', 'a'.repeat(43), "' or 1=1 --", 'a'.repeat(4000)])(
    'is not opened by the cookie %#',
    async (value) => {
      const client = clinic.visitor();
      client.cookies.set(cookieName, value);
      expect((await client.send('GET', '/api/session')).status).toBe(401);
    },
  );

  it('of another clinic counts for nothing here', async () => {
    const other = await startClinic();
    const stranger = await other.physician();
    const client = clinic.visitor();
    client.cookies.set(cookieName, stranger.cookies.get(cookieName) ?? '');
    expect((await client.send('GET', '/api/session')).status).toBe(401);
    await other.close();
  });

  it('ends twelve hours after signing in', async () => {
    const client = await clinic.physician();
    clinic.advance(11.9);
    expect((await client.send('GET', '/api/session')).status).toBe(200);
    clinic.advance(0.2);
    expect((await client.send('GET', '/api/session')).status).toBe(401);
  });
});
