import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsentEvidence, consentEvidence } from '@sotto/protocol/consent';
import { type ObjectId, participantId, sessionId, visitId } from '@sotto/protocol/ids';
import { type KeystoreCode, keystoreStatusOf, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { partList, sealedRecording } from '@sotto/protocol/recordings';
import { partedSource } from '@sotto/storage/parts';
import { checkManifest, VaultError, verifyObject } from '@sotto/vault';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/opaqueToken.ts';
import { storedObjectTable } from '../src/schema.ts';
import { type RecordedTrack, RecordedVisit, SigningKey } from './recordedVisit.ts';
import { type Clinician, Records } from './records.ts';
import { Thief } from './thief.ts';

let records: Records;
let physician: Clinician;
let colleague: Clinician;
let visit: RecordedVisit;
let track: RecordedTrack;
let thief: Thief;
beforeAll(async () => {
  records = await Records.start();
  physician = await records.enrolled('physician', 'Dr Ada Recorder');
  colleague = await records.enrolled('physician', 'Dr Ben Colleague');
  visit = await RecordedVisit.begin(records, physician);
  track = await visit.track(1);
  await visit.putAll(track);
  expect((await visit.handIn(track)).status).toBe(200);
  thief = await Thief.at(records.keystore, records.clinic.origin);
}, 300_000);
afterAll(async () => {
  thief.close();
  await records.close();
}, 60_000);

const refusedAs = (code: KeystoreCode) => ({ status: keystoreStatusOf[code], json: { code } });
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

describe('a reader whose storage', () => {
  const folderOf = async (object: ObjectId) => {
    const { database } = records.clinic.context;
    const [stored] = await database.select().from(storedObjectTable).where(eq(storedObjectTable.id, object));
    return join(records.clinic.recordings, 'parts', stored?.folder ?? '');
  };

  /** Checks a recording as a player does, by what the api gives out. @returns what doesn't fit */
  const check = async (): Promise<string | null> => {
    const path = `/api/objects/${track.object}`;
    const read = async (url: string, range?: string) => {
      const answer = await physician.browser.send('GET', url, range === undefined ? {} : { headers: { range } });
      if (answer.status >= 400) throw new Error(`status ${answer.status}`);
      return answer;
    };
    try {
      const { manifest: text, evidence } = sealedRecording.parse((await read(`${path}/recording`)).json);
      const { parts } = partList.parse((await read(`${path}/parts`)).json);
      const manifestOctets = new Uint8Array(Buffer.from(text, 'base64url'));
      const { clinic, pseudonym, object } = track.minted.payload;
      const publicKey = new Uint8Array(Buffer.from(evidence.terms.recorderKey, 'base64url'));
      const { context } = await checkManifestOf(manifestOctets, publicKey);
      if (context.object !== object || context.clinic !== clinic || context.pseudonym !== pseudonym) return 'context';
      const source = (prefix: string) => {
        const own = parts.filter(({ leaf }) => leaf.startsWith(prefix));
        return partedSource({
          lengths: own.map(({ length }) => length),
          read: async (index, offset, length) => {
            const answer = await read(`${path}/parts/${own[index]?.leaf}`, `bytes=${offset}-${offset + length - 1}`);
            return new Uint8Array(answer.body);
          },
        });
      };
      const checked = await checkManifestOf(manifestOctets, publicKey);
      await verifyObject(checked, { runs: [source('0000-'), source('0001-')], head: source('head') });
      return null;
    } catch (fault) {
      return fault instanceof VaultError ? fault.code : fault instanceof Error ? fault.message : 'unknown';
    }
  };
  const checkManifestOf = async (octets: Uint8Array<ArrayBuffer>, publicKey: Uint8Array<ArrayBuffer>) => {
    const { clinic, pseudonym, visit: of, object } = track.minted.payload;
    const sealed = sealedRecording.parse(
      (await physician.browser.send('GET', `/api/objects/${track.object}/recording`)).json,
    );
    const consent = visit.consentHash(sealed.evidence.terms);
    return checkManifest(octets, {
      signer: { algorithm: 'Ed25519', publicKey },
      context: { clinic, pseudonym, visit: of, object, kind: 'recording', track: 1, consent },
      hash: null,
    });
  };

  /** Does something to files, and undoes it. */
  const tampered = async (file: string, change: (octets: Buffer) => Uint8Array): Promise<string | null> => {
    const before = readFileSync(file);
    writeFileSync(file, change(Buffer.from(before)));
    try {
      return await check();
    } finally {
      writeFileSync(file, before);
    }
  };

  it('changes, cuts, extends, swaps or reorders anything notices', async () => {
    expect(await check()).toBeNull();
    const folder = await folderOf(track.object);
    const file = (leaf: string) => join(folder, leaf);
    const flip = (octets: Buffer) => {
      octets[20_000] = (octets[20_000] ?? 0) ^ 1;
      return octets;
    };
    expect(await tampered(file('0000-000001'), flip)).toBe('authenticity');
    expect(await tampered(file('0001-000000'), (octets) => octets.subarray(0, -1))).toBe('length');
    expect(await tampered(file('0001-000000'), (octets) => Buffer.concat([octets, Buffer.of(0)]))).toBe('length');
    const [first, second] = [readFileSync(file('0000-000000')), readFileSync(file('0000-000001'))];
    const swapped = await tampered(file('0000-000000'), () => {
      writeFileSync(file('0000-000001'), first);
      return second;
    });
    writeFileSync(file('0000-000001'), second);
    expect(['format', 'authenticity', 'length']).toContain(swapped);

    const other = await visit.track(0);
    await visit.putAll(other);
    const foreign = await folderOf(other.object);
    const pairs = readdirSync(foreign).map((leaf) => [file(leaf), join(foreign, leaf)] as const);
    const swap = () => {
      for (const [own, others] of pairs) {
        renameSync(own, `${own}.tmp`);
        renameSync(others, own);
        renameSync(`${own}.tmp`, others);
      }
    };
    swap();
    expect(await check()).toBe('authenticity');
    swap();
    renameSync(file('0000-000001'), join(foreign, '0000-000009'));
    expect(await check()).not.toBeNull();
    renameSync(join(foreign, '0000-000009'), file('0000-000001'));
    expect(await check()).toBeNull();
  });
});
