import { SigningKey } from '@sotto/infra/signingKey';
import { type ConsentEvidence, consentEvidence } from '@sotto/protocol/consent';
import { type ObjectId, participantId, sessionId, visitId } from '@sotto/protocol/ids';
import { releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/opaqueToken.ts';
import { keepRecordings } from '../src/recordingKeeping.ts';
import { type RecordedTrack, RecordedVisit } from './recordedVisit.ts';
import type { Clinician, Records } from './records.ts';
import { refusedAs, type TakenOver, takeOver } from './stolenApi.ts';
import type { Thief } from './thief.ts';

let taken: TakenOver;
let records: Records;
let physician: Clinician;
let colleague: Clinician;
let visit: RecordedVisit;
let track: RecordedTrack;
let thief: Thief;
beforeAll(async () => {
  taken = await takeOver();
  ({ records, physician, colleague, thief } = taken);
  visit = await RecordedVisit.begin(records, physician);
  track = await visit.track(1);
  await visit.putAll(track);
  expect((await visit.handIn(track)).status).toBe(200);
}, 300_000);
afterAll(() => taken.close(), 60_000);

const release = async (viewer: Clinician, changes: Parameters<Records['release']>[2] = {}) => {
  const body = await records.release(viewer, [track.object], changes);
  return { body, answer: await viewer.browser.send('POST', '/api/keystore/releases', { body }) };
};

describe('who opens a recording', () => {
  it('is a clinician of the patient, and an officer to review it; nobody else', async () => {
    const opened = await release(physician);
    expect(releaseAnswer.parse(opened.answer.json).keys).toMatchObject([
      { object: track.object, registration: { payload: { kind: 'recording', writer: physician.id } } },
    ]);
    expect((await release(colleague)).answer).toMatchObject(refusedAs('denied'));
    const officer = records.officer(0);
    expect((await release(officer)).answer).toMatchObject(refusedAs('denied'));
    expect((await release(officer, { purpose: 'operations' })).answer.status).toBe(200);
    const note = await records.write(physician, { visit: visit.visit });
    const body = await records.release(officer, [note.object], { purpose: 'operations' });
    expect(await officer.browser.send('POST', '/api/keystore/releases', { body })).toMatchObject(refusedAs('denied'));
  });

  it('gets the same answer for the same request, and none for any change of it', async () => {
    const { body, answer } = await release(physician);
    const again = (changed: object) =>
      physician.browser.send('POST', '/api/keystore/releases', { body: { ...body, ...changed } });
    expect((await again({})).json).toEqual(answer.json);
    const other = await visit.track(0);
    for (const change of [{ objects: [other.object] }, { purpose: 'payment' }, { viewerKey: thief.viewerKey }]) {
      expect(await again({ request: { ...body.request, ...change } })).toMatchObject(refusedAs('conflict'));
    }
    const relayed = { address: '192.0.2.7', userAgent: null, related: [track.minted.payload.pseudonym] };
    const stolen = { ...body, request: { ...body.request, viewerKey: thief.viewerKey } };
    expect(await thief.ask('POST', '/v1/releases', { ...stolen, relayed })).toMatchObject(refusedAs('conflict'));
    const { request } = await records.release(physician, [track.object]);
    const fresh = { ...body, request: { ...request, viewerKey: thief.viewerKey } };
    expect(await thief.ask('POST', '/v1/releases', { ...fresh, relayed })).toMatchObject(refusedAs('assertion'));
  });

  it('opens nothing once their passkey is revoked, nor what was shredded', async () => {
    const leaver = await records.enrolled('physician', 'Dr Cy Leaver');
    const own = await RecordedVisit.begin(records, leaver);
    const gone = await own.track(0);
    await own.putAll(gone);
    expect((await own.handIn(gone)).status).toBe(200);
    const open = async (viewer: Clinician) => {
      const body = await records.release(viewer, [gone.object], { purpose: 'operations' });
      return viewer.browser.send('POST', '/api/keystore/releases', { body });
    };
    expect((await open(leaver)).status).toBe(200);
    const [officer, second] = [records.officer(0), records.officer(1)];
    const { credential } = leaver.passkey;
    const revoke = await records.act([officer], { action: 'revoke', subject: leaver.id, credential, reason: 'left' });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: revoke })).status).toBe(200);
    expect(await open(leaver)).toMatchObject(refusedAs('revoked'));
    const late = await own.track(1);
    await own.putAll(late);
    expect(await own.handIn(late)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await open(officer)).status).toBe(200);
    const { pseudonym } = gone.minted.payload;
    const shred = await records.act([officer, second], { action: 'shred', pseudonym, object: gone.object });
    expect((await officer.browser.send('POST', '/api/keystore/acts', { body: shred })).status).toBe(200);
    expect(await open(officer)).toMatchObject(refusedAs('unknownObject'));
  });
});

describe('an api that is taken over', () => {
  /** Its identity key vouches for whomever it likes. */
  const madeUp = async (leaf: SigningKey, participant: string, role: 'physician' | 'patient') => {
    const grantee = {
      ...{ visitId: visitId.parse(visit.visit.id), participantId: participantId.parse(participant), role },
      ...{ leaf: leaf.leaf, session: newId(sessionId), name: 'Made Up' },
    };
    const { credential } = await records.clinic.context.issuer.grant(grantee, new Date());
    return { key: leaf, credential, participant: participantId.parse(participant) };
  };
  const register = (manifest: string, evidence: ConsentEvidence, object: ObjectId) =>
    thief.ask('POST', '/v1/registrations', { object, manifest, evidence });

  it('has no recording registered that no clinician’s passkey stands for', async () => {
    const asking = await madeUp(new SigningKey(), visit.members[0].participant, 'physician');
    const victim = await madeUp(new SigningKey(), visit.members[1].participant, 'patient');
    const forge = (proof: (evidence: ConsentEvidence) => ConsentEvidence['recorders'][number]['proof']) =>
      visit.track(0, {
        evidence: (evidence) =>
          consentEvidence.parse({
            ...evidence,
            consents: [asking, victim]
              .map((member) => visit.consentOf(member, evidence.terms, { leaves: [member.key.leaf] }))
              .sort((a, b) => (a.consent.leaf < b.consent.leaf ? -1 : 1)),
            recorders: [{ leaf: asking.key.leaf, proof: proof(evidence) }],
          }),
      });
    const own = (evidence: ConsentEvidence) => {
      const [recorder] = evidence.recorders;
      if (!recorder) throw new Error('there is a recorder');
      return recorder.proof;
    };
    // What the clinician's passkey said of another leaf; what another passkey says of this one.
    const replayed = await forge(own);
    const claim = (evidence: ConsentEvidence) => ({
      ...{ type: 'sotto/leaf/v1', clinic: evidence.terms.clinic, visit: evidence.terms.visit },
      ...{ leaf: asking.key.leaf, expiry: own(evidence).expiry },
    });
    const usurped = await forge((evidence) => ({
      ...own(evidence),
      assertion: {
        ...thief.passkey.assert('sotto/leaf/v1', claim(evidence)),
        credential: own(evidence).assertion.credential,
      },
    }));
    for (const { object, upload } of [replayed, usurped]) {
      expect(await register(upload.manifest, upload.evidence, object)).toMatchObject(refusedAs('assertion'));
    }
  });

  it('takes no recording of one visit for another, and changes none that is registered', async () => {
    const elsewhere = await RecordedVisit.begin(records, physician);
    const [mine, theirs] = [await visit.track(0), await elsewhere.track(0)];
    const { manifest, evidence } = theirs.upload;
    expect(await register(manifest, evidence, mine.object)).toMatchObject(refusedAs('invalid'));
    expect(await register(mine.upload.manifest, evidence, mine.object)).toMatchObject(refusedAs('invalid'));
    const renewed = await visit.track(1, { of: track });
    expect(await register(renewed.upload.manifest, renewed.upload.evidence, track.object)).toMatchObject(
      refusedAs('conflict'),
    );
  });
});

// The last: who has a session doesn't have it any more a day later.
describe('an api whose clock is a day off', () => {
  it.each([-23.9, 23.9])('takes recordings all the same, and opens them: by %d hours', async (hours) => {
    records.clinic.advance(hours);
    try {
      const recorder = await records.signedInAgain(physician);
      const elsewhere = await RecordedVisit.begin(records, recorder);
      const skewed = await elsewhere.track(0);
      await elsewhere.putAll(skewed);
      expect((await elsewhere.handIn(skewed)).status).toBe(200);
      const body = await records.release(recorder, [skewed.object]);
      expect((await recorder.browser.send('POST', '/api/keystore/releases', { body })).status).toBe(200);
      const url = `/api/objects/${skewed.object}/parts/${skewed.parts[0]?.leaf}`;
      expect((await recorder.browser.send('GET', url, { headers: { range: 'bytes=0-9' } })).status).toBe(206);
      expect((await keepRecordings(records.clinic.context)).abandoned).toBe(0);
    } finally {
      records.clinic.advance(-hours);
    }
  });
});
