import { type ObjectId, objectId, patientId } from '@sotto/protocol/ids';
import type { ReleaseRequest } from '@sotto/protocol/keystore';
import { maxRestrictionsRead } from '@sotto/protocol/keystoreRoutes';
import { describe, expect, it } from 'vitest';
import { sha256, toBase64url, utf8 } from '../src/bytes.ts';
import { actCall } from '../src/directory/act.ts';
import { newId } from '../src/ids.ts';
import { findObjects, mintObject } from '../src/keys/objectKeys.ts';
import { readRestrictions } from '../src/keys/restriction.ts';
import { keyStatus } from '../src/keys/status.ts';
import { readNotices } from '../src/notices.ts';
import { isSigned, payloadHash } from '../src/statement.ts';
import { Passkey } from './passkey.ts';
import { entriesAbout, openRelease, type ViewerKey } from './people.ts';
import { refused } from './registering.ts';
import {
  asked,
  entriesOf,
  lift,
  nurse,
  officers,
  patientWithKey,
  reasonHash,
  receiptOf,
  registering,
  releasing,
  restrict,
  restricted,
  restrictionsOf,
  useRestrictionScene,
} from './restrictionScene.ts';

useRestrictionScene();

describe('a restricted object', () => {
  it('is opened and copied by nobody, whichever way, and each try is logged with its reason', async () => {
    const { physician, installation } = registering;
    const code = await patientWithKey();
    const recording = await registering.handedIn('recording', code.subject);
    const emergency = { purpose: 'emergency', breakGlass: 'lifeThreat' } as const;
    const ways: [string, ViewerKey, Partial<ReleaseRequest>, Passkey?][] = [
      ['a clinician', physician, {}],
      ['a nurse', nurse, {}],
      ['a clinician whom another backs', physician, {}, nurse],
      ['an emergency', physician, emergency],
      ['an emergency of two', nurse, emergency, officers[0]],
      ['an officer', officers[0], { purpose: 'operations' }],
      ['both officers', officers[0], { purpose: 'operations' }, officers[1]],
      ['the patient', code, { purpose: 'patientRequest' }],
      ['the patient’s copy', code, { purpose: 'patientRequest', use: 'copy' }],
    ];
    for (const [way, key, request, approver] of ways) {
      const viewer = await asked(key, recording, [recording.object], request, approver);
      const outcome = await releasing().release(viewer.call);
      expect((await openRelease(viewer, outcome, installation)).size, way).toBe(1);
    }
    await receiptOf(recording.pseudonym, recording.object);
    for (const [way, key, request, approver] of ways) {
      const viewer = await asked(key, recording, [recording.object], request, approver);
      expect(await releasing().release(viewer.call), way).toEqual(restricted);
      const who = approver === undefined ? key.subject : `${key.subject}+${approver.subject}`;
      expect(await entriesOf(viewer), way).toMatchObject([
        {
          ...{ actor: who, action: request.use === 'copy' ? 'object.copy' : 'object.release', outcome: 'refused' },
          ...{ resource: `object:${recording.object}`, patient: recording.pseudonym, before: reasonHash },
        },
      ]);
      // Asked again it is the same refusal, and no other entry.
      expect(await releasing().release(viewer.call), way).toEqual(restricted);
      expect(await entriesOf(viewer), way).toHaveLength(1);
    }
  });

  it('closes what is asked for beside it, and nothing else of the patient', async () => {
    const { physician } = registering;
    const note = await registering.handedIn('note');
    const beside = await registering.handedIn('note', note.pseudonym);
    await receiptOf(note.pseudonym, note.object);
    const both = await asked(physician, note, [note.object, beside.object]);
    expect(await releasing().release(both.call)).toEqual(restricted);
    expect((await entriesOf(both)).map(({ outcome }) => outcome)).toEqual(['refused', 'refused']);
    const alone = await asked(physician, note, [beside.object]);
    expect(await releasing().release(alone.call)).toMatchObject({ tag: 'released' });
  });

  it('tells whom the policies refuse anyway no more than before', async () => {
    const note = await registering.handedIn('note');
    await receiptOf(note.pseudonym, note.object);
    const stranger = await registering.people.viewer(nurse, [note.object]);
    expect(await releasing().release(stranger.call)).toEqual({ ...refused('denied'), reasons: ['notGranted'] });
  });

  it('tells officers of an emergency that it refused, of the restriction, and of its end', async () => {
    const { context, physician } = registering;
    const note = await registering.handedIn('note');
    const before = (await readNotices(context.database, 0)).notices.at(-1)?.id ?? 0;
    const receipt = await receiptOf(note.pseudonym, note.object);
    const urgent = { purpose: 'emergency', breakGlass: 'lifeThreat' } as const;
    await releasing().release((await asked(physician, note, [note.object], urgent)).call);
    await lift(receipt);
    const { notices } = await readNotices(context.database, before);
    expect(notices.map(({ kind, pseudonym }) => [kind, pseudonym])).toEqual([
      ['restriction', note.pseudonym],
      ['breakGlassRefused', note.pseudonym],
      ['restrictionLifted', note.pseudonym],
    ]);
  });
});

describe('restricting', () => {
  it('takes two different officers, as lifting does', async () => {
    const { people, physician } = registering;
    const { pseudonym, object } = await people.object();
    const receipt = { restriction: toBase64url(sha256(utf8('any'))) };
    for (const given of [
      { action: 'restrict', pseudonym, object },
      { action: 'liftRestriction', pseudonym, object, ...receipt },
    ] as const) {
      const parsed = async (...signers: Passkey[]) => actCall.safeParse(await people.call(signers, given)).success;
      expect(await parsed(...officers)).toBe(true);
      expect([await parsed(officers[0]), await parsed(officers[0], officers[0])]).toEqual([false, false]);
      for (const other of [physician, nurse, new Passkey()]) {
        expect(await people.perform([officers[0], other], given)).toEqual(refused('assertion'));
      }
      // One officer's signature twice, under both names.
      const call = await people.call(officers, given);
      const [first] = call.assertions;
      if (!first) throw new Error('two sign');
      expect(await people.acts.perform({ ...call, assertions: [first, first] })).toEqual(refused('assertion'));
    }
    expect(await restrictionsOf(pseudonym)).toEqual([]);
  });

  it('gives a signed receipt whose hash is in the log, once, however often it is asked', async () => {
    const { context, people } = registering;
    const { pseudonym, object } = await people.object();
    const call = await people.call(officers, { action: 'restrict', pseudonym, object });
    const outcomes = await Promise.all([people.acts.perform(call), people.acts.perform(call)]);
    expect(outcomes[0]).toEqual(outcomes[1]);
    const [outcome] = outcomes;
    if (outcome.tag === 'refused' || outcome.statement === null) throw new Error('refused');
    expect(isSigned(context.statements.publicKey, outcome.statement)).toBe(true);
    expect(outcome.statement.payload).toMatchObject({
      ...{ type: 'sotto/restricted/v1', clinic: context.clinic, pseudonym, object, restrictedBy: call.act.by },
    });
    const after = payloadHash(outcome.statement.payload);
    expect(await entriesAbout(context, call.act.id)).toMatchObject([
      {
        ...{ action: 'restriction.place', actor: call.act.by.join('+'), role: 'privacyOfficer', outcome: 'allowed' },
        ...{ resource: `object:${object}`, patient: pseudonym, after },
      },
    ]);
    expect(await restrictionsOf(pseudonym)).toEqual([outcome.statement]);
    expect(await restrict(pseudonym, object)).toEqual(refused('restricted'));
    expect(await restrictionsOf(pseudonym)).toHaveLength(1);
    expect((await keyStatus(context)).restricted).toBeGreaterThan(0);
  });

  it('is of what there is, and of whose it is', async () => {
    const { people } = registering;
    const { pseudonym, object } = await people.object();
    expect(await restrict(pseudonym, newId(objectId))).toEqual(refused('unknownObject'));
    expect(await restrict(newId(patientId), object)).toEqual(refused('unknownObject'));
    expect(await restrict(newId(patientId), null)).toEqual(refused('unknownObject'));
    expect(await restrictionsOf(pseudonym)).toEqual([]);
  });

  it('of all of a patient’s covers what is written later, and what is restricted by itself outlives it', async () => {
    const { physician, context, installation } = registering;
    const note = await registering.handedIn('note');
    const { pseudonym } = note;
    const single = await receiptOf(pseudonym, note.object);
    const all = await receiptOf(pseudonym, null);
    expect(all.payload.object).toBeNull();
    const later = (await mintObject(context, { pseudonym, visit: null })).statement.payload.object;
    const open = async (object: ObjectId) => {
      const viewer = await asked(physician, note, [object]);
      const outcome = await releasing().release(viewer.call);
      return outcome.tag === 'released' ? (await openRelease(viewer, outcome, installation)).size : outcome.code;
    };
    expect([await open(note.object), await open(later)]).toEqual(['restricted', 'restricted']);
    expect(await restrictionsOf(pseudonym)).toEqual([all, single]);
    expect((await lift(all)).tag).toBe('done');
    expect([await open(note.object), await open(later)]).toEqual(['restricted', 1]);
    expect((await lift(single)).tag).toBe('done');
    expect(await open(note.object)).toBe(1);
    expect(await restrictionsOf(pseudonym)).toEqual([]);
  });

  it('leaves the keys and what bars or does their deletion as they are', async () => {
    const { people, context } = registering;
    const { pseudonym, object } = await people.object();
    expect((await people.perform([officers[0]], { action: 'hold', pseudonym })).tag).toBe('done');
    const receipt = await receiptOf(pseudonym, object);
    const shred = () => people.perform(officers, { action: 'shred', pseudonym, object });
    expect(await shred()).toEqual(refused('held'));
    expect((await lift(receipt)).tag).toBe('done');
    expect(await shred()).toEqual(refused('held'));
    await receiptOf(pseudonym, object);
    expect((await people.perform(officers, { action: 'liftHold', pseudonym })).tag).toBe('done');
    expect(await findObjects(context, [object])).toHaveLength(1);
    const { restricted: before } = await keyStatus(context);
    expect((await shred()).tag).toBe('done');
    expect(await findObjects(context, [object])).toEqual([]);
    // Nobody is told that something is restricted which there is no more.
    expect(await restrictionsOf(pseudonym)).toEqual([]);
    expect((await keyStatus(context)).restricted).toBe(before - 1);
    expect(await restrict(pseudonym, object)).toEqual(refused('unknownObject'));
  });

  it('is read part by part, the newest first, and none is lost or given twice', async () => {
    const { context, people } = registering;
    const { pseudonym } = await people.object();
    const count = maxRestrictionsRead + 3;
    const at = new Date('2031-05-06T07:08:09.123Z');
    const rows = Array.from({ length: count }, () => {
      const statement = context.statements.sign({
        ...{ type: 'sotto/restricted/v1' as const, clinic: context.clinic, pseudonym, object: newId(objectId) },
        ...{ restrictedBy: officers.map(({ subject }) => subject).sort(), restrictedAt: at.toISOString() },
      });
      return { statement, hash: Buffer.from(payloadHash(statement.payload), 'base64url') };
    });
    await registering.installation.asOwner(async (owner) => {
      for (const { statement, hash } of rows) {
        await owner.query('insert into keystore.restriction values ($1, $2, $3, $4, $5)', [
          ...[hash, pseudonym, statement.payload.object, JSON.stringify(statement), at],
        ]);
      }
    });
    const first = await readRestrictions(context, { pseudonym });
    expect(first.restrictions).toHaveLength(maxRestrictionsRead);
    const second = await readRestrictions(context, { pseudonym, before: first.next ?? '' });
    expect(second.next).toBeNull();
    const read = [...first.restrictions, ...second.restrictions].map(({ payload }) => payload.object);
    expect(read.sort()).toEqual(rows.map(({ statement }) => statement.payload.object).sort());
    const everybody = await readRestrictions(context, {});
    expect(everybody.restrictions.length).toBeGreaterThan(0);
  });
});

describe('lifting', () => {
  it('is of that very restriction, with an entry and a receipt of its own', async () => {
    const { context, people } = registering;
    const { pseudonym, object } = await people.object();
    const first = await receiptOf(pseudonym, object);
    const all = await receiptOf(pseudonym, null);
    const other = (await people.object()).pseudonym;
    for (const changes of [{ object: null }, { pseudonym: other }, { object: newId(objectId) }]) {
      expect(await lift(first, changes)).toEqual(refused('notRestricted'));
    }
    const call = await people.call(officers, {
      ...{ action: 'liftRestriction', pseudonym, object, restriction: payloadHash(first.payload) },
    });
    const outcome = await people.acts.perform(call);
    if (outcome.tag === 'refused' || outcome.statement === null) throw new Error('refused');
    expect(isSigned(context.statements.publicKey, outcome.statement)).toBe(true);
    expect(outcome.statement.payload).toMatchObject({
      ...{ type: 'sotto/restriction-lifted/v1', pseudonym, object, liftedBy: call.act.by },
      restriction: payloadHash(first.payload),
    });
    expect(await entriesAbout(context, call.act.id)).toMatchObject([
      {
        ...{ action: 'restriction.lift', resource: `object:${object}`, patient: pseudonym, outcome: 'allowed' },
        after: payloadHash(outcome.statement.payload),
      },
    ]);
    expect(await restrictionsOf(pseudonym)).toEqual([all]);
    // Once, and not what comes after it: the same words lift no later restriction of the same object.
    expect(await lift(first)).toEqual(refused('notRestricted'));
    await receiptOf(pseudonym, object);
    expect(await lift(first)).toEqual(refused('notRestricted'));
    expect(await people.acts.perform(call)).toEqual(outcome);
    expect(await restrictionsOf(pseudonym)).toHaveLength(2);
  });
});
