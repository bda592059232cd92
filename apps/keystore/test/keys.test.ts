import { join } from 'node:path';
import { decodeEntry } from '@sotto/audit';
import { type PatientId, patientId, visitId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../src/bytes.ts';
import { hpkePublicKey } from '../src/hpke.ts';
import { newId } from '../src/ids.ts';
import { giveFieldKeys } from '../src/keys/fieldKeys.ts';
import { findObjects, mintObject, openObject } from '../src/keys/objectKeys.ts';
import { addMasterVersion, rewrapPatientKeys, rotatePatientKey } from '../src/keys/rotation.ts';
import { replayShreddings, shred, shreddedPayload } from '../src/keys/shredding.ts';
import { keyStatus } from '../src/keys/status.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { createSoftwareKeyFile, openSoftwareMasterKey } from '../src/master/softwareMasterKey.ts';
import { recoverPatientKeys } from '../src/recovery/recovery.ts';
import { combineShares } from '../src/recovery/shares.ts';
import { isSigned } from '../src/statement.ts';
import { Installation } from './installation.ts';

let installation: Installation;
let context: KeystoreContext;
beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open();
});
afterAll(() => installation.remove());

const mint = async (pseudonym = newId(patientId)) => (await mintObject(context, { pseudonym, visit: null })).statement;
type Minted = Awaited<ReturnType<typeof mint>>;

/** Whether the keystore still has this object's private half. */
async function opens({ payload }: Minted, by = context): Promise<boolean> {
  const [stored] = await findObjects(by, [payload.object]);
  if (!stored) return false;
  return toBase64url(await hpkePublicKey(await openObject(by, stored))) === payload.publicKey;
}
const query = (text: string, values: unknown[] = []) => installation.asOwner((client) => client.query(text, values));

describe('an object’s key', () => {
  it('comes with a signed statement, which is in the log', async () => {
    const pseudonym = newId(patientId);
    const { statement, proof } = await mintObject(context, { pseudonym, visit: null });
    expect(isSigned(context.statements.publicKey, statement)).toBe(true);
    const { object } = statement.payload;
    const other = { ...statement, payload: { ...statement.payload, publicKey: (await mint()).payload.publicKey } };
    expect(isSigned(context.statements.publicKey, other)).toBe(false);
    expect(proof.leaf.content && decodeEntry(proof.leaf.content.encoded)).toMatchObject({
      action: 'object.mint',
      patient: pseudonym,
      resource: `object:${object}`,
    });
    expect(await opens(statement)).toBe(true);
  });

  it('is made in a visit for one patient alone, however many ask at once and whatever the columns say', async () => {
    const visit = newId(visitId);
    const [one, two] = [newId(patientId), newId(patientId)];
    const tries = await Promise.allSettled(
      [one, two, one, two].map((pseudonym) => mintObject(context, { pseudonym, visit })),
    );
    const minted = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value.statement] : []));
    expect(minted).toHaveLength(2);
    const [first] = minted;
    if (!first) throw new Error('one was');
    const { pseudonym } = first.payload;
    const other = pseudonym === one ? two : one;
    const asOther = () => mintObject(context, { pseudonym: other, visit });
    await expect(asOther()).rejects.toMatchObject({ name: 'VisitOfAnother', code: 'conflict' });
    await mintObject(context, { pseudonym, visit });
    await mintObject(context, { pseudonym: other, visit: newId(visitId) });
    await mintObject(context, { pseudonym: other, visit: null });
    await query('update keystore.object_key set pseudonym = $1 where visit = $2', [other, visit]);
    await expect(asOther()).rejects.toMatchObject({ code: 'conflict' });
    const elsewhere = (await mint(other)).payload.object;
    await query('update keystore.object_key set visit = $1 where object = $2', [newId(visitId), elsewhere]);
    await query(
      'update keystore.object_key set statement = (select statement from keystore.object_key where object = $1) where visit = $2',
      [elsewhere, visit],
    );
    await expect(asOther()).rejects.toMatchObject({ name: 'LogStopped', code: 'damaged' });
  });

  it('does not open once its wrap was swapped with another’s, moved or changed', async () => {
    const [mine, sibling, stranger] = [await mint(), await mint(), await mint()];
    const second = await mint(mine.payload.pseudonym);
    const swap = (a: string, b: string) =>
      query(
        `update keystore.object_key o set wrapped = p.wrapped from keystore.object_key p
          where (o.object = $1 and p.object = $2) or (o.object = $2 and p.object = $1)`,
        [a, b],
      );
    await swap(mine.payload.object, second.payload.object);
    await expect(opens(mine)).rejects.toMatchObject({ code: 'authenticity' });
    await query('update keystore.object_key set pseudonym = $1 where object = $2', [
      stranger.payload.pseudonym,
      sibling.payload.object,
    ]);
    expect(await opens(sibling)).toBe(false);
    await query(
      `update keystore.patient_key k set wrapped = l.wrapped from keystore.patient_key l
        where k.pseudonym = $1 and l.pseudonym = $2`,
      [stranger.payload.pseudonym, mine.payload.pseudonym],
    );
    await expect(opens(stranger)).rejects.toMatchObject({ code: 'authenticity' });
  });
});

describe('a patient’s field key', () => {
  const give = async (pseudonyms: readonly PatientId[], make = false) => {
    const given = await giveFieldKeys(context, pseudonyms, make);
    return new Map([...given].map(([pseudonym, key]) => [pseudonym, toBase64url(key)]));
  };
  const keyOf = async (pseudonym: PatientId, make = false) => (await give([pseudonym], make)).get(pseudonym);

  it('is made once, when it is asked for, and is each patient’s own', async () => {
    const [one, two] = [newId(patientId), newId(patientId)];
    expect(await keyOf(one)).toBeUndefined();
    const made = await Promise.all([keyOf(one, true), keyOf(one, true), keyOf(one, true)]);
    expect(new Set(made).size).toBe(1);
    expect(made[0]).toMatch(/^[\w-]{43}$/);
    const both = await give([one, two], true);
    expect(both.get(one)).toBe(made[0]);
    expect(both.get(two)).not.toBe(made[0]);
  });

  it('outlives rotation of the master key and of the patient’s', async () => {
    // What was swapped before can't be wrapped anew.
    await query('truncate keystore.object_key, keystore.patient_key cascade');
    const one = newId(patientId);
    const key = await keyOf(one, true);
    await addMasterVersion(context);
    await rewrapPatientKeys(context);
    await rotatePatientKey(context, one);
    expect(await keyOf(one)).toBe(key);
  });

  it('does not open in another patient’s row', async () => {
    const [one, two] = [newId(patientId), newId(patientId)];
    await give([one, two], true);
    await query(
      'update keystore.field_key k set wrapped = l.wrapped from keystore.field_key l where k.pseudonym = $1 and l.pseudonym = $2',
      [one, two],
    );
    await expect(keyOf(one)).rejects.toMatchObject({ code: 'authenticity' });
  });

  it('goes with all of the patient’s keys, comes back with no backup, and is not made again', async () => {
    const [one, two] = [newId(patientId), newId(patientId)];
    await give([one, two], true);
    const { rows } = await query('select * from keystore.field_key where pseudonym = $1', [one]);
    const [backup] = rows as { pseudonym: string; patient_version: number; wrapped: Buffer; made_at: Date }[];
    const { rows: patientRows } = await query('select * from keystore.patient_key where pseudonym = $1', [one]);
    const receipt = { pseudonym: one, object: null, by: [] };
    const sign = () => context.statements.sign(shreddedPayload(context, receipt, context.now()));
    let signed: ReturnType<typeof sign> | undefined;
    await context.database.transaction((transaction) =>
      shred(transaction, receipt, () => (signed = sign()), context.now()),
    );
    expect([await keyOf(one), await keyOf(one, true)]).toEqual([undefined, undefined]);
    expect(await keyOf(two)).toBeDefined();
    const restore = async (table: string, row: object) =>
      query(`insert into keystore.${table} select * from jsonb_populate_record(null::keystore.${table}, $1)`, [
        JSON.stringify(row, (_, value: unknown) =>
          typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
            ? `\\x${Buffer.from(value.data as number[]).toString('hex')}`
            : value,
        ),
      ]);
    await restore('patient_key', patientRows[0] as object);
    await restore('field_key', backup ?? {});
    if (signed === undefined) throw new Error('nothing was signed');
    expect(await replayShreddings(context.database, [signed])).toBe(1);
    expect(await keyOf(one, true)).toBeUndefined();
  });
});

describe('rotation', () => {
  it('wraps anew by the next master key, and goes on after it was interrupted', async () => {
    await query('truncate keystore.object_key, keystore.patient_key cascade');
    const minted = await Promise.all(Array.from({ length: 7 }, () => mint()));
    const next = await addMasterVersion(context);
    const during = await mint();
    let wraps = 0;
    const interrupted: KeystoreContext = {
      ...context,
      master: {
        ...context.master,
        wrap: (key, aad) => {
          wraps += 1;
          return wraps > 3 ? Promise.reject(new Error('killed')) : context.master.wrap(key, aad);
        },
      },
    };
    await expect(rewrapPatientKeys(interrupted, 2)).rejects.toThrow('killed');
    expect(await keyStatus(context)).toMatchObject({ leftToRewrap: 4, masterVersion: next });
    expect((await keyStatus(context)).reminders).toContain('finishRewrap');
    for (const statement of [...minted, during]) expect(await opens(statement)).toBe(true);
    const halves = await Promise.all([rewrapPatientKeys(context, 2), rewrapPatientKeys(context, 2)]);
    expect(halves[0] + halves[1]).toBe(4);
    expect(await keyStatus(context)).toMatchObject({ leftToRewrap: 0, isHardware: false });
    for (const statement of [...minted, during]) expect(await opens(statement)).toBe(true);
    expect(await rewrapPatientKeys(context)).toBe(0);
  });

  it('gives a patient a new version for new objects, and opens the old ones', async () => {
    const old = await mint();
    const { pseudonym } = old.payload;
    expect(await Promise.all([rotatePatientKey(context, pseudonym), mint(pseudonym)])).toMatchObject([2, {}]);
    const fresh = await mint(pseudonym);
    const [stored] = await findObjects(context, [fresh.payload.object]);
    expect(stored?.patientKey.version).toBe(2);
    expect([await opens(old), await opens(fresh)]).toEqual([true, true]);
    await query('update keystore.object_key set patient_version = 1 where object = $1', [fresh.payload.object]);
    await expect(opens(fresh)).rejects.toMatchObject({ code: 'unknownVersion' });
  });

  it('reminds of it when the master key is older than a quarter', async () => {
    expect((await keyStatus(context)).reminders).not.toContain('rotateMaster');
    const later = { ...context, now: () => new Date(Date.now() + 91 * 86_400_000) };
    expect((await keyStatus(later)).reminders).toContain('rotateMaster');
  });
});

describe('recovery', () => {
  it('brings every patient’s key back when the master key is lost, by three shares', async () => {
    await query('truncate keystore.object_key, keystore.patient_key cascade');
    const minted = await Promise.all(Array.from({ length: 5 }, () => mint()));
    const fresh = join(installation.folder, 'replacement.key');
    await createSoftwareKeyFile(fresh);
    const replaced = await installation.open({
      master: await openSoftwareMasterKey(fresh, 'KEYSTORE_MASTER_KEY_FILE'),
    });
    for (const statement of minted)
      await expect(opens(statement, replaced)).rejects.toMatchObject({ name: 'MasterKeyError' });
    const { shares, publicKey } = installation.ceremony;
    const seed = await combineShares([shares[4] ?? '', shares[1] ?? '', shares[2] ?? ''], publicKey);
    expect(await recoverPatientKeys(replaced, seed, 2)).toBe(5);
    for (const statement of minted) expect(await opens(statement, replaced)).toBe(true);
    const wrong = seed.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
    await expect(recoverPatientKeys(replaced, wrong)).rejects.toMatchObject({ code: 'authenticity' });
  });
});
