import { decodeEntry, parseProvenEntry } from '@sotto/audit';
import { readingNonce } from '@sotto/protocol/keystore';
import { patientSession, patientSessions } from '@sotto/protocol/patientSignIn';
import { entriesView, objectPage, portalView, sealedObject } from '@sotto/protocol/records';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cookieNameOf } from '../src/cookies.ts';
import { patientSessionTable } from '../src/schema.ts';
import { joinAsPatient } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { Passkey } from './passkey.ts';
import { sendPhi } from './phi.ts';
import { LogWatch } from './platformLog.ts';
import { type Clinician, Records, type WrittenNote } from './records.ts';
import { RecoveryCode } from './recoveryCode.ts';

const nonce = readingNonce.parse('AAECAwQFBgcICQoLDA0ODw');
const portal = `/api/portal?nonce=${nonce}`;

let records: Records;
let writer: Clinician;
// Starts two databases and six processes, on a machine that may be busy with other tests.
beforeAll(async () => {
  records = await Records.start();
  writer = await records.enrolled('physician', 'Dr Ada Writer');
}, 300_000);
afterAll(() => records.close(), 60_000);

/** A patient with a note of theirs and a recovery code. */
async function patient(): Promise<{ note: WrittenNote; code: RecoveryCode; link: HttpClient }> {
  const note = await records.write(writer);
  const link = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
  return { note, link, code: await records.patientKey(writer, note, link) };
}

/** Another browser, in which they have just signed in. */
async function signedIn(code: RecoveryCode): Promise<HttpClient> {
  const browser = records.clinic.visitor();
  expect((await records.signInPatient(code, browser)).status).toBe(200);
  return browser;
}

const statusOf = async (browser: HttpClient, path = portal) => (await browser.send('GET', path)).status;

/** Moves the api's clock, and back when the test is over. */
function advance(minutes: number): void {
  records.clinic.advance(minutes / 60);
  onTestFinished(() => records.clinic.advance(-minutes / 60));
}

describe('a patient who signs in by a key of theirs', () => {
  it('reads their page without a link, opens a note, and finds the sign-in in their own log', async () => {
    const { note, code } = await patient();
    const watch = await LogWatch.of(records.clinic);
    const browser = records.clinic.visitor();
    const answer = await records.signInPatient(code, browser);
    const session = patientSession.parse(answer.json);
    expect(session).toMatchObject({ patient: note.pseudonym, visit: null, ends: { idleSeconds: 900 } });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Secure-sotto-patient=[\w-]{43}; Max-Age=28800; Path=\/api; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ]);
    expect(await watch.take(({ actor }) => actor === note.pseudonym)).toMatchObject([
      { action: 'patient:signIn', resource: `patient:${note.pseudonym}`, outcome: 'allowed', role: 'patient' },
    ]);
    expect(portalView.parse((await browser.send('GET', portal)).json)).toMatchObject({
      patient: { id: note.pseudonym, name: 'Pat Example' },
      visit: null,
      keys: [{ payload: { credential: code.entry.credential } }],
    });
    const listed = objectPage.parse((await browser.send('GET', '/api/portal/objects')).json);
    expect(listed.objects.map(({ object }) => object)).toEqual([note.object]);
    sealedObject.parse((await sendPhi(browser, 'readNote', note.object)).json);
    const own = { browser, id: note.pseudonym, passkey: code };
    const release = await records.release(own, [note.object], { purpose: 'patientRequest' });
    expect((await browser.send('POST', '/api/keystore/releases', { body: release })).status).toBe(200);
    const { entries } = entriesView.parse(
      (await browser.send('GET', `/api/keystore/entries?nonce=${nonce}&about=own`)).json,
    );
    const actions = entries.map(
      (proof) => decodeEntry(parseProvenEntry(proof).leaf.content?.encoded ?? new Uint8Array()).action,
    );
    expect(actions.slice(0, 2)).toEqual(['object.release', 'patient.signIn']);
  });

  it('comes into no visit, asks for no key, and sees nothing of another patient', async () => {
    const [{ note, code }, other] = [await patient(), await patient()];
    const browser = await signedIn(code);
    expect(await statusOf(browser, '/api/join')).toBe(401);
    const leaf = { body: { leaf: 'A'.repeat(43) } };
    expect((await browser.send('POST', '/api/join/ticket', leaf)).status).toBe(401);
    expect((await browser.send('POST', `/api/visits/${note.visit.id}/ticket`, leaf)).status).toBe(401);
    expect((await records.askForCode(note, browser)).answer.status).toBe(401);
    expect((await sendPhi(browser, 'readNote', other.note.object)).status).toBe(404);
    expect(await statusOf(browser, `/api/keystore/patients/${other.note.pseudonym}?nonce=${nonce}`)).toBe(401);
    const theirs = `/api/keystore/entries?nonce=${nonce}&about=patient&patient=${other.note.pseudonym}`;
    expect(await statusOf(browser, theirs)).toBe(404);
    const release = await records.release({ browser, id: note.pseudonym, passkey: code }, [other.note.object], {
      purpose: 'patientRequest',
    });
    expect(await browser.send('POST', '/api/keystore/releases', { body: release })).toMatchObject({
      status: 403,
      json: { code: 'denied', reasons: ['notOwn'] },
    });
  });

  it('stays whose link it is in a browser with both, and who signed in once that is over', async () => {
    const [{ code, note }, other] = [await patient(), await patient()];
    const browser = other.link;
    expect((await records.signInPatient(code, browser)).status).toBe(200);
    const whose = async () => patientSession.parse((await browser.send('GET', '/api/portal/session')).json).patient;
    expect(await whose()).toBe(other.note.pseudonym);
    await browser.send('DELETE', '/api/join');
    expect(await whose()).toBe(note.pseudonym);
  });

  it('gets the same answer for an unknown key, a wrong signature, a nonce that was used, and another page', async () => {
    const { code, note } = await patient();
    const browser = records.clinic.visitor();
    const used = await records.patientSignIn(code, browser);
    expect((await browser.send('POST', '/api/portal/session', { body: used })).status).toBe(200);
    browser.cookies.clear();
    const stranger = new RecoveryCode(note.pseudonym);
    const passkey = new Passkey('https://localhost:9443');
    const fresh = await records.patientSignIn(code, browser);
    const bodies = [
      used,
      await records.patientSignIn(stranger, browser),
      await records.patientSignIn(passkey, browser),
      await records.patientSignIn(code, browser, { origin: 'https://evil.example' }),
      { ...fresh, assertion: { ...fresh.assertion, signature: used.assertion.signature } },
    ];
    for (const body of bodies) {
      expect(await browser.send('POST', '/api/portal/session', { body })).toMatchObject({
        status: 401,
        json: { code: 'unauthenticated' },
      });
    }
    expect(browser.cookies.size).toBe(0);
  });

  it('is refused after thirty failures from one address, and not sooner for those that went well', async () => {
    const { code } = await patient();
    const take = async () => records.clinic.context.limits.patientSignIns.take('203.0.113.0');
    for (let tried = 0; tried < 30; tried += 1) expect(await take()).toMatchObject({ ok: true });
    expect(await take()).toMatchObject({ ok: false, code: 'rateLimited' });
    for (let tried = 0; tried < 9; tried += 1) await signedIn(code);
    // The keystore counts by key: ten in five minutes, right ones too.
    await signedIn(code);
    expect((await records.signInPatient(code, records.clinic.visitor())).status).toBe(429);
  });

  it('is told so while the keystore is away, and failed at nothing', async () => {
    const { code } = await patient();
    const browser = records.clinic.visitor();
    const body = await records.patientSignIn(code, browser);
    const away = vi.spyOn(records.clinic.context.keystore, 'signInPatient').mockResolvedValue({ tag: 'unavailable' });
    onTestFinished(() => away.mockRestore());
    expect(await browser.send('POST', '/api/portal/session', { body })).toMatchObject({ status: 503 });
    away.mockRestore();
    expect((await browser.send('POST', '/api/portal/session', { body })).status).toBe(200);
  });

  it('isn’t signed in by a page of another origin', async () => {
    const { code } = await patient();
    const browser = records.clinic.visitor();
    const body = await records.patientSignIn(code, browser);
    const headers = { origin: 'https://evil.example' };
    expect(await browser.send('POST', '/api/portal/session', { body, headers })).toMatchObject({ status: 403 });
    expect((await browser.send('POST', '/api/portal/session', { body })).status).toBe(200);
    expect(await browser.send('DELETE', '/api/portal/session', { headers })).toMatchObject({ status: 403 });
    expect(await statusOf(browser)).toBe(200);
  });
});

describe('their session', () => {
  it('ends after 15 minutes in which nobody does anything, whatever the page asks for by itself', async () => {
    const browser = await signedIn((await patient()).code);
    advance(10);
    expect(await statusOf(browser)).toBe(200);
    const report = (idleSeconds: number) =>
      browser.send('POST', '/api/portal/session/activity', { body: { idleSeconds } });
    expect(patientSession.parse((await report(60)).json).ends?.idleLeftSeconds).toBeLessThanOrEqual(840);
    // Another tab, in which nobody was for longer, takes nothing back.
    expect(patientSession.parse((await report(500)).json).ends?.idleLeftSeconds).toBeGreaterThan(800);
    advance(13);
    expect(await statusOf(browser)).toBe(200);
    advance(3);
    expect(await statusOf(browser)).toBe(401);
    expect((await report(0)).status).toBe(401);
    advance(-10);
    // Over for good: a clock that is set back opens nothing.
    expect(await statusOf(browser)).toBe(401);
  });

  it('ends after eight hours, whatever anybody does', async () => {
    const browser = await signedIn((await patient()).code);
    for (let quarter = 0; quarter < 47; quarter += 1) {
      advance(10);
      await browser.send('POST', '/api/portal/session/activity', { body: { idleSeconds: 0 } });
    }
    expect(await statusOf(browser)).toBe(200);
    advance(11);
    expect(await statusOf(browser)).toBe(401);
  });

  it('is listed, and ended by the patient wherever it is, and by nobody else', async () => {
    const [{ code }, other] = [await patient(), await patient()];
    const [here, there] = [await signedIn(code), await signedIn(code)];
    const { sessions } = patientSessions.parse((await here.send('GET', '/api/portal/sessions')).json);
    expect(sessions.map(({ kind, isThis }) => [kind, isThis])).toEqual([
      ['recoveryCode', false],
      ['recoveryCode', true],
    ]);
    const path = `/api/portal/sessions/${sessions[0]?.id ?? ''}`;
    expect((await (await signedIn(other.code)).send('DELETE', path)).status).toBe(404);
    expect(await statusOf(there)).toBe(200);
    expect((await here.send('DELETE', path)).status).toBe(204);
    expect(await statusOf(there)).toBe(401);
    expect((await here.send('DELETE', path)).status).toBe(404);
    expect(await statusOf(here)).toBe(200);
  });

  it('ends when they sign out, wherever its cookie was copied to', async () => {
    const { code } = await patient();
    const browser = await signedIn(code);
    const copied = records.clinic.visitor();
    for (const [name, value] of browser.cookies) copied.cookies.set(name, value);
    expect((await browser.send('DELETE', '/api/portal/session')).status).toBe(204);
    expect(browser.cookies.has(cookieNameOf('patient'))).toBe(false);
    expect(await statusOf(copied)).toBe(401);
    expect((await browser.send('DELETE', '/api/portal/session')).status).toBe(204);
  });

  it('takes the place of the one before in the same browser, and is one of twenty at most', async () => {
    const { code, note } = await patient();
    const browser = await signedIn(code);
    expect((await records.signInPatient(code, browser)).status).toBe(200);
    const count = () =>
      records.clinic.context.database.$count(patientSessionTable, eq(patientSessionTable.patientId, note.pseudonym));
    expect(await count()).toBe(1);
  });

  it('ends with the key that it came by, by an act and by what the keystore says later', async () => {
    const { code, note } = await patient();
    const [first, second] = [await signedIn(code), await signedIn(code)];
    const { credential } = code.entry;
    const given = { action: 'revokePatient', pseudonym: note.pseudonym, credential, reason: 'lost' } as const;
    const call = await records.act([writer], given);
    // Handed in past the api: its sessions go when the page is read.
    expect(await records.clinic.context.keystore.act(call)).toMatchObject({ tag: 'answered' });
    expect(await statusOf(first)).toBe(401);
    expect(await statusOf(first, '/api/portal/objects')).toBe(401);
    expect((await writer.browser.send('POST', '/api/keystore/acts', { body: call })).status).toBe(200);
    expect(await statusOf(second, '/api/portal/objects')).toBe(401);
    expect((await records.signInPatient(code, records.clinic.visitor())).status).toBe(401);
  });

  it('doesn’t live where the key is ended while it begins', async () => {
    const { code, note } = await patient();
    const browser = records.clinic.visitor();
    const body = await records.patientSignIn(code, browser);
    const { credential } = code.entry;
    const given = { action: 'revokePatient', pseudonym: note.pseudonym, credential, reason: 'lost' } as const;
    const call = await records.act([writer], given);
    const { keystore } = records.clinic.context;
    const listing = vi.spyOn(keystore, 'patientKeys').mockImplementationOnce(async (...asked) => {
      expect(await keystore.act(call)).toMatchObject({ tag: 'answered' });
      return keystore.patientKeys(...asked);
    });
    onTestFinished(() => listing.mockRestore());
    expect(await browser.send('POST', '/api/portal/session', { body })).toMatchObject({ status: 401 });
    expect(browser.cookies.size).toBe(0);
    const { database } = records.clinic.context;
    const [row] = await database
      .select()
      .from(patientSessionTable)
      .where(eq(patientSessionTable.patientId, note.pseudonym));
    expect(row?.revokedAt).not.toBeNull();
  });

  it('ends when everything of theirs is shredded', async () => {
    const { code, note } = await patient();
    const browser = await signedIn(code);
    const officers = [records.officer(0), records.officer(1)];
    const call = await records.act(officers, { action: 'shred', pseudonym: note.pseudonym, object: null });
    expect((await records.officer(0).browser.send('POST', '/api/keystore/acts', { body: call })).status).toBe(200);
    expect(await statusOf(browser, '/api/portal/objects')).toBe(401);
    expect((await records.signInPatient(code, records.clinic.visitor())).status).toBe(401);
  });
});
