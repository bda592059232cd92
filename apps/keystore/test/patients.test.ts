import { type PatientId, patientId, visitId } from '@sotto/protocol/ids';
import { readingNonce } from '@sotto/protocol/keystore';
import { maxHoldsRead, patientKeys } from '@sotto/protocol/keystoreRoutes';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { toBase64url } from '../src/bytes.ts';
import { actCall } from '../src/directory/act.ts';
import { listPatientKeys, patientCredentials } from '../src/directory/patientCredential.ts';
import { VisitOfAnother } from '../src/errors.ts';
import { newId } from '../src/ids.ts';
import { readHolds } from '../src/keys/shredding.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { readNotices } from '../src/notices.ts';
import { isSigned, payloadHash } from '../src/statement.ts';
import { Passkey } from './passkey.ts';
import { entriesAbout, openRelease, type People, type ViewerKey } from './people.ts';
import { RecoveryCode } from './recoveryCode.ts';
import { clinicReleases, releaseScene } from './releaseScene.ts';

const { installation, context, people, physician, clock, releases } = await releaseScene(clinicReleases);
beforeEach(() => {
  clock.offsetMs = 0;
});
afterAll(() => installation.remove());

const refused = (code: string) => ({ tag: 'refused', code });
const own = { request: { purpose: 'patientRequest' as const } };

/** Enrols a key of a patient in a visit, of its own unless it's said in which. */
const enrol = async (key: RecoveryCode, signer = physician, visit = newId(visitId), newcomerVisit = visit) => {
  const call = await people.call([signer], { action: 'enrolPatient', visit, entry: key.entry }, key);
  const newcomer = people.proven(key, { of: 'patient', visit: newcomerVisit, entry: key.entry });
  return people.acts.perform({ ...call, newcomer });
};
const open = async (key: ViewerKey, pseudonym: PatientId, changes: Parameters<People['viewer']>[2] = own) => {
  const { object } = await people.object(pseudonym);
  const viewer = await people.viewer(key, [object], changes);
  return { viewer, outcome: await releases.release(viewer.call) };
};
const assist = async (key: RecoveryCode, signers: readonly Passkey[]) => {
  const call = await people.call(signers, { action: 'assist', entry: key.entry }, key);
  return people.acts.perform(call);
};

describe('a patient’s key', () => {
  it('is enrolled by the clinician of the visit, and opens the patient’s own objects alone', async () => {
    const [code, visit] = [new RecoveryCode(), newId(visitId)];
    expect(await enrol(code, physician, visit)).toMatchObject({
      tag: 'done',
      statement: {
        payload: { type: 'sotto/patient-key/v1', ...code.entry, visit, enrolledBy: [physician.subject] },
      },
    });
    const { viewer, outcome } = await open(code, code.subject);
    expect((await openRelease(viewer, outcome, installation)).size).toBe(1);
    expect(await entriesAbout(context, viewer.call.request.id)).toMatchObject([
      { actor: code.subject, role: 'patient', purpose: 'patientRequest', outcome: 'allowed' },
    ]);
    const others = await open(code, newId(patientId));
    expect(others.outcome).toEqual({ ...refused('denied'), reasons: ['notOwn'] });
    expect((await open(code, code.subject, {})).outcome).toMatchObject({ code: 'denied', reasons: ['purpose'] });
    const urgent = { request: { purpose: 'patientRequest', breakGlass: 'covering' } } as const;
    expect((await open(code, code.subject, urgent)).outcome).toMatchObject({ code: 'denied', reasons: ['purpose'] });
  });

  it('may be a passkey, whose counter moves', async () => {
    const pseudonym = newId(patientId);
    const [passkey, visit] = [new Passkey(), newId(visitId)];
    const { credential, publicKey } = passkey;
    const entry = { kind: 'passkey', pseudonym, credential, publicKey: toBase64url(publicKey) } as const;
    const call = await people.call([physician], { action: 'enrolPatient', visit, entry }, passkey);
    expect(await people.acts.perform(call)).toMatchObject({ tag: 'done' });
    const key = { subject: pseudonym, assert: passkey.assert.bind(passkey) };
    expect((await open(key, pseudonym)).outcome).toMatchObject({ tag: 'released' });
    expect((await open(key, pseudonym, { ...own, assertion: { counter: 2 } })).outcome).toMatchObject(
      refused('assertion'),
    );
    expect(await patientCredentials(context, pseudonym)).toMatchObject([{ payload: entry }]);
  });

  it('is refused when an officer alone signs, in another visit, without its own proof, or twice', async () => {
    const code = new RecoveryCode();
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    expect(await enrol(code, officer)).toEqual(refused('assertion'));
    expect(await enrol(code, new Passkey())).toEqual(refused('assertion'));
    const visit = newId(visitId);
    expect(await enrol(code, physician, visit, newId(visitId))).toEqual(refused('assertion'));
    const other = new RecoveryCode(code.subject);
    const call = await people.call([physician], { action: 'enrolPatient', visit, entry: code.entry }, other);
    expect(await people.acts.perform(call)).toEqual(refused('assertion'));
    expect(actCall.safeParse({ ...call, newcomer: null }).success).toBe(false);
    expect(await keysOf(code.subject)).toEqual([]);
    expect(await enrol(code)).toMatchObject({ tag: 'done' });
    expect(await enrol(code)).toEqual(refused('exists'));
  });

  it('is refused in a visit in which something was made for somebody else', async () => {
    const [taken, own] = [newId(visitId), new RecoveryCode()];
    await people.object(newId(patientId), taken);
    expect(await enrol(own, physician, taken)).toEqual(refused('conflict'));
    expect(await keysOf(own.subject)).toEqual([]);
    const theirs = newId(visitId);
    await people.object(own.subject, theirs);
    expect(await enrol(own, physician, theirs)).toMatchObject({ tag: 'done' });
  });

  it('makes the visit the patient’s: nobody else gets a key or an object in it, also after it was ended', async () => {
    const [visit, first, other] = [newId(visitId), new RecoveryCode(), new RecoveryCode()];
    expect(await enrol(first, physician, visit)).toMatchObject({ tag: 'done' });
    const othersFail = async () => {
      await expect(people.object(other.subject, visit)).rejects.toBeInstanceOf(VisitOfAnother);
      expect(await enrol(other, physician, visit)).toEqual(refused('conflict'));
    };
    await othersFail();
    expect(await enrol(new RecoveryCode(first.subject), physician, visit)).toMatchObject({ tag: 'done' });
    await people.object(first.subject, visit);
    const unused = newId(visitId);
    const { credential } = first.entry;
    await enrol(other, physician, unused);
    const { subject: pseudonym } = first;
    await people.perform([physician], { action: 'revokePatient', pseudonym, credential, reason: 'lost' });
    await othersFail();
    expect(await keysOf(other.subject)).toHaveLength(1);
    // A row that an administrator moved to another visit is no key.
    await installation.asOwner((client) =>
      client.query('update keystore.patient_credential set visit = $1 where credential = $2', [
        newId(visitId),
        other.entry.credential,
      ]),
    );
    expect((await open(other, other.subject)).outcome).toMatchObject(refused('assertion'));
  });

  it('and somebody else’s object never come into one visit at the same moment', async () => {
    for (let round = 0; round < 8; round += 1) {
      const [visit, code, mints] = [newId(visitId), new RecoveryCode(), newId(patientId)];
      const [enrolled, minted] = await Promise.all([
        enrol(code, physician, visit),
        people.object(mints, visit).then(
          () => 'minted',
          (fault: unknown) => fault,
        ),
      ]);
      expect([enrolled.tag === 'done', minted === 'minted'].filter(Boolean)).toHaveLength(1);
      if (minted !== 'minted') expect(minted).toBeInstanceOf(VisitOfAnother);
    }
  });

  it('of somebody who lost all others takes two people, one an officer, and a day', async () => {
    const code = new RecoveryCode();
    const [officer, second] = people.officers;
    if (!officer || !second) throw new Error('there are officers');
    expect(await assist(code, [physician, await people.physician()])).toEqual(refused('assertion'));
    expect(actCall.safeParse(await people.call([officer], { action: 'assist', entry: code.entry }, code)).success).toBe(
      false,
    );
    expect(await assist(code, [physician, officer])).toMatchObject({ tag: 'done' });
    const [key] = await keysOf(code.subject);
    expect(Date.parse(key?.activeFrom ?? '') - Date.parse(key?.enrolledAt ?? '')).toBe(86_400_000);
    const early = await open(code, code.subject);
    expect(early.outcome).toMatchObject(refused('notYet'));
    expect(await entriesAbout(context, early.viewer.call.request.id)).toMatchObject([{ outcome: 'refused' }]);
    clock.offsetMs = 86_400_000 + 60_000;
    expect((await open(code, code.subject)).outcome).toMatchObject({ tag: 'released' });
  });

  it('is revoked by an officer or by who enrolled it, for good, as the log says', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const other = await people.physician();
    for (const signer of [officer, physician]) {
      const code = new RecoveryCode();
      await enrol(code);
      const { subject: pseudonym, entry } = code;
      const revocation = { action: 'revokePatient', pseudonym, credential: entry.credential, reason: 'lost' } as const;
      expect(await people.perform([other], revocation)).toEqual(refused('denied'));
      const elsewhere = { ...revocation, pseudonym: newId(patientId) };
      expect(await people.perform([signer], elsewhere)).toEqual(refused('unknownCredential'));
      expect(await people.perform([signer], revocation)).toMatchObject({ tag: 'done' });
      expect(await people.perform([signer], revocation)).toEqual(refused('unknownCredential'));
      expect((await open(code, pseudonym)).outcome).toMatchObject(refused('revoked'));
      expect(await keysOf(pseudonym)).toEqual([]);
      const verdict = () => verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
      expect((await verdict()).findings).toEqual([]);
      const change = 'update keystore.patient_credential set revoked_at = $1, revocation = $2 where credential = $3';
      await installation.asOwner(async (client) => {
        const { rows } = await client.query<{ revoked_at: Date; revocation: string }>(
          'select revoked_at, revocation from keystore.patient_credential where credential = $1',
          [entry.credential],
        );
        await client.query(change, [null, null, entry.credential]);
        expect((await verdict()).findings).toEqual(['revocation']);
        await expect(open(code, pseudonym)).rejects.toMatchObject({ name: 'LogStopped', code: 'damaged' });
        // Nor is it listed as a key that works.
        await expect(keysOf(pseudonym)).rejects.toMatchObject({ name: 'LogStopped', code: 'damaged' });
        await client.query(change, [rows[0]?.revoked_at, rows[0]?.revocation, entry.credential]);
      });
    }
  });

  it('stands in a signed list of them all, which answers the reader’s nonce', async () => {
    const pseudonym = newId(patientId);
    const [ended, kept, another] = [0, 1, 2].map(() => new RecoveryCode(pseudonym));
    if (!ended || !kept || !another) throw new Error('three');
    for (const code of [ended, kept, another]) await enrol(code);
    const { credential } = ended.entry;
    await people.perform([physician], { action: 'revokePatient', pseudonym, credential, reason: 'lost' });
    const nonce = newId(readingNonce);
    const { keys, list } = patientKeys.parse(await listPatientKeys(context, pseudonym, nonce));
    expect(new Set(keys.map(({ payload }) => payload.credential))).toEqual(
      new Set([kept.entry.credential, another.entry.credential]),
    );
    expect(list.payload).toMatchObject({ clinic: installation.clinic, pseudonym, nonce });
    expect(list.payload.keys).toEqual(keys.map(({ payload }) => payloadHash(payload)).sort());
    expect(isSigned(context.statements.publicKey, list)).toBe(true);
    const { list: none } = await listPatientKeys(context, newId(patientId), nonce);
    expect(none.payload.keys).toEqual([]);
  });

  it('counts for nothing when an administrator moved it to another patient, or the patient is shredded', async () => {
    const [code, victim] = [new RecoveryCode(), newId(patientId)];
    await enrol(code);
    await installation.asOwner((client) =>
      client.query('update keystore.patient_credential set pseudonym = $1 where credential = $2', [
        victim,
        code.entry.credential,
      ]),
    );
    const key = { subject: victim, assert: code.assert.bind(code) };
    expect((await open(key, victim)).outcome).toMatchObject(refused('assertion'));
    const gone = new RecoveryCode();
    await people.object(gone.subject);
    await people.perform(people.officers, { action: 'shred', pseudonym: gone.subject, object: null });
    expect(await enrol(gone)).toEqual(refused('shredded'));
  });
});

describe('notices', () => {
  const news = async (work: () => Promise<unknown>) => {
    const before = (await readNotices(context.database, 0)).notices.at(-1)?.id ?? 0;
    await work();
    return (await readNotices(context.database, before)).notices.map(({ id: _, at: __, index: ___, ...rest }) => rest);
  };

  it('tell of broken glass, apart from what was refused, and not of strangers', async () => {
    const { object, pseudonym } = await people.object();
    const urgent = { request: { breakGlass: 'lifeThreat', purpose: 'emergency' } } as const;
    const about = { kind: 'breakGlass', subject: physician.subject, pseudonym };
    const release = async (key: Passkey, changes: Parameters<People['viewer']>[2]) => {
      const { call } = await people.viewer(key, [object], changes);
      await releases.release(call);
      await releases.release(call);
    };
    expect(await news(() => release(physician, urgent))).toEqual([about]);
    const wrong = { request: { breakGlass: 'lifeThreat', purpose: 'payment' } } as const;
    expect(await news(() => release(physician, wrong))).toEqual([{ ...about, kind: 'breakGlassRefused' }]);
    expect(await news(() => release(new Passkey(), urgent))).toEqual([]);
    expect(await news(() => release(physician, {}))).toEqual([]);
  });

  it('tell of releases that nobody witnessed, once each', async () => {
    const code = new RecoveryCode();
    await enrol(code);
    const { object } = await people.object(code.subject);
    const { call } = await people.viewer(code, [object], own);
    installation.isWitnessUp = false;
    const told = await news(async () => {
      expect(await releases.release(call)).toMatchObject({ tag: 'released', isWitnessed: false });
      await releases.release(call);
    });
    const { call: staffs } = await people.viewer(physician, [object]);
    const relayed = { ...staffs.relayed, related: [code.subject] };
    const byStaff = await news(() => releases.release({ ...staffs, relayed }));
    installation.isWitnessUp = true;
    expect(byStaff).toEqual([{ kind: 'unwitnessed', subject: null, pseudonym: code.subject }]);
    expect(told).toEqual([{ kind: 'unwitnessed', subject: null, pseudonym: code.subject }]);
  });

  it('tell of assisted keys, of the directory’s changes, and of shreddings', async () => {
    const [officer, second] = people.officers;
    if (!officer || !second) throw new Error('there are officers');
    const { subject } = officer;
    const code = new RecoveryCode();
    const signers = [officer, second].sort((a, b) => (a.subject < b.subject ? -1 : 1));
    const first = signers[0]?.subject;
    expect(await news(() => assist(code, [officer, second]))).toEqual([
      { kind: 'assist', subject: first, pseudonym: code.subject },
    ]);
    let leaver = physician;
    const enrolled = await news(async () => {
      leaver = await people.physician();
    });
    expect(enrolled).toEqual([{ kind: 'enrolment', subject: leaver.subject, pseudonym: null }]);
    const theirs = new RecoveryCode();
    expect(await news(() => enrol(theirs, leaver))).toEqual([
      { kind: 'patientKey', subject: leaver.subject, pseudonym: theirs.subject },
    ]);
    const { credential } = leaver;
    const revocation = { action: 'revoke', subject: leaver.subject, credential, reason: 'left' } as const;
    const twice = async () => {
      await people.perform([officer], revocation);
      await people.perform([officer], revocation);
    };
    expect(await news(twice)).toEqual([{ kind: 'revocation', subject, pseudonym: null }]);
    const { object, pseudonym } = await people.object();
    expect(await news(() => people.perform(signers, { action: 'shred', pseudonym, object }))).toEqual([
      { kind: 'shred', subject: first, pseudonym },
    ]);
  });
});

describe('very many legal holds', () => {
  it('are read part by part, the newest first, and none is lost or given twice', async () => {
    const count = 2 * maxHoldsRead + 7;
    const ids = Array.from({ length: count }, () => newId(patientId));
    await installation.asOwner((client) =>
      // Many at the very same time.
      client.query(
        `insert into keystore.legal_hold (pseudonym, placed_at)
         select id, timestamptz '2031-05-06T07:08:09.123Z' - make_interval(hours => (place / 90)::int)
           from unnest($1::text[]) with ordinality as given (id, place)`,
        [ids],
      ),
    );
    const read: { pseudonym: string; placedAt: string }[] = [];
    let parts = 0;
    for (let before: string | null | undefined; before !== null; parts += 1) {
      const part = await readHolds(context.database, before === undefined ? {} : { before });
      read.push(...part.holds);
      before = part.next;
    }
    expect(parts).toBe(3);
    expect(new Set(read.map(({ pseudonym }) => pseudonym))).toEqual(new Set(ids));
    expect(read).toHaveLength(count);
    const times = read.map(({ placedAt }) => placedAt);
    expect(times).toEqual([...times].sort().reverse());
    const oldest = read.at(-1);
    const { pseudonym } = oldest ?? {};
    expect(await readHolds(context.database, { pseudonym: newId(patientId) })).toEqual({ holds: [], next: null });
    expect(await readHolds(context.database, { pseudonym: patientId.parse(pseudonym) })).toEqual({
      ...{ holds: [oldest], next: null },
    });
    await installation.asOwner((client) => client.query('delete from keystore.legal_hold'));
  });
});

describe('very many notices', () => {
  it('are told of by the newest, with the grave ones that others would push out', async () => {
    const last = (await readNotices(context.database, 0)).notices.at(-1)?.id ?? 0;
    await installation.asOwner((client) =>
      client.query(`insert into keystore.notice (kind, index, at)
        select case when n <= 3 then 'breakGlass' else 'enrolment' end, 1000000 + n, now() from generate_series(1, 1000) n`),
    );
    const { notices } = await readNotices(context.database, last);
    expect(notices).toHaveLength(203);
    const ids = notices.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(notices.slice(0, 3).map(({ kind }) => kind)).toEqual(['breakGlass', 'breakGlass', 'breakGlass']);
    expect(ids.slice(3)).toEqual(Array.from({ length: 200 }, (_, place) => (ids.at(-1) ?? 0) - 199 + place));
    expect((await readNotices(context.database, ids.at(-2) ?? 0)).notices).toHaveLength(1);
  });
});

async function keysOf(pseudonym: PatientId) {
  const keys = await patientCredentials(context, pseudonym);
  return keys.map(({ payload: { kind, credential, enrolledAt, activeFrom } }) => ({
    kind,
    credential,
    enrolledAt,
    activeFrom,
  }));
}
