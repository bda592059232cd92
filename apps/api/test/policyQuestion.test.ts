import { type PolicyQuestion, policyAnswer } from '@sotto/protocol/policyQuestion';
import { noLimits } from '@sotto/protocol/roleLimits';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, createVisit, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let admin: HttpClient;
let physician: Account;
beforeAll(async () => {
  clinic = await startClinic();
  admin = await clinic.signIn(await clinic.addStaff('admin'));
  physician = await clinic.addPhysician();
});
afterAll(() => clinic.close());

const asked = (changes: Partial<PolicyQuestion>) => ({
  ...{ staff: physician.id, action: 'visit:read', of: 'own', at: clinic.context.now().toISOString() },
  ...{ address: '127.0.0.1', passkey: true },
  ...changes,
});
const ask = async (changes: Partial<PolicyQuestion>) => {
  const { json } = await admin.send('POST', '/api/policy/question', { body: asked(changes) });
  return policyAnswer.parse(json);
};

describe('who may do what', () => {
  it('is told with the policies that decide it', async () => {
    expect(await ask({})).toMatchObject({
      may: true,
      isDisabled: false,
      roles: [{ role: 'physician', outcome: 'permit', by: ['physician-hosts-own-visit'] }],
    });
    expect(await ask({ of: 'foreign' })).toMatchObject({ may: false, roles: [{ outcome: 'notGranted', by: [] }] });
    expect(await ask({ action: 'object:open:note', of: 'related' })).toMatchObject({
      roles: [{ outcome: 'permit', by: ['clinician-cares-for-patient'] }],
    });
    expect(await ask({ action: 'object:open:note', passkey: false })).toMatchObject({
      roles: [{ outcome: 'forbidden', by: ['passkey-must-sign'] }],
    });
    expect(await ask({ action: 'people:read' })).toMatchObject({ may: false });
  });

  it('is told of the limits that are in the way, and of a visit that goes on', async () => {
    const nurse = await clinic.addStaff('nurse');
    const limits = { ...noLimits, hours: { from: 480, to: 1080, days: [1, 2, 3, 4, 5] }, network: '10.0.0.0/8' };
    await admin.send('POST', `/api/people/${nurse.id}/roles`, { body: { role: 'physician', limits } });
    const physicianOf = async (changes: Partial<PolicyQuestion>) =>
      (await ask({ staff: nurse.id, action: 'visit:join', ...changes })).roles.find(({ role }) => role === 'physician');
    // A Sunday and a Monday in years to come, in Madrid.
    const [sunday, monday] = ['2030-06-16T10:00:00Z', '2030-06-17T10:00:00Z'];
    expect(await physicianOf({ at: sunday })).toMatchObject({ by: ['outside-hours', 'outside-network'] });
    expect(await physicianOf({ at: sunday, address: '10.1.2.3' })).toMatchObject({ by: ['outside-hours'] });
    expect(await physicianOf({ at: monday, address: null })).toMatchObject({ by: ['outside-network'] });
    expect(await physicianOf({ at: monday, address: '10.1.2.3' })).toMatchObject({ outcome: 'permit' });
    expect(await physicianOf({ at: sunday, of: 'live' })).toMatchObject({ outcome: 'permit' });
    // On the way to the keystore, which an emergency takes.
    expect(await physicianOf({ at: sunday, action: 'visit:read' })).toMatchObject({ outcome: 'permit' });
    expect((await ask({ staff: nurse.id, at: sunday, of: 'own' })).may).toBe(true);
  });

  it('says what the routes then do', async () => {
    const browser = await clinic.signIn(physician);
    const other = await clinic.physician();
    const [own, foreign] = [await createVisit(browser, clinic), await createVisit(other, clinic)];
    for (const [of, id] of [
      ['own', own.id],
      ['foreign', foreign.id],
    ] as const) {
      const { may } = await ask({ of, passkey: false });
      expect([of, may]).toEqual([of, (await browser.send('GET', `/api/visits/${id}`)).status === 200]);
    }
  });

  it('isn’t answered about who isn’t there, nor to anybody else', async () => {
    const elsewhere = await startClinic();
    const { id } = await elsewhere.addPhysician();
    await elsewhere.close();
    const body = asked({ staff: id });
    expect((await admin.send('POST', '/api/policy/question', { body })).status).toBe(404);
    const browser = await clinic.signIn(physician);
    expect((await browser.send('POST', '/api/policy/question', { body: asked({}) })).status).toBe(403);
    const at = asked({ address: '10.0.0.0/8' });
    expect((await admin.send('POST', '/api/policy/question', { body: at })).status).toBe(400);
  });
});
