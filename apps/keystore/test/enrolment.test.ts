import { generateKeyPairSync, sign } from 'node:crypto';
import { patientId, staffId, visitId } from '@sotto/protocol/ids';
import {
  type Act,
  credentialId,
  type DirectoryRole,
  type Enrolment,
  type ProvenEnrolment,
  requestId,
} from '@sotto/protocol/keystore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64url, sha256, toBase64url } from '../src/bytes.ts';
import { hashAct } from '../src/directory/act.ts';
import { officerRole } from '../src/directory/clinician.ts';
import { enrolFirstOfficer } from '../src/directory/firstOfficers.ts';
import { checkCodeOf, hashEnrolment } from '../src/directory/newKey.ts';
import { keepEnrolment, pendingEnrolments } from '../src/directory/pendingEnrolments.ts';
import { newId } from '../src/ids.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { issueNonce } from '../src/nonces.ts';
import { Installation } from './installation.ts';
import { Passkey, party } from './passkey.ts';
import { inSeconds, People } from './people.ts';

let installation: Installation;
let context: KeystoreContext;
let people: People;
let offsetMs = 0;
beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open({ offsetMs: () => offsetMs });
  people = new People(installation, context);
});
afterAll(() => installation.remove());

const keep = (proven: ProvenEnrolment) => keepEnrolment(context, party, proven);
const pending = () => pendingEnrolments(context.database, context.now());
const clinician = (passkey: Passkey, role: DirectoryRole = 'physician', changes: Partial<Enrolment> = {}) =>
  people.proven(passkey, { of: 'clinician', entry: people.entryOf(passkey, role) }, changes);

const refused = (code: string) => ({ tag: 'refused', code });

/** A patient's recovery code that asks for itself. */
function recoveryCode(pseudonym = newId(patientId)) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = fromBase64url(publicKey.export({ format: 'jwk' }).x ?? '');
  const credential = credentialId.parse(toBase64url(sha256(raw)));
  const enrolment: Enrolment = {
    ...{ type: 'sotto/enrolment/v1', of: 'patient', clinic: installation.clinic, visit: newId(visitId) },
    entry: { kind: 'recoveryCode', pseudonym, credential, publicKey: toBase64url(raw) },
    requestedAt: inSeconds(context.now(), 0),
  };
  const signature = toBase64url(sign(null, hashEnrolment(enrolment), privateKey));
  return { enrolment, proof: { credential, signature } };
}

describe('a new key that asks for itself', () => {
  it('has the check code of SPEC.md section 6', () => {
    const publicKey = 'BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU';
    const enrolment = {
      ...{ type: 'sotto/enrolment/v1', of: 'clinician', clinic: 'AAECAwQFBgcICQoLDA0ODw' },
      entry: {
        ...{ subject: 'EBESExQVFhcYGRobHB0eHw', role: officerRole, licence: null },
        ...{ credential: 'ICEiIyQlJicoKSorLC0uLw', publicKey },
      },
      requestedAt: '2031-05-06T07:08:09Z',
    } as Enrolment;
    expect(checkCodeOf(enrolment)).toBe('4359-2758-5725-2822-6070');
  });

  it('waits, one a person and kind of key, the newer in the place of the older', async () => {
    const subject = newId(staffId);
    const older = clinician(new Passkey(subject), 'physician', { requestedAt: inSeconds(new Date(), -60) });
    const newer = clinician(new Passkey(subject));
    expect(await keep(older)).toBeNull();
    expect(await keep(newer)).toBeNull();
    expect(await keep(newer)).toBeNull();
    expect(await keep(older)).toBe('conflict');
    const code = recoveryCode();
    expect(await keep(code)).toBeNull();
    expect(new Set(await pending())).toEqual(new Set([newer, code]));
  });

  it('is refused without its own proof, of another clinic, or by another key', async () => {
    const passkey = new Passkey();
    const good = clinician(passkey);
    const raised = { ...good, enrolment: { ...good.enrolment, entry: people.entryOf(passkey, officerRole) } };
    expect(await keep(raised as ProvenEnrolment)).toBe('assertion');
    expect(await keep({ ...good, proof: new Passkey().assert(hashEnrolment(good.enrolment)) })).toBe('assertion');
    expect(await keep(clinician(passkey, 'physician', { clinic: newId(staffId) as never }))).toBe('assertion');
    const offCurve = { ...people.entryOf(passkey, 'physician'), publicKey: toBase64url(new Uint8Array(65).fill(4)) };
    expect(await keep(people.proven(passkey, { of: 'clinician', entry: offCurve }))).toBe('assertion');
    const [code, other] = [recoveryCode(), recoveryCode()];
    expect(await keep({ ...code, proof: { ...code.proof, signature: other.proof.signature } })).toBe('assertion');
    const { credential } = new Passkey();
    const renamed = { ...code.enrolment, entry: { ...code.enrolment.entry, credential } } as Enrolment;
    expect(await keep({ enrolment: renamed, proof: { ...code.proof, credential } })).toBe('assertion');
  });

  it('is refused when it is too old or from the future, and waits 7 days at most', async () => {
    const at = (seconds: number) =>
      keep(clinician(new Passkey(), 'physician', { requestedAt: inSeconds(new Date(), seconds) }));
    expect(await at(-7 * 86_400 - 5)).toBe('expired');
    expect(await at(360)).toBe('expired');
    expect(await at(290)).toBeNull();
    const waiting = clinician(new Passkey());
    expect(await keep(waiting)).toBeNull();
    offsetMs = 7 * 86_400_000 + 60_000;
    expect(await pending()).not.toContainEqual(waiting);
    offsetMs = 0;
  });

  it('is taken by the first officers’ host by its check code, waits no longer then, and never again', async () => {
    const [first, second, third] = [new Passkey(), new Passkey(), new Passkey()];
    const enrolHere = (proven: ProvenEnrolment) =>
      enrolFirstOfficer(context, people.acts, checkCodeOf(proven.enrolment));
    for (const officer of [first, second]) {
      const proven = clinician(officer, officerRole);
      expect(await enrolHere(proven)).toBeNull();
      expect(await keep(proven)).toBeNull();
      expect(await enrolHere(proven)).toMatchObject({ tag: 'done' });
      expect(await pending()).not.toContainEqual(proven);
      people.officers.push(officer);
      expect(await keep(proven)).toBe('exists');
    }
    const late = clinician(third, officerRole);
    expect(await keep(late)).toBeNull();
    expect(await enrolHere(late)).toEqual({ tag: 'refused', code: 'notFirst' });
    const physician = clinician(new Passkey());
    expect(await keep(physician)).toBeNull();
    expect(await enrolHere(physician)).toBeNull();
  });

  it('is let in by an act about that very entry alone, while it is alive', async () => {
    const physician = new Passkey();
    const entry = people.entryOf(physician, 'physician');
    const calling = () => people.call(people.officers.slice(0, 1), { action: 'enrol', entry }, physician);
    const others = clinician(new Passkey());
    expect(await people.acts.perform({ ...(await calling()), newcomer: others })).toEqual(refused('assertion'));
    const otherRole = clinician(physician, 'nurse');
    expect(await people.acts.perform({ ...(await calling()), newcomer: otherRole })).toEqual(refused('assertion'));
    const old = clinician(physician, 'physician', { requestedAt: inSeconds(new Date(), -8 * 86_400) });
    expect(await people.acts.perform({ ...(await calling()), newcomer: old })).toEqual(refused('assertion'));
    expect(await people.acts.perform(await calling())).toMatchObject({ tag: 'done' });
  });

  it('is let in only as it waits: not unasked, and not as it asked before', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const physician = new Passkey();
    const entry = people.entryOf(physician, 'physician');
    const proven = (seconds: number) =>
      clinician(physician, 'physician', { requestedAt: inSeconds(new Date(), seconds) });
    const call = async () => {
      const { nonce } = await issueNonce(context.database, officer.subject, context.now());
      const act: Act = {
        ...{ type: 'sotto/act/v1', id: newId(requestId), nonce, clinic: installation.clinic, by: [officer.subject] },
        ...{ expiry: inSeconds(context.now(), 60), action: 'enrol', entry },
      };
      return { act, assertions: [officer.assert(hashAct(act))] };
    };
    const [unasked, older, newer] = [proven(-90), proven(-60), proven(-30)];
    expect(await people.acts.perform({ ...(await call()), newcomer: unasked })).toEqual(refused('assertion'));
    expect(await keep(older)).toBeNull();
    expect(await keep(newer)).toBeNull();
    expect(await people.acts.perform({ ...(await call()), newcomer: older })).toEqual(refused('assertion'));
    expect(await people.acts.perform({ ...(await call()), newcomer: newer })).toMatchObject({ tag: 'done' });
  });

  it('keeps its place from another key that says to be the same credential', async () => {
    const [victim, thief] = [new Passkey(), new Passkey()];
    const waiting = clinician(victim);
    expect(await keep(waiting)).toBeNull();
    const renamed = {
      ...{ subject: thief.subject, credential: victim.credential },
      assert: (challenge: Parameters<Passkey['assert']>[0]) => ({
        ...thief.assert(challenge),
        credential: victim.credential,
      }),
    };
    for (const subject of [thief.subject, victim.subject]) {
      const entry = { ...people.entryOf(thief, 'physician'), subject, credential: victim.credential };
      expect(await keep(people.proven(renamed, { of: 'clinician', entry }))).toBe('conflict');
    }
    expect(await pending()).toContainEqual(waiting);
  });

  it('is nobody’s who has it under another name, of staff or a patient, revoked or not', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const known = await people.physician();
    const visit = newId(visitId);
    const { credential } = known;
    const sharing = new Passkey();
    const asKnown = { subject: sharing.subject, assert: known.assert.bind(known) };
    const ofPatient = (name: typeof credential, pseudonym = newId(patientId)) =>
      ({ kind: 'passkey', pseudonym, credential: name, publicKey: toBase64url(known.publicKey) }) as const;
    const assertAs = (name: typeof credential) => (challenge: Parameters<Passkey['assert']>[0]) => ({
      ...known.assert(challenge),
      credential: name,
    });
    const key = { subject: newId(patientId), assert: known.assert.bind(known) };
    const act = async (entry: ReturnType<typeof ofPatient>, assert: typeof key.assert) =>
      people.acts.perform(
        await people.call([await people.physician()], { action: 'enrolPatient', visit, entry }, { ...key, assert }),
      );
    expect(await act(ofPatient(credential), key.assert)).toEqual(refused('exists'));
    expect(await act(ofPatient(sharing.credential), assertAs(sharing.credential))).toEqual(refused('exists'));
    await people.perform([officer], { action: 'revoke', subject: known.subject, credential, reason: 'lost' });
    expect(await act(ofPatient(sharing.credential), assertAs(sharing.credential))).toEqual(refused('exists'));
    const entry = { ...people.entryOf(known, 'physician'), subject: sharing.subject };
    expect(await keep(people.proven(asKnown, { of: 'clinician', entry }))).toBe('exists');
    const elsewhere = { ...entry, credential: sharing.credential };
    const proven = people.proven({ assert: assertAs(sharing.credential) }, { of: 'clinician', entry: elsewhere });
    expect(await keep(proven)).toBe('exists');
  });

  it('is one of 1,000 at most', async () => {
    await installation.asOwner((client) =>
      client.query(`insert into keystore.enrolment
        select 'patient', lpad(n::text, 22, 'x'), 'passkey', 'c', 'null', now() from generate_series(1, 1000) n`),
    );
    expect(await keep(clinician(new Passkey()))).toBe('rateLimited');
    expect((await pending()).length).toBeLessThan(20);
  });
});
