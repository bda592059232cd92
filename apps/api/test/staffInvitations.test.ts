import { staffId } from '@sotto/protocol/ids';
import { maxOpenInvitations, staffPeople } from '@sotto/protocol/people';
import { and, eq, inArray, isNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendDueMail } from '../src/mailQueue.ts';
import { outboxTransport } from '../src/mailTransport.ts';
import { hashToken, newId, newToken } from '../src/opaqueToken.ts';
import { mailTable, staffInvitationTable } from '../src/schema.ts';
import { type Account, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { mailTo } from './mailTo.ts';
import { LogWatch } from './platformLog.ts';

let clinic: TestClinic;
let admin: Account;
let browser: HttpClient;
let officer: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  admin = await clinic.addStaff('admin', 'Ada Admin');
  browser = await clinic.signIn(admin);
  officer = await clinic.signIn(await clinic.addStaff('privacyOfficer'));
});
afterAll(() => clinic.close());

const password = 'a long enough password';
let number = 0;
const somebody = () => {
  number += 1;
  return { name: `Planted Newcomer ${number}`, email: `newcomer${number}@clinic.example`, role: 'nurse', locale: 'en' };
};
const invite = (body: object, by = browser) => by.send('POST', '/api/people/invitations', { body });
const list = async () => staffPeople.parse((await browser.send('GET', '/api/people')).json);

async function secretFor(email: string): Promise<string> {
  const [mail] = await mailTo(clinic, email, officer);
  const link = /https:\S+\/account\/#(\S+)/.exec(mail?.text ?? '');
  return link?.[1] ?? '';
}
const begin = (secret: string, by = clinic.visitor()) =>
  by.send('POST', '/api/account', { body: { secret, password } });

describe('an invitation to work here', () => {
  it('is mailed, read by whoever has its link, and makes one account with its role', async () => {
    const who = somebody();
    expect((await invite(who)).status).toBe(204);
    expect((await list()).invitations).toMatchObject([{ name: who.name, email: who.email, role: 'nurse' }]);
    const secret = await secretFor(who.email);
    const offer = await clinic.visitor().send('POST', '/api/account/invitation', { body: { secret } });
    expect(offer.json).toEqual({ clinicName: 'Test Clinic', name: who.name, email: who.email });
    expect((await begin(secret)).status).toBe(204);
    const { people, invitations } = await list();
    expect(invitations).toEqual([]);
    expect(people.find(({ email }) => email === who.email)).toMatchObject({
      name: who.name,
      roles: [{ role: 'nurse', state: 'held' }],
    });
    const signedIn = clinic.visitor();
    const session = await signedIn.send('POST', '/api/session', { body: { email: who.email, password } });
    expect(session.json).toMatchObject({ staff: { name: who.name, roles: ['nurse'] } });
    // Once.
    expect((await begin(secret)).status).toBe(404);
    expect((await clinic.visitor().send('POST', '/api/account/invitation', { body: { secret } })).status).toBe(404);
  });

  it('works for one of two who use it at once', async () => {
    const who = somebody();
    await invite(who);
    const secret = await secretFor(who.email);
    const statuses = (await Promise.all([begin(secret), begin(secret)])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([204, 404]);
  });

  it('works for two days, not when it was withdrawn, and not when another took its place', async () => {
    const [late, withdrawn, replaced] = [somebody(), somebody(), somebody()];
    for (const who of [late, withdrawn, replaced]) await invite(who);
    const { invitations } = await list();
    const idOf = (email: string) => invitations.find((one) => one.email === email)?.id ?? '';
    const first = await secretFor(replaced.email);
    const ofWithdrawn = await secretFor(withdrawn.email);
    const path = `/api/people/invitations/${idOf(withdrawn.email)}`;
    expect((await browser.send('DELETE', path)).status).toBe(204);
    expect((await browser.send('DELETE', path)).status).toBe(404);
    expect((await begin(ofWithdrawn)).status).toBe(404);
    expect((await invite({ ...replaced, email: replaced.email.toUpperCase() })).status).toBe(204);
    expect((await begin(first)).status).toBe(404);
    const secret = await secretFor(late.email);
    clinic.advance(48.01);
    expect((await begin(secret)).status).toBe(404);
    clinic.advance(-48.01);
    expect((await begin(secret)).status).toBe(204);
  });

  it('that is withdrawn, replaced or too old before its mail went out isn’t mailed, and no mail keeps its link', async () => {
    await sendDueMail(clinic.context, outboxTransport);
    const [withdrawn, replaced, late] = [somebody(), somebody(), somebody()];
    for (const who of [withdrawn, replaced]) await invite(who);
    const { invitations } = await list();
    const id = invitations.find(({ email }) => email === withdrawn.email)?.id;
    expect((await browser.send('DELETE', `/api/people/invitations/${id}`)).status).toBe(204);
    await invite(replaced);
    expect(await sendDueMail(clinic.context, outboxTransport)).toMatchObject({ sent: 1, givenUp: 2 });
    expect(await mailTo(clinic, withdrawn.email, officer)).toEqual([]);
    expect(await mailTo(clinic, replaced.email, officer)).toHaveLength(1);
    await invite(late);
    clinic.advance(48.01);
    expect(await sendDueMail(clinic.context, outboxTransport)).toMatchObject({ sent: 0, givenUp: 1 });
    clinic.advance(-48.01);
    expect(await mailTo(clinic, late.email, officer)).toEqual([]);
    const dropped = await clinic.context.database
      .select({ message: mailTable.messageSealed })
      .from(mailTable)
      .innerJoin(staffInvitationTable, eq(staffInvitationTable.staffId, mailTable.staffInvitationId))
      .where(and(isNull(mailTable.sentAt), inArray(staffInvitationTable.email, [withdrawn.email, late.email])));
    expect(dropped).toEqual([{ message: null }, { message: null }]);
  });

  it.each<[string, (inviter: Account) => Promise<unknown>]>([
    ['is let go', ({ id }) => browser.send('POST', `/api/people/${id}/disable`)],
    ['is no administrator any more', ({ id }) => browser.send('DELETE', `/api/people/${id}/roles/admin`)],
  ])('works no more once who sent it %s, nor when they come back', async (_, end) => {
    const inviter = await clinic.addStaff('admin');
    const who = somebody();
    expect((await invite(who, await clinic.signIn(inviter))).status).toBe(204);
    const secret = await secretFor(who.email);
    await end(inviter);
    expect((await list()).invitations.map(({ email }) => email)).not.toContain(who.email);
    expect((await begin(secret)).status).toBe(404);
    await browser.send('POST', `/api/people/${inviter.id}/enable`);
    const body = { role: 'admin', limits: { from: null, until: null, network: null, hours: null } };
    expect((await browser.send('POST', `/api/people/${inviter.id}/roles`, { body })).status).toBe(204);
    expect((await begin(secret)).status).toBe(404);
    await browser.send('POST', `/api/people/${inviter.id}/disable`);
  });

  it('works only while who sent it is an administrator, also where their role just ran out', async () => {
    const inviter = await clinic.addStaff('staff');
    const until = new Date(clinic.context.now().getTime() + 3_600_000).toISOString();
    const body = { role: 'admin', limits: { from: null, until, network: null, hours: null } };
    expect((await browser.send('POST', `/api/people/${inviter.id}/roles`, { body })).status).toBe(204);
    const who = somebody();
    await invite(who, await clinic.signIn(inviter));
    const secret = await secretFor(who.email);
    clinic.advance(1.01);
    expect((await clinic.visitor().send('POST', '/api/account/invitation', { body: { secret } })).status).toBe(404);
    expect((await begin(secret)).status).toBe(404);
    clinic.advance(-1.01);
    expect((await begin(secret)).status).toBe(204);
  });

  it('isn’t made for somebody who has an account, by anybody else, or with a password that is too short', async () => {
    expect(await invite({ ...somebody(), email: admin.email })).toMatchObject({
      status: 409,
      json: { code: 'conflict' },
    });
    expect((await invite(somebody(), officer)).status).toBe(403);
    expect((await invite({ ...somebody(), role: 'patient' })).status).toBe(400);
    const who = somebody();
    await invite(who);
    const secret = await secretFor(who.email);
    const short = { secret, password: 'short' };
    expect((await clinic.visitor().send('POST', '/api/account', { body: short })).status).toBe(400);
    expect((await begin('A'.repeat(43))).status).toBe(404);
    expect((await begin(secret)).status).toBe(204);
  });

  it('leaves neither its link nor a name in the log or the database, and its mail tells nothing of the clinic', async () => {
    const before = clinic.log.length;
    const watch = await LogWatch.of(clinic);
    const who = somebody();
    await invite(who);
    const secret = await secretFor(who.email);
    await begin(secret);
    const entries = await watch.take(({ resource }) => resource.endsWith('/role:nurse'));
    expect(entries).toMatchObject([
      { action: 'people:invite', actor: admin.id, role: 'admin' },
      { action: 'account:begin', role: 'nurse', resource: entries[0]?.resource },
    ]);
    const lines = clinic.log.slice(before).join('') + JSON.stringify(entries);
    for (const word of [secret, who.email, who.name, password]) expect(lines).not.toContain(word);
    const [mail] = await mailTo(clinic, who.email, officer);
    for (const word of ['Test Clinic', who.name, 'nurse', admin.name]) {
      expect(`${mail?.subject} ${mail?.text}`).not.toContain(word);
    }
    const { database } = clinic.context;
    const invitations = await database
      .select()
      .from(staffInvitationTable)
      .where(eq(staffInvitationTable.email, who.email));
    expect(invitations).toHaveLength(1);
    expect(invitations[0]?.secretHash).toEqual(new Uint8Array(hashToken(secret)));
    const mails = await database
      .select()
      .from(mailTable)
      .where(eq(mailTable.staffInvitationId, invitations[0]?.staffId ?? newId(staffId)));
    expect(mails).toHaveLength(1);
    for (const row of [...invitations, ...mails]) {
      for (const column of Object.values(row)) {
        const held = column instanceof Uint8Array ? Buffer.from(column).toString('latin1') : String(column);
        for (const word of [secret, Buffer.from(secret, 'base64url').toString('latin1')])
          expect(held).not.toContain(word);
      }
    }
    for (const mail of mails) {
      expect(Buffer.from(mail.messageSealed ?? []).toString('latin1')).not.toContain(who.email);
      expect(mail.messageSealed?.length).toBeGreaterThan(secret.length);
    }
  });
});

describe('invitations', () => {
  it('are so many at a time, of which the page shows all, and so many an hour', async () => {
    const own = await startClinic();
    const first = await own.addStaff('admin');
    const by = await own.signIn(first);
    const createdAt = own.context.now();
    const rows = Array.from({ length: maxOpenInvitations - 1 }, (_, index) => ({
      ...{ staffId: newId(staffId), clinicId: own.context.clinicId, name: 'Somebody', role: 'nurse' as const },
      ...{ email: `open${index}@clinic.example`, invitedBy: first.id, secretHash: hashToken(newToken()) },
      ...{ createdAt, expiresAt: new Date(createdAt.getTime() + 3_600_000) },
    }));
    await own.context.database.insert(staffInvitationTable).values(rows);
    const who = somebody();
    const statuses = [(await invite(who, by)).status];
    const full = await invite(somebody(), by);
    const shown = staffPeople.parse((await by.send('GET', '/api/people')).json).invitations.length;
    // One in the place of another.
    statuses.push((await invite(who, by)).status);
    own.advance(1.01);
    statuses.push((await invite(somebody(), by)).status);
    let last = statuses.length;
    while (last < 62 && (await invite(somebody(), by)).status === 204) last += 1;
    const limited = await invite(somebody(), by);
    await own.close();
    expect(statuses).toEqual([204, 204, 204]);
    expect(full).toMatchObject({ status: 409, json: { code: 'wrongState' } });
    expect(shown).toBe(maxOpenInvitations);
    expect(last).toBe(59);
    expect(limited).toMatchObject({ status: 429, json: { code: 'rateLimited' } });
  });
});
