import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDemo } from '../src/demoClinic.ts';
import { staffTable, visitTable } from '../src/schema.ts';
import { insertVisit } from '../src/visitRecord.ts';
import { startClinic, type TestClinic } from './clinic.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

const staffOf = (email: string) => clinic.context.database.select().from(staffTable).where(eq(staffTable.email, email));
const signIn = async ({ email, password }: { email: string; password: string }) => {
  const client = clinic.visitor();
  const { status } = await client.send('POST', '/api/session', { body: { email, password } });
  return { client, status };
};

describe('the demo', () => {
  it('is the same again while it works', async () => {
    const demo = await ensureDemo(clinic.context, 'first-password-1');
    expect(await ensureDemo(clinic.context, 'first-password-1')).toEqual(demo);
    expect((await signIn(demo.physician)).status).toBe(200);
  });

  it('has another visit and link when the one before is over', async () => {
    const former = await ensureDemo(clinic.context, 'first-password-1');
    const { client } = await signIn(former.physician);
    for (let round = 0; round < 4; round++) {
      const {
        visitId,
        patientLink,
        patientBirthDate: birthDate,
      } = await ensureDemo(clinic.context, 'first-password-1');
      expect((await client.send('POST', `/api/visits/${visitId}/end`)).status).toBe(200);
      const secret = new URL(patientLink).hash.slice(1);
      expect((await clinic.visitor().send('POST', '/api/join', { body: { secret, birthDate } })).status).toBe(409);
    }
    const next = await ensureDemo(clinic.context, 'first-password-1');
    const secret = new URL(next.patientLink).hash.slice(1);
    expect(
      (await clinic.visitor().send('POST', '/api/join', { body: { secret, birthDate: next.patientBirthDate } })).status,
    ).toBe(200);
  });

  it('takes another password, and then no longer the one before', async () => {
    const former = await ensureDemo(clinic.context, 'first-password-1');
    const next = await ensureDemo(clinic.context, 'second-password-2');
    expect((await signIn(former.physician)).status).toBe(401);
    expect((await signIn(next.physician)).status).toBe(200);
  });
});

describe('a list of visits', () => {
  it('is refused rather than cut short', async () => {
    const { physician } = await ensureDemo(clinic.context, 'second-password-2');
    const { client } = await signIn(physician);
    const [staff] = await staffOf(physician.email);
    if (!staff) throw new Error('The demo has no physician.');
    const from = new Date(clinic.context.now().getTime() + 48 * 3_600_000);
    const to = new Date(from.getTime() + 3_600_000);
    const list = () =>
      client.send(
        'GET',
        `/api/visits?${new URLSearchParams({ from: from.toISOString(), to: to.toISOString() }).toString()}`,
      );
    for (let index = 0; index < 500; index++) {
      await insertVisit(clinic.context, staff.id, { patientName: 'A', startsAt: from, minutes: 5 });
    }
    expect((await list()).json).toMatchObject({ visits: { length: 500 } });
    await insertVisit(clinic.context, staff.id, { patientName: 'A', startsAt: from, minutes: 5 });
    expect(await list()).toMatchObject({ status: 400, json: { code: 'invalid' } });
    expect(await clinic.context.database.$count(visitTable, eq(visitTable.startsAt, from))).toBe(501);
  });
});
