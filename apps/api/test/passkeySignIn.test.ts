import { staffSession } from '@sotto/protocol/clinic';
import { nonce } from '@sotto/protocol/keystore';
import { signInOptions } from '@sotto/protocol/signIn';
import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { disableAccount } from '../src/administration.ts';
import { newId } from '../src/opaqueToken.ts';
import { staffSessionTable } from '../src/schema.ts';
import { createVisit, leaf, password, startClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { type AnswerChanges, Passkey } from './passkey.ts';
import { type Clinician, Records } from './records.ts';

const cookieName = '__Secure-sotto-staff';

let records: Records;
let physician: Clinician;
beforeAll(async () => {
  records = await Records.start(undefined, { passwordSessions: 'limited' });
  physician = await records.enrolled('physician', 'Dr Passkey');
}, 120_000);
afterAll(() => records.close(), 60_000);

const refused = { status: 401, json: { code: 'unauthenticated' } };
const tokenOf = (browser: HttpClient) => browser.cookies.get(cookieName) ?? '';
const byPassword = (person: Clinician, browser = records.clinic.visitor()) =>
  browser.send('POST', '/api/session', { body: { email: records.accountOf(person).email, password } });

describe('signing in by passkey', () => {
  it('gives a session that says so', async () => {
    const browser = records.clinic.visitor();
    const answer = await records.signInByPasskey(physician, browser);
    expect(answer.status).toBe(200);
    expect(staffSession.parse(answer.json)).toMatchObject({
      staff: { id: physician.id, name: 'Dr Passkey', role: 'physician' },
      ...{ method: 'passkey', mayHost: true },
    });
    expect((await browser.send('GET', '/api/session')).json).toEqual(answer.json);
  });

  it('refuses a challenge that was used, that nobody gave, and that is old', async () => {
    const browser = records.clinic.visitor();
    const options = signInOptions.parse((await browser.send('POST', '/api/session/passkey/options')).json);
    const { clinicId } = records.clinic.context;
    const body = (given = options.nonce) => {
      const statement = { type: 'sotto/sign-in/v1', clinic: clinicId, nonce: given } as const;
      return { nonce: given, assertion: physician.passkey.assert('sotto/sign-in/v1', statement) };
    };
    const send = async (given: object) =>
      records.clinic.visitor().send('POST', '/api/session/passkey', { body: given });
    const [first, second] = await Promise.all([send(body()), send(body())]);
    expect([first.status, second.status].sort()).toEqual([200, 401]);
    expect(await send(body())).toMatchObject(refused);
    expect(await send(body(newId(nonce)))).toMatchObject(refused);
    const later = signInOptions.parse((await browser.send('POST', '/api/session/passkey/options')).json);
    records.clinic.advance(5 / 60 + 0.001);
    expect(await send(body(later.nonce))).toMatchObject(refused);
  });

  it.each([
    ['about another clinic', { statement: { clinic: newId(nonce) as never } }],
    ['about another challenge', { statement: { nonce: newId(nonce) } }],
  ])('refuses what is signed %s', async (_, changes) => {
    expect(await records.signInByPasskey(physician, records.clinic.visitor(), changes)).toMatchObject(refused);
  });

  it('refuses what was signed for anything else', async () => {
    const browser = records.clinic.visitor();
    const options = signInOptions.parse((await browser.send('POST', '/api/session/passkey/options')).json);
    const statement = { type: 'sotto/sign-in/v1', clinic: records.clinic.context.clinicId, nonce: options.nonce };
    const assertion = physician.passkey.assert('sotto/act/v1', statement);
    const body = { nonce: options.nonce, assertion };
    expect(await browser.send('POST', '/api/session/passkey', { body })).toMatchObject(refused);
  });

  it('refuses a page of another origin, somebody else’s key and a passkey that nobody let in, all alike', async () => {
    const elsewhere = new Passkey('https://evil.example');
    const stranger = await records.stranger();
    for (const passkey of [elsewhere, stranger.passkey]) {
      expect(await records.signInByPasskey({ passkey }, records.clinic.visitor())).toMatchObject(refused);
    }
    const browser = records.clinic.visitor();
    const options = signInOptions.parse((await browser.send('POST', '/api/session/passkey/options')).json);
    const statement = { type: 'sotto/sign-in/v1', clinic: records.clinic.context.clinicId, nonce: options.nonce };
    const assertion = { ...stranger.passkey.assert('sotto/sign-in/v1', statement) };
    const claimed = { ...assertion, credential: physician.passkey.credential };
    const body = { nonce: options.nonce, assertion: claimed };
    expect(await browser.send('POST', '/api/session/passkey', { body })).toMatchObject(refused);
  });

  it('refuses a passkey without its owner’s finger, from another origin, and one whose counter went back', async () => {
    const person = await records.enrolled('nurse', 'Nurse Copied');
    const attempt = (how: AnswerChanges) => records.signInByPasskey(person, records.clinic.visitor(), { answer: how });
    expect(await attempt({ flags: 0x01 })).toMatchObject(refused);
    expect(await attempt({ origin: 'https://evil.example' })).toMatchObject(refused);
    expect(await attempt({})).toMatchObject({ status: 200 });
    expect(await attempt({ counter: 1 })).toMatchObject(refused);
    expect(await attempt({})).toMatchObject({ status: 200 });
    const logged = (event: string) =>
      records.clinic.log.flatMap((line) => {
        const told = JSON.parse(line) as { event: string; staffId?: string; level: string; reason?: string };
        return told.event === event && told.staffId === person.id ? [[told.level, told.reason]] : [];
      });
    expect(logged('passkeyCounterBack')).toEqual([['warn', undefined]]);
    expect(logged('signInRefused')).toEqual(Array(3).fill(['info', 'passkey']));
    expect(logged('signedIn')).toEqual([
      ['info', 'password'],
      ['info', 'passkey'],
      ['info', 'passkey'],
    ]);
    const twice = await Promise.all([attempt({ counter: 1000 }), attempt({ counter: 1000 })]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('is told of whoever else’s passkey it was than the page asked for, and leaves the session as it was', async () => {
    const { browser } = await records.stranger('physician', 'Dr First');
    const before = tokenOf(browser);
    const { staff } = staffSession.parse((await browser.send('GET', '/api/session')).json);
    expect(await records.signInByPasskey(physician, browser, { staff: staff.id })).toMatchObject({
      ...{ status: 403, json: { code: 'forbidden' } },
    });
    expect(tokenOf(browser)).toBe(before);
    expect((await browser.send('GET', '/api/session')).json).toMatchObject({ staff: { id: staff.id } });
    expect((await records.signInByPasskey(physician, records.clinic.visitor(), { staff: physician.id })).status).toBe(
      200,
    );
  });

  it('refuses an ended passkey and a disabled account as it does an unknown one', async () => {
    const ended = await records.enrolled('physician', 'Dr Ended');
    const before = await records.signedInAgain(ended);
    const officer = records.officer(0);
    const call = await records.act([officer], {
      ...{ action: 'revoke', subject: ended.id, credential: ended.passkey.credential, reason: 'lost' },
    });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: call })).status).toBe(200);
    expect(await records.signInByPasskey(ended, records.clinic.visitor())).toMatchObject(refused);
    // What it began is over; what the password began isn't, and that lets in again until there is a new passkey.
    const statusOf = async ({ browser }: Clinician) => (await browser.send('GET', '/api/session')).status;
    expect([await statusOf(before), await statusOf(ended), (await byPassword(ended)).status]).toEqual([401, 200, 200]);
    const disabled = await records.enrolled('physician', 'Dr Disabled');
    await records.clinic.context.database.transaction((database) =>
      disableAccount(
        { ...records.clinic.context, database, tell: () => undefined },
        { by: 'host', staff: disabled.id },
      ),
    );
    expect(await records.signInByPasskey(disabled, records.clinic.visitor())).toMatchObject(refused);
  });

  it.each([
    ['was ended meanwhile', 401, { tag: 'answered', value: { entries: [], revocations: [] } }],
    ['may have been ended meanwhile', 503, { tag: 'unavailable' }],
  ] as const)('leaves no session where the passkey %s', async (_, status, then) => {
    const { keystore, database } = records.clinic.context;
    const person = await records.enrolled('nurse', 'Nurse Meanwhile');
    const first = await keystore.directory();
    const read = vi
      .spyOn(keystore, 'directory')
      .mockResolvedValue(then as never)
      .mockResolvedValueOnce(first);
    expect(await records.signInByPasskey(person, records.clinic.visitor())).toMatchObject({ status });
    read.mockRestore();
    const { staffId, passkeyAt } = staffSessionTable;
    const sessions = await database
      .select()
      .from(staffSessionTable)
      .where(and(eq(staffId, person.id), isNotNull(passkeyAt)));
    expect(sessions.map((one) => one.revokedAt)).toEqual([expect.any(Date)]);
  });

  it.each([
    ['is over where nobody knows whether an officer’s revocation came through', 'privacyOfficer', 401],
    ['goes on where somebody else asked to revoke it, and no answer came', 'nurse', 200],
  ] as const)('begins a session that %s', async (_, role, status) => {
    const person = await records.enrolled('physician', 'Dr Unknown');
    const { browser } = await records.signedInAgain(person);
    const asking = role === 'nurse' ? await records.enrolled('nurse', 'Nurse Asking') : records.officer(0);
    const call = await records.act([asking], {
      ...{ action: 'revoke', subject: person.id, credential: person.passkey.credential, reason: 'lost' },
    });
    const act = vi.spyOn(records.clinic.context.keystore, 'act').mockResolvedValue({ tag: 'unavailable' });
    expect((await asking.browser.send('POST', '/api/keystore/acts', { body: call })).status).toBe(503);
    act.mockRestore();
    expect((await browser.send('GET', '/api/session')).status).toBe(status);
  });

  it('stops an address that fails too often', async () => {
    const other = await startClinic();
    const statement = { type: 'sotto/sign-in/v1', clinic: other.context.clinicId, nonce: newId(nonce) };
    const assertion = physician.passkey.assert('sotto/sign-in/v1', statement);
    const browser = other.visitor();
    const tried: number[] = [];
    for (let index = 0; index < 51; index++) {
      const body = { nonce: statement.nonce, assertion };
      tried.push((await browser.send('POST', '/api/session/passkey', { body })).status);
    }
    expect(tried.filter((status) => status === 401)).toHaveLength(50);
    expect(tried.at(-1)).toBe(429);
    await other.close();
  });
});

describe('a password', () => {
  it('alone lets nobody in who has a passkey that counts', async () => {
    const browser = records.clinic.visitor();
    const answer = await byPassword(physician, browser);
    expect([answer.status, answer.json]).toEqual([202, { needs: 'passkey', isWrong: false }]);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
  });

  it('lets somebody in whose passkey waits, and who makes visits but hosts none and opens nothing', async () => {
    const person = await records.stranger('physician', 'Dr Waiting');
    await records.askForEnrolment(person);
    const browser = records.clinic.visitor();
    const session = staffSession.parse((await byPassword(person, browser)).json);
    expect(session).toMatchObject({ method: 'password', mayHost: false });
    const visit = await createVisit(browser, records.clinic);
    const ticket = () => browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    expect(await ticket()).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    const release = await records.release({ ...person, browser }, [newId(nonce) as never]);
    expect((await browser.send('POST', '/api/keystore/releases', { body: release })).json).toMatchObject({
      code: 'forbidden',
    });
  });

  it('is needed no more once a passkey has come to the session, which goes on under a new token', async () => {
    const person = await records.stranger('physician', 'Dr Stepping');
    const newcomer = await records.askForEnrolment(person);
    const { browser } = person;
    const visit = await createVisit(browser, records.clinic);
    const ticket = () => browser.send('POST', `/api/visits/${visit.id}/ticket`, { body: { leaf } });
    const officer = records.officer(0);
    const call = await records.act([officer], { action: 'enrol', entry: records.entryOf(person) }, newcomer);
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: call })).status).toBe(200);
    expect((await ticket()).status).toBe(403);

    const before = tokenOf(browser);
    const stepped = staffSession.parse((await records.signInByPasskey(person, browser)).json);
    expect(stepped).toMatchObject({ method: 'password', mayHost: true });
    expect((await ticket()).status).toBe(200);
    const thief = records.clinic.visitor();
    thief.cookies.set(cookieName, before);
    expect((await thief.send('GET', '/api/session')).status).toBe(401);
  });

  it('that began a session before there was a passkey changes nothing of the sign-in any more; the passkey does', async () => {
    const person = await records.enrolled('physician', 'Dr Factors');
    const change = (proof: string | null, browser = person.browser) =>
      browser.send('POST', '/api/session/factors/totp', { body: { password: proof } });
    expect(await change(password)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    const { browser } = await records.signedInAgain(person);
    expect((await browser.send('GET', '/api/session/factors')).json).toMatchObject({ needsPassword: false });
    expect((await change(null, browser)).status).toBe(201);
  });

  it('lets nobody in while the keystore can’t say who has a passkey', async () => {
    const { keystore } = records.clinic.context;
    const person = await records.stranger();
    const answering = Object.getOwnPropertyDescriptor(keystore, 'directory') ?? {};
    Object.assign(keystore, { directory: async () => ({ tag: 'unavailable' }) });
    expect(await byPassword(person)).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(await records.signInByPasskey(physician, records.clinic.visitor())).toMatchObject({ status: 503 });
    Object.defineProperty(keystore, 'directory', answering);
    expect((await byPassword(person)).status).toBe(200);
  });
});

it('leaves another person’s session that the browser had behind', async () => {
  const browser = await records.clinic.physician('Dr Before');
  const before = tokenOf(browser);
  const session = staffSession.parse((await records.signInByPasskey(physician, browser)).json);
  expect(session.staff.id).toBe(physician.id);
  const copy = records.clinic.visitor();
  copy.cookies.set(cookieName, before);
  expect((await copy.send('GET', '/api/session')).status).toBe(401);
});
