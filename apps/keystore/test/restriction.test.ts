import { decodeEntry } from '@sotto/audit';
import { type ObjectId, objectId, type PatientId, patientId, visitId } from '@sotto/protocol/ids';
import { type ReleaseRequest, type RestrictedStatement, restrictedStatement } from '@sotto/protocol/keystore';
import { maxRestrictionsRead } from '@sotto/protocol/keystoreRoutes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256, toBase64url, utf8 } from '../src/bytes.ts';
import { actCall } from '../src/directory/act.ts';
import { newId } from '../src/ids.ts';
import { findObjects, mintObject } from '../src/keys/objectKeys.ts';
import { readRestrictions } from '../src/keys/restriction.ts';
import { keyStatus } from '../src/keys/status.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { readNotices } from '../src/notices.ts';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import type { ReleasePorts } from '../src/release/releasePorts.ts';
import { type ReleaseOutcome, Releases } from '../src/release/releases.ts';
import { isSigned, payloadHash } from '../src/statement.ts';
import { Passkey, party } from './passkey.ts';
import { entriesAbout, openRelease, type Viewer, type ViewerKey } from './people.ts';
import { RecoveryCode } from './recoveryCode.ts';
import { type HandedInObject, Registering, refused } from './registering.ts';

let registering: Registering;
let officers: [Passkey, Passkey];
let nurse: Passkey;
beforeAll(async () => {
  registering = await Registering.start();
  const [one, other] = registering.people.officers;
  if (!one || !other) throw new Error('there are officers');
  officers = [one, other];
  nurse = await registering.people.enrolled('nurse');
});
afterAll(() => registering.remove());

/** What the log has of a refusal's reason. */
const reasonHash = toBase64url(sha256(utf8('restricted')));
const restricted = { ...refused('restricted'), reasons: [] };
const released = { tag: 'released' };
const damaged = { name: 'LogStopped', code: 'damaged' };

const restrict = (pseudonym: PatientId, object: ObjectId | null, by: readonly Passkey[] = officers) =>
  registering.people.perform(by, { action: 'restrict', pseudonym, object });
/** Restricts, and gives the receipt. */
async function receiptOf(pseudonym: PatientId, object: ObjectId | null): Promise<RestrictedStatement> {
  const outcome = await restrict(pseudonym, object);
  if (outcome.tag === 'refused') throw new Error(outcome.code);
  return restrictedStatement.parse(outcome.statement);
}
const lift = ({ payload }: RestrictedStatement, changes: { pseudonym?: PatientId; object?: ObjectId | null } = {}) => {
  const { pseudonym, object } = { ...payload, ...changes };
  const restriction = payloadHash(payload);
  return registering.people.perform(officers, { action: 'liftRestriction', pseudonym, object, restriction });
};
const restrictionsOf = async (pseudonym: PatientId) =>
  (await readRestrictions(registering.context, { pseudonym })).restrictions;

/** The releases of the service, by the clinic's own policies. */
function releasing(changes: Partial<ReleasePorts> = {}): Releases {
  const { context, installation, people } = registering;
  const policy = openClinicPolicy({ id: installation.clinic, timeZone: 'Europe/Madrid' });
  return new Releases({ ...productionPorts(context, { party, policy, requests: people.requests }), ...changes });
}

/** Somebody who cares for the patient, or is the patient, asks. */
async function asked(
  key: ViewerKey,
  { pseudonym }: HandedInObject,
  objects: readonly ObjectId[],
  request: Partial<ReleaseRequest> = {},
  approver?: Passkey,
): Promise<Viewer> {
  const changes = { request, ...(approver === undefined ? {} : { approver }) };
  const viewer = await registering.people.viewer(key, objects, changes);
  return { ...viewer, call: { ...viewer.call, relayed: { ...viewer.call.relayed, related: [pseudonym] } } };
}
const entriesOf = ({ call }: Viewer) => entriesAbout(registering.context, call.request.id);

/** A patient with a key of their own. */
async function patientWithKey(): Promise<RecoveryCode> {
  const { people, physician } = registering;
  const [code, visit] = [new RecoveryCode(), newId(visitId)];
  const call = await people.call([physician], { action: 'enrolPatient', visit, entry: code.entry }, code);
  const newcomer = people.proven(code, { of: 'patient', visit, entry: code.entry });
  expect((await people.acts.perform({ ...call, newcomer })).tag).toBe('done');
  return code;
}

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

describe('a release that was under way when it was restricted', () => {
  /** Releases over ports that restrict the object at some moment of the release. */
  async function during(moment: 'policy' | 'cover' | 'prove'): Promise<{ viewer: Viewer; outcome: ReleaseOutcome }> {
    const { context, physician } = registering;
    const note = await registering.handedIn('note');
    const once = async <T>(go: () => Promise<T>): Promise<T> => {
      await restrict(note.pseudonym, note.object);
      return go();
    };
    const log: ReleasePorts['log'] = {
      cover: () => context.log.cover(),
      prove: (index) => context.log.prove(index),
      unwitnessedSince: () => context.log.unwitnessedSince(),
    };
    const slow = releasing(
      {
        policy: { policy: { decide: () => once(async () => ({ tag: 'permit' as const })) } },
        cover: { log: { ...log, cover: () => once(() => log.cover()) } },
        prove: { log: { ...log, prove: (index: number) => once(() => log.prove(index)) } },
      }[moment],
    );
    const viewer = await asked(physician, note, [note.object]);
    return { viewer, outcome: await slow.release(viewer.call) };
  }

  it('isn’t recorded as allowed after the restriction', async () => {
    const { viewer, outcome } = await during('policy');
    expect(outcome).toEqual(restricted);
    expect((await entriesOf(viewer)).map(({ outcome: came }) => came)).toEqual(['refused']);
  });

  it.each(['cover', 'prove'] as const)(
    'gives nothing where it was recorded before, and says so in the log (%s)',
    async (moment) => {
      const { viewer, outcome } = await during(moment);
      expect(outcome).toEqual(restricted);
      expect(await entriesOf(viewer)).toMatchObject([
        { outcome: 'allowed' },
        { outcome: 'refused', before: reasonHash },
      ]);
    },
  );

  it('gives nothing when it is asked again later, on record once, and not after lifting either', async () => {
    const { physician } = registering;
    const note = await registering.handedIn('note');
    const viewer = await asked(physician, note, [note.object]);
    const untried = await asked(physician, note, [note.object]);
    for (const each of [viewer, untried]) expect(await releasing().release(each.call)).toMatchObject(released);
    const receipt = await receiptOf(note.pseudonym, note.object);
    const again = () => releasing().release(viewer.call);
    expect(await Promise.all([again(), again()])).toEqual([restricted, restricted]);
    expect(await again()).toEqual(restricted);
    const [allowed, since, ...more] = await entriesOf(viewer);
    expect(since).toMatchObject({
      ...{ actor: physician.subject, role: 'physician', action: 'object.release', resource: `object:${note.object}` },
      ...{ patient: note.pseudonym, outcome: 'refused', before: reasonHash, after: allowed?.after },
    });
    expect(more).toEqual([]);
    await lift(receipt);
    expect(await again()).toEqual(restricted);
    expect(await entriesOf(viewer)).toHaveLength(2);
    // Nobody had refused this one.
    expect(await releasing().release(untried.call)).toMatchObject(released);
  });

  it('tells officers of an emergency that it refused after it had been allowed, once', async () => {
    const { context, physician } = registering;
    const note = await registering.handedIn('note');
    const beside = await registering.handedIn('note', note.pseudonym);
    const urgent = { purpose: 'emergency', breakGlass: 'lifeThreat' } as const;
    const viewer = await asked(physician, note, [note.object, beside.object], urgent);
    await releasing().release(viewer.call);
    const before = (await readNotices(context.database, 0)).notices.at(-1);
    expect(before).toMatchObject({ kind: 'breakGlass', pseudonym: note.pseudonym });
    await receiptOf(note.pseudonym, note.object);
    for (let left = 2; left > 0; left -= 1) expect(await releasing().release(viewer.call)).toEqual(restricted);
    const { notices } = await readNotices(context.database, before?.id ?? 0);
    expect(notices.map(({ kind }) => kind)).toEqual(['restriction', 'breakGlassRefused']);
    expect(notices[1]).toMatchObject({ subject: physician.subject, pseudonym: note.pseudonym });
    const { leaf } = await context.log.prove(notices[1]?.index ?? 0);
    const text = new TextDecoder().decode(leaf.content?.encoded);
    expect(text).toContain(`"session":"${viewer.call.request.id}"`);
    expect(text).toContain('"outcome":"refused"');
  });

  it.each(['restriction', 'release'] as const)(
    'is settled in the log’s order when both come at once, the %s first',
    async (first) => {
      const { physician, people, context } = registering;
      const note = await registering.handedIn('note');
      const other = await registering.handedIn('note');
      const call = await people.call(officers, { action: 'restrict', pseudonym: note.pseudonym, object: note.object });
      const before = await asked(physician, other, [other.object]);
      const viewer = await asked(physician, note, [note.object]);
      const pair = [call.act.id, viewer.call.request.id];
      // Both wait behind another, so that they are recorded by one transaction, in this order.
      const order = [before.call.request.id, ...(first === 'restriction' ? pair : pair.reverse())];
      const held = new Map<string, () => void>();
      const record = people.requests.record.bind(people.requests);
      const recording = vi.spyOn(people.requests, 'record').mockImplementation(
        (decision) =>
          new Promise((resolve, reject) => {
            held.set(decision.id, () => void record(decision).then(resolve, reject));
          }),
      );
      try {
        const releases = releasing();
        const both = Promise.all([
          people.acts.perform(call),
          releases.release(viewer.call),
          releases.release(before.call),
        ]);
        await vi.waitFor(() => expect(held.size).toBe(3), 10_000);
        for (const id of order) held.get(id)?.();
        const [done, outcome] = await both;
        if (done.tag === 'refused') throw new Error(done.code);
        const tried: [boolean, string][] = [];
        for await (const { index, content } of context.log.leaves()) {
          const entry = content && decodeEntry(content.encoded);
          if (entry?.session !== viewer.call.request.id) continue;
          tried.push([index > done.proof.leaf.index, entry.outcome]);
        }
        const behind = [true, 'refused'];
        expect(tried).toEqual(first === 'restriction' ? [behind] : [[false, 'allowed'], behind]);
        expect(outcome).toEqual(restricted);
      } finally {
        recording.mockRestore();
      }
    },
  );
});

describe('whoever has the database', () => {
  const asOwner = (statement: string, ...values: unknown[]) =>
    registering.installation.asOwner((owner) => owner.query(statement, values));
  const verdict = async () => {
    const { context, installation } = registering;
    const { findings } = await verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
    return findings;
  };

  it('lifts nothing: not by taking the row away, changing it, or giving it to another', async () => {
    const { physician, context } = registering;
    for (const scope of ['object', 'all'] as const) {
      const note = await registering.handedIn('note');
      const { payload } = await receiptOf(note.pseudonym, scope === 'all' ? null : note.object);
      const hash = Buffer.from(payloadHash(payload), 'base64url');
      const { rows } = await asOwner('select * from keystore.restriction where hash = $1', hash);
      const [row] = rows as { statement: string }[];
      const open = async () => releasing().release((await asked(physician, note, [note.object])).call);
      const tamperings: [string, unknown[]][] = [
        ['delete from keystore.restriction where hash = $1', []],
        ['update keystore.restriction set pseudonym = $2 where hash = $1', [newId(patientId)]],
        ['update keystore.restriction set object = $2 where hash = $1', [newId(objectId)]],
        ['update keystore.restriction set statement = $2 where hash = $1', [row?.statement.replace('"2', '"3')]],
        ["update keystore.restriction set hash = sha256('other') where hash = $1", []],
      ];
      for (const [statement, values] of tamperings) {
        await asOwner(statement, hash, ...values);
        await expect(open(), statement).rejects.toMatchObject(damaged);
        expect(await verdict(), statement).toContain('restriction');
        await asOwner('delete from keystore.restriction where restricted_at = $1', new Date(payload.restrictedAt));
        await asOwner(
          'insert into keystore.restriction select * from jsonb_populate_record(null::keystore.restriction, $1)',
          JSON.stringify({ ...row, hash: `\\x${hash.toString('hex')}` }),
        );
        expect(await open()).toEqual(restricted);
      }
      expect(await verdict()).toEqual([]);
      // A lifting that nobody signed, or that is another restriction's, hides it from nobody.
      const other = await registering.people.object(note.pseudonym);
      const another = await receiptOf(note.pseudonym, other.object);
      await lift(another);
      const { rows: lifted } = await asOwner(
        'select lifting from keystore.restriction where hash = $1',
        Buffer.from(payloadHash(another.payload), 'base64url'),
      );
      const ways: [string, () => Promise<unknown>][] = [
        ['open', open],
        ['list', () => readRestrictions(context, {})],
        ['a patient’s list', () => restrictionsOf(note.pseudonym)],
        ['count', () => keyStatus(context)],
        ['restrict', () => restrict(note.pseudonym, payload.object)],
        ['lift', () => lift({ ...another, payload })],
      ];
      for (const lifting of ['', '{}', (lifted as { lifting: string }[])[0]?.lifting]) {
        await asOwner('update keystore.restriction set lifting = $2 where hash = $1', hash, lifting);
        for (const [way, go] of ways) await expect(go(), way).rejects.toMatchObject(damaged);
        expect(await verdict(), lifting).toContain('restriction');
      }
      await asOwner('update keystore.restriction set lifting = null where hash = $1', hash);
      expect(await findObjects(context, [note.object])).toHaveLength(1);
    }
  });

  it('is refused by it what would take a restriction away, where it has the service’s rights', async () => {
    const { context } = registering;
    for (const statement of [
      'delete from keystore.restriction',
      'update keystore.restriction set object = null',
      "update keystore.restriction set statement = ''",
    ]) {
      await expect(context.database.execute(statement)).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });

  // The last: it leaves the log damaged.
  it('gets no entry that says nobody did it, by taking those of the release away', async () => {
    const { physician } = registering;
    const note = await registering.handedIn('note');
    const beside = await registering.handedIn('note', note.pseudonym);
    const viewer = await asked(physician, note, [note.object, beside.object]);
    expect(await releasing().release(viewer.call)).toMatchObject(released);
    await receiptOf(note.pseudonym, note.object);
    await asOwner('alter table audit.entry disable trigger user');
    for (const { object } of [beside, note]) {
      await asOwner("delete from audit.entry where action = 'object.release' and resource = $1", `object:${object}`);
      await expect(releasing().release(viewer.call)).rejects.toMatchObject(damaged);
    }
    expect(await entriesOf(viewer)).toEqual([]);
  });
});
