import { decodeEntry } from '@sotto/audit';
import { SigningKey } from '@sotto/infra/signingKey';
import type { ConsentEvidence } from '@sotto/protocol/consent';
import { clinicId, objectId, participantId, patientId, recordingId, visitId } from '@sotto/protocol/ids';
import type { ObjectKeyStatement } from '@sotto/protocol/keystore';
import { hash } from '@sotto/vault';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, sha256, toBase64url } from '../src/bytes.ts';
import { credentialTable } from '../src/database/schema.ts';
import { findClinician } from '../src/directory/clinician.ts';
import { newId } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { payloadHash } from '../src/statement.ts';
import { ConsentedVisit, evidenceOf, type ManifestChanges, newMember, type YesChanges } from './consented.ts';
import { Identity } from './identities.ts';
import { Passkey } from './passkey.ts';
import { inSeconds, type People } from './people.ts';
import { Registering, refused } from './registering.ts';
import { signerOf } from './sealing.ts';

const dayMs = 24 * 60 * 60_000;

let registering: Registering;
let context: KeystoreContext;
let people: People;
let physician: Passkey;
let identity: Identity;
beforeAll(async () => {
  registering = await Registering.start();
  ({ context, people, physician, identity } = registering);
});
afterAll(() => registering.remove());

interface Recorded {
  readonly visit: ConsentedVisit;
  readonly minted: ObjectKeyStatement;
}

async function recorded(): Promise<Recorded> {
  const visit = newId(visitId);
  const { statement } = await mintObject(context, { pseudonym: newId(patientId), visit });
  return { visit: new ConsentedVisit(context, identity, visit), minted: statement };
}
const register = ({ payload }: ObjectKeyStatement, manifest: Bytes, evidence: ConsentEvidence | null, of = context) =>
  registering.register(payload.object, manifest, evidence, of);

/** Hands in a recording with other evidence than it should have, sealed and signed for that. */
async function handIn({ visit, minted }: Recorded, evidence: ConsentEvidence, changes: ManifestChanges = {}) {
  return register(minted, await visit.manifest(minted, evidence, changes), evidence);
}

/** The evidence of a visit with the patient's yes changed. */
async function withYes({ visit }: Recorded, changes: YesChanges): Promise<ConsentEvidence> {
  const evidence = await visit.evidence(physician);
  const { terms } = evidence;
  return evidenceOf({
    ...evidence,
    consents: [visit.yes(visit.asking, terms), visit.yes(visit.patient, terms, changes)],
  });
}

describe('a recording that is handed in', () => {
  it('is stated and logged as its clinician’s, once', async () => {
    const made = await recorded();
    const evidence = await made.visit.evidence(physician);
    const manifest = await made.visit.manifest(made.minted, evidence);
    const outcome = await register(made.minted, manifest, evidence);
    if (outcome.tag === 'refused') throw new Error(outcome.code);
    const manifestHash = toBase64url(sha256(manifest));
    expect(outcome.statement.payload).toMatchObject({
      ...{ object: made.minted.payload.object, kind: 'recording', manifest: manifestHash, writer: physician.subject },
    });
    const { content } = outcome.proof.leaf;
    expect(content && decodeEntry(content.encoded)).toMatchObject({
      ...{ action: 'object.register', actor: physician.subject, role: 'physician', after: manifestHash },
    });
    expect(await register(made.minted, manifest, evidence)).toMatchObject({ statement: outcome.statement });
    expect(await handIn(made, evidence)).toEqual(refused('conflict'));
  });

  it('is taken of each track once', async () => {
    const made = await recorded();
    const evidence = await made.visit.evidence(physician);
    const { pseudonym } = made.minted.payload;
    const another = async () => ({
      ...made,
      minted: (await mintObject(context, { pseudonym, visit: made.visit.visit })).statement,
    });
    const [first, second] = await Promise.all([handIn(made, evidence), handIn(await another(), evidence)]);
    expect([first.tag, second.tag].sort()).toEqual(['refused', 'registered']);
    expect([first, second]).toContainEqual(refused('conflict'));
    expect((await handIn(await another(), evidence, { context: { track: 1 } })).tag).toBe('registered');
  });

  it('is taken with a guest and with leaves of those who came back', async () => {
    const made = await recorded();
    const { visit } = made;
    const evidence = await visit.evidence(physician);
    const { terms } = evidence;
    const guest = newMember('guest');
    const [patientBack, askingBack] = [
      newMember('patient', visit.patient.participant),
      newMember('physician', visit.asking.participant),
    ];
    const more = evidenceOf({
      ...evidence,
      consents: [...evidence.consents, ...[guest, patientBack, askingBack].map((one) => visit.yes(one, terms))],
      recorders: [
        ...evidence.recorders,
        { leaf: askingBack.key.leaf, proof: await visit.proof(physician, askingBack.key.leaf) },
      ],
      tracks: [...evidence.tracks, guest.participant],
    });
    expect((await handIn(made, more, { context: { track: 2 } })).tag).toBe('registered');
    const unproven = evidenceOf({ ...more, recorders: evidence.recorders });
    const again = await recorded();
    expect(await handIn({ ...made, minted: again.minted }, unproven)).toEqual(refused('invalid'));
  });

  it('is refused when it is of another object, patient, visit, track, kind, consent or evidence', async () => {
    const [made, other] = [await recorded(), await recorded()];
    const { visit, minted } = made;
    const evidence = await visit.evidence(physician);
    const { object, pseudonym } = other.minted.payload;
    const changes: ManifestChanges[] = [
      { context: { object } },
      { context: { pseudonym } },
      { context: { visit: other.visit.visit } },
      { context: { visit: null } },
      { context: { clinic: newId(clinicId) } },
      { context: { kind: 'note' } },
      { context: { track: 2 } },
      { context: { consent: null } },
      { context: { consent: hash.parse('A'.repeat(43)) } },
      { roster: 'A'.repeat(43) },
      { roster: null },
    ];
    for (const change of changes) expect(await handIn(made, evidence, change)).toEqual(refused('invalid'));
    const manifest = await visit.manifest(minted, evidence);
    expect(await register(minted, manifest, await visit.evidence(physician, evidence.terms))).toEqual(
      refused('invalid'),
    );
    expect(await register(minted, manifest, null)).toEqual(refused('invalid'));
    expect(await register(minted, manifest.slice(0, -1), evidence)).toEqual(refused('invalid'));
    const nowhere = (await mintObject(context, { pseudonym, visit: null })).statement;
    expect(await register(nowhere, await visit.manifest(nowhere, evidence), evidence)).toEqual(refused('invalid'));
    const unknown = { ...minted, payload: { ...minted.payload, object: newId(objectId) } };
    expect(await register(unknown, await visit.manifest(unknown, evidence), evidence)).toEqual(
      refused('unknownObject'),
    );
    expect((await register(minted, manifest, evidence)).tag).toBe('registered');
  });

  it('is refused unless the recorder’s key signed it', async () => {
    const made = await recorded();
    const evidence = await made.visit.evidence(physician);
    for (const key of [new SigningKey(), made.visit.asking.key, made.visit.patient.key]) {
      expect(await handIn(made, evidence, { signer: key.signer })).toEqual(refused('assertion'));
    }
    expect(await handIn(made, evidence, { signer: signerOf(physician) })).toEqual(refused('assertion'));
    const forged = (await made.visit.manifest(made.minted, evidence)).map((octet, index, all) =>
      index === all.length - 1 ? octet ^ 1 : octet,
    );
    expect(await register(made.minted, forged, evidence)).toEqual(refused('assertion'));
  });

  it('is refused for terms of another clinic or visit, from the future, or asked by somebody else', async () => {
    const made = await recorded();
    const { visit } = made;
    const changes = [
      { clinic: newId(clinicId) },
      { visit: newId(visitId) },
      { askedAt: inSeconds(context.now(), 25 * 3600) },
      { askedBy: visit.patient.participant },
      { askedBy: newId(participantId) },
    ];
    for (const change of changes) {
      expect(await handIn(made, await visit.evidence(physician, visit.terms(change)))).toEqual(refused('invalid'));
    }
  });
});

describe('a consent', () => {
  const forgeries: readonly [string, string, (visit: ConsentedVisit) => YesChanges][] = [
    ['names other terms', 'invalid', () => ({ consent: { terms: 'A'.repeat(43) } })],
    ['is of another leaf', 'invalid', () => ({ consent: { leaf: new SigningKey().leaf } })],
    ['leaves its own leaf out', 'invalid', ({ asking }) => ({ consent: { leaves: [asking.key.leaf] } })],
    ['is of over a day ahead', 'invalid', () => ({ consent: { givenAt: inSeconds(new Date(), 25 * 3600) } })],
    ['is signed by another key', 'assertion', () => ({ signedBy: new SigningKey() })],
    ['is signed by who asked', 'assertion', ({ asking }) => ({ signedBy: asking.key })],
    ['has a credential that nobody knows signed', 'assertion', () => ({ identity: new Identity() })],
    ['has a ticket for a credential', 'assertion', () => ({ typ: 'sotto-ticket+jwt' })],
    ['has a credential for something else', 'assertion', () => ({ claims: { aud: 'sotto/signaling' as never } })],
    ['has a credential of another clinic', 'assertion', () => ({ claims: { iss: newId(clinicId) } })],
    ['has a credential of another visit', 'assertion', () => ({ claims: { vis: newId(visitId) } })],
    ['has a credential of another leaf', 'assertion', ({ asking }) => ({ claims: { jkt: asking.key.leaf } })],
    ['has a credential that had ended', 'assertion', () => ({ consent: {}, claims: { iat: 1, exp: 2 } })],
    [
      'has a credential of days later',
      'assertion',
      () => {
        const iat = Math.floor(Date.now() / 1000) + 3 * 86_400;
        return { claims: { iat, exp: iat + 43_200 } };
      },
    ],
    ['is of somebody who is on no track', 'invalid', () => ({ claims: { sub: newId(participantId) } })],
  ];
  it.each(forgeries)('that %s is refused as %s', async (_name, code, change) => {
    const made = await recorded();
    expect(await handIn(made, await withYes(made, change(made.visit)))).toEqual(refused(code));
  });

  it('that was changed after it was signed is refused', async () => {
    const made = await recorded();
    const evidence = await made.visit.evidence(physician);
    const change = (consent: object) =>
      evidenceOf({
        ...evidence,
        consents: evidence.consents.map((one) => ({ ...one, consent: { ...one.consent, ...consent } })),
      });
    expect(await handIn(made, change({ language: 'en' }))).toEqual(refused('assertion'));
    expect(await handIn(made, change({ givenAt: inSeconds(context.now(), 60) }))).toEqual(refused('assertion'));
    const [first] = evidence.consents;
    if (!first) throw new Error('there are consents');
    const others = [...first.consent.leaves, new SigningKey().leaf].sort();
    expect(await handIn(made, change({ leaves: others }))).toEqual(refused('assertion'));
  });

  it('that is missing is refused: of who is recorded, and of who asked', async () => {
    const made = await recorded();
    const { visit } = made;
    const evidence = await visit.evidence(physician);
    const without = (leaf: string) =>
      evidenceOf({ ...evidence, consents: evidence.consents.filter(({ consent }) => consent.leaf !== leaf) });
    expect(await handIn(made, without(visit.patient.key.leaf))).toEqual(refused('invalid'));
    expect(await handIn(made, without(visit.asking.key.leaf))).toEqual(refused('invalid'));
    const stranger = newId(participantId);
    const tracks = [...evidence.tracks, stranger];
    expect(await handIn(made, { ...evidence, tracks })).toEqual(refused('invalid'));
    const twice = [...evidence.tracks, visit.patient.participant];
    expect(await handIn(made, { ...evidence, tracks: twice })).toEqual(refused('invalid'));
  });

  it('by a device whose clock is a day off counts, whenever it is handed in', async () => {
    for (const hours of [-23.9, 23.9]) {
      const made = await recorded();
      const givenAt = inSeconds(context.now(), hours * 3600);
      expect((await handIn(made, await withYes(made, { consent: { givenAt } }))).tag).toBe('registered');
    }
    const made = await recorded();
    const evidence = await made.visit.evidence(physician);
    const later = { ...context, now: () => new Date(Date.now() + 40 * dayMs) };
    const manifest = await made.visit.manifest(made.minted, evidence);
    expect((await register(made.minted, manifest, evidence, later)).tag).toBe('registered');
  });

  it('of over a day before its credential is refused', async () => {
    const made = await recorded();
    const givenAt = inSeconds(context.now(), -24.1 * 3600);
    expect(await handIn(made, await withYes(made, { consent: { givenAt } }))).toEqual(refused('assertion'));
  });
});

describe('the proof of who asked', () => {
  const proven = async (made: Recorded, ...given: Parameters<ConsentedVisit['proof']>) => {
    const evidence = await made.visit.evidence(physician);
    const leaf = made.visit.asking.key.leaf;
    return handIn(made, { ...evidence, recorders: [{ leaf, proof: await made.visit.proof(...given) }] });
  };

  it('is refused when it says anything else, or was made elsewhere', async () => {
    const made = await recorded();
    const { leaf } = made.visit.asking.key;
    const changes: Parameters<ConsentedVisit['proof']>[2][] = [
      { claim: { clinic: newId(clinicId) } },
      { claim: { visit: newId(visitId) } },
      { claim: { leaf: made.visit.patient.key.leaf } },
      { claim: { expiry: inSeconds(context.now(), 7200) } },
      { label: 'sotto/act/v1' },
      { assertion: { origin: 'https://evil.example' } },
      { assertion: { rpId: 'evil.example' } },
      { assertion: { crossOrigin: true } },
      { assertion: { type: 'webauthn.create' } },
      { assertion: { flags: 0x01 } },
      { assertion: { flags: 0x04 } },
      { expiry: inSeconds(context.now(), -25 * 3600) },
      { expiry: inSeconds(context.now(), 37 * 3600) },
    ];
    for (const change of changes) expect(await proven(made, physician, leaf, change)).toEqual(refused('assertion'));
    expect((await proven(made, physician, leaf)).tag).toBe('registered');
  });

  it('counts by what is registered here, not by the statement that it brings', async () => {
    const made = await recorded();
    const { leaf } = made.visit.asking.key;
    const evidence = await made.visit.evidence(physician);
    const [own] = evidence.recorders;
    if (!own) throw new Error('there is a recorder');
    const stranger = await made.visit.proof(new Passkey(), leaf);
    const withProof = (proof: typeof own.proof) => handIn(made, { ...evidence, recorders: [{ leaf, proof }] });
    expect(await withProof({ ...stranger, entry: own.proof.entry })).toEqual(refused('assertion'));
    expect(await withProof({ ...own.proof, entry: stranger.entry })).toEqual(refused('assertion'));
    const signature = 'A'.repeat(86);
    expect(await withProof({ ...own.proof, entry: { ...own.proof.entry, signature } })).toEqual(refused('assertion'));
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    expect(await proven(made, officer, leaf)).toEqual(refused('assertion'));
  });

  const revoke = ({ subject, credential }: Passkey) =>
    people.perform(people.officers.slice(0, 1), { action: 'revoke', subject, credential, reason: 'left' });

  it('is refused of a leaf that nobody knows', async () => {
    const made = await recorded();
    const evidence = await made.visit.evidence(physician);
    const elsewhere = evidence.recorders.map(({ proof }) => ({ leaf: new SigningKey().leaf, proof }));
    expect(await handIn(made, { ...evidence, recorders: elsewhere })).toEqual(refused('invalid'));
  });

  it('counts by a passkey that was revoked since, which the entry names, and for nothing that was begun later', async () => {
    const made = await recorded();
    const leaver = await people.physician();
    const evidence = await made.visit.evidence(leaver);
    await revoke(leaver);
    const outcome = await handIn(made, evidence);
    if (outcome.tag === 'refused') throw new Error(outcome.code);
    const { content } = outcome.proof.leaf;
    const entry = content && decodeEntry(content.encoded);
    const key = await findClinician(context.database, context.statements, leaver.credential);
    expect(entry?.before).toBe(key?.revocation && payloadHash(key.revocation));
    expect(entry?.before).toMatch(/^[\w-]{43}$/u);

    const later = await recorded();
    expect(await handIn(later, await later.visit.evidence(leaver))).toEqual(refused('assertion'));
  });

  it('is refused by a revoked passkey whose row doesn’t have what was signed then', async () => {
    const made = await recorded();
    const leaver = await people.physician();
    const evidence = await made.visit.evidence(leaver);
    await revoke(leaver);
    const own = eq(credentialTable.credential, leaver.credential);
    const [row] = await context.database.select().from(credentialTable).where(own);
    const late = (row?.revocation ?? '').replace(/"revokedAt":"[^"]*"/u, '"revokedAt":"2999-01-01T00:00:00.000Z"');
    for (const revocation of [late, '{}']) {
      await context.database.update(credentialTable).set({ revocation }).where(own);
      expect((await handIn(made, evidence).catch(() => refused('stopped'))).tag).toBe('refused');
    }
  });

  it('is refused where the leaf isn’t a physician’s', async () => {
    const made = await recorded();
    const { visit } = made;
    const evidence = await visit.evidence(physician);
    const { terms } = evidence;
    const asPatient = visit.yes(visit.asking, terms, { claims: { role: 'patient' } });
    const changed = evidenceOf({ ...evidence, consents: [asPatient, visit.yes(visit.patient, terms)] });
    expect(await handIn(made, changed)).toEqual(refused('invalid'));
  });

  it('may not be of two clinicians', async () => {
    const made = await recorded();
    const { visit } = made;
    const colleague = await people.physician();
    const evidence = await visit.evidence(physician);
    const back = newMember('physician', visit.asking.participant);
    const both = evidenceOf({
      ...evidence,
      consents: [...evidence.consents, visit.yes(back, evidence.terms)],
      recorders: [...evidence.recorders, { leaf: back.key.leaf, proof: await visit.proof(colleague, back.key.leaf) }],
    });
    expect(await handIn(made, both)).toEqual(refused('assertion'));
  });
});

it('is refused a recording id of another consent hash', async () => {
  const made = await recorded();
  const evidence = await made.visit.evidence(physician);
  const other = await made.visit.evidence(physician, { ...evidence.terms, recording: newId(recordingId) });
  const manifest = await made.visit.manifest(made.minted, evidence);
  expect(await register(made.minted, manifest, other)).toEqual(refused('invalid'));
});
