import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { patientId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../src/bytes.ts';
import { actCall } from '../src/directory/act.ts';
import { findClinician, officerRole } from '../src/directory/clinician.ts';
import { newId } from '../src/ids.ts';
import { findObjects, mintObject } from '../src/keys/objectKeys.ts';
import { replayShreddings } from '../src/keys/shredding.ts';
import { openShredJournal } from '../src/keys/shredJournal.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { isSigned } from '../src/statement.ts';
import { Installation } from './installation.ts';
import { Passkey } from './passkey.ts';
import { entriesAbout, People } from './people.ts';

let installation: Installation;
let context: KeystoreContext;
let people: People;
beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open();
  people = await People.with(installation, context);
});
afterAll(() => installation.remove());

const refused = (code: string) => ({ tag: 'refused', code });
const find = ({ credential }: Passkey) => findClinician(context.database, context.statements, credential);
const countOf = async (session: string) => (await entriesAbout(context, session)).length;
async function thirdOfficer(): Promise<Passkey> {
  const officer = new Passkey();
  const entry = people.entryOf(officer, officerRole);
  expect(await people.perform(people.officers, { action: 'enrol', entry }, officer)).toMatchObject({
    tag: 'done',
  });
  return officer;
}

describe('the directory', () => {
  it('takes two officers on its host, and no third, nor anybody else', async () => {
    const third = new Passkey();
    for (const role of [officerRole, 'physician'] as const) {
      const call = await people.call([], { action: 'enrol', entry: people.entryOf(third, role) }, third);
      expect(await people.acts.performOnHost(call)).toEqual(refused('notFirst'));
      expect(await people.acts.perform(call)).toEqual(refused('notFirst'));
    }
    const call = await people.call([], { action: 'enrol', entry: people.entryOf(third, 'physician') }, third);
    expect(await people.acts.perform(call)).toEqual(refused('notOnHost'));
    expect(await find(third)).toBeNull();
  });

  it('enrols whom an officer signs for, with a signed statement and one entry, once', async () => {
    const physician = new Passkey();
    const entry = people.entryOf(physician, 'physician');
    const call = await people.call(people.officers.slice(0, 1), { action: 'enrol', entry }, physician);
    const outcome = await people.acts.perform(call);
    if (outcome.tag === 'refused' || outcome.statement === null) throw new Error('refused');
    expect(isSigned(context.statements.publicKey, outcome.statement)).toBe(true);
    expect(outcome.statement.payload).toMatchObject({ ...entry, enrolledBy: [people.officers[0]?.subject] });
    expect(await entriesAbout(context, call.act.id)).toMatchObject([
      {
        action: 'clinician.enrol',
        actor: people.officers[0]?.subject,
      },
    ]);
    expect(await people.acts.perform(call)).toEqual(outcome);
    expect(await countOf(call.act.id)).toBe(1);
    expect(await find(physician)).toMatchObject({ isRevoked: false, entry: { role: 'physician' } });
    const again = await people.perform(people.officers, { action: 'enrol', entry }, physician);
    expect(again).toEqual(refused('assertion'));
  });

  it('refuses signatures by anybody but an officer, for oneself, and passkeys that do not prove themselves', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const physician = await people.physician();
    const newcomer = new Passkey();
    const entry = people.entryOf(newcomer, 'physician');
    expect(await people.perform([physician], { action: 'enrol', entry }, newcomer)).toEqual(refused('assertion'));
    expect(await people.perform([new Passkey()], { action: 'enrol', entry }, newcomer)).toEqual(refused('assertion'));
    expect(await people.perform([officer], { action: 'enrol', entry }, new Passkey())).toEqual(refused('assertion'));
    const second = new Passkey(officer.subject);
    const own = people.entryOf(second, officerRole);
    expect(await people.perform([officer], { action: 'enrol', entry: own }, second)).toEqual(refused('assertion'));
    const call = await people.call([officer], { action: 'enrol', entry }, newcomer);
    const raised = { ...call, act: { ...call.act, entry: { ...entry, role: officerRole } } };
    expect(await people.acts.perform(actCall.parse(raised))).toEqual(refused('assertion'));
    expect(await find(newcomer)).toBeNull();
  });

  it('takes two officers for another officer, and for a key or role more of somebody known', async () => {
    const [one] = people.officers;
    if (!one) throw new Error('there are officers');
    const [known, gone] = [await people.physician(), await people.physician()];
    const { subject, credential } = gone;
    await people.perform([one], { action: 'revoke', subject, credential, reason: 'left' });
    const cases = [
      [new Passkey(), officerRole],
      [new Passkey(known.subject), 'physician'],
      [new Passkey(known.subject), 'nurse'],
      [new Passkey(subject), 'physician'],
    ] as const;
    for (const [passkey, role] of cases) {
      const call = await people.call([one], { action: 'enrol', entry: people.entryOf(passkey, role) }, passkey);
      expect(await people.acts.perform(call)).toEqual(refused('denied'));
      expect(await entriesAbout(context, call.act.id)).toMatchObject([{ outcome: 'refused', actor: one.subject }]);
      expect(await find(passkey)).toBeNull();
      const both = { action: 'enrol', entry: people.entryOf(passkey, role) } as const;
      expect(await people.perform(people.officers, both, passkey)).toMatchObject({ tag: 'done' });
      const left = { subject: passkey.subject, credential: passkey.credential, reason: 'left' } as const;
      expect(await people.perform([one], { action: 'revoke', ...left })).toMatchObject({ tag: 'done' });
    }
    const last = await people.physician();
    await installation.asOwner((client) =>
      client.query('delete from keystore.credential where credential = $1', [last.credential]),
    );
    const forgotten = new Passkey(last.subject);
    const entry = people.entryOf(forgotten, 'physician');
    expect(await people.perform([one], { action: 'enrol', entry }, forgotten)).toEqual(refused('denied'));
    const unlisted = { ...entry, role: 'superuser' } as never;
    const call = await people.call([one], { action: 'enrol', entry: unlisted }, forgotten);
    expect(actCall.safeParse(call).success).toBe(false);
  });

  it('replaces a lost passkey by two officers, and by one never', async () => {
    const lost = await people.physician();
    const fresh = new Passkey(lost.subject);
    const entry = people.entryOf(fresh, 'physician');
    const call = await people.call(people.officers.slice(0, 1), { action: 'replace', entry }, fresh);
    expect(actCall.safeParse(call).success).toBe(false);
    expect(await people.perform(people.officers, { action: 'replace', entry }, fresh)).toMatchObject({ tag: 'done' });
    expect(await find(lost)).toMatchObject({ isRevoked: true });
    expect(await find(fresh)).toMatchObject({ isRevoked: false });
    const raised = new Passkey(lost.subject);
    const other = people.entryOf(raised, officerRole);
    expect(await people.perform(people.officers, { action: 'replace', entry: other }, raised)).toEqual(
      refused('unknownCredential'),
    );
  });

  it('revokes, but not the last two officers, and takes nothing from the revoked', async () => {
    const [first, second] = people.officers;
    if (!first || !second) throw new Error('there are officers');
    const { subject, credential } = second;
    const revocation = { action: 'revoke', subject, credential, reason: 'left' } as const;
    expect(await people.perform([first], revocation)).toEqual(refused('lastOfficers'));
    const third = await thirdOfficer();
    expect(await people.perform([first], revocation)).toMatchObject({ tag: 'done' });
    expect(await people.perform([first], revocation)).toEqual(refused('unknownCredential'));
    const hold = { action: 'hold', pseudonym: newId(patientId) } as const;
    expect(await people.perform([second], hold)).toEqual(refused('assertion'));
    people.officers = [first, third];
  });

  it('signs no statement of what it refuses', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const signed: string[] = [];
    const statements: KeystoreContext['statements'] = {
      ...context.statements,
      sign: (payload) => {
        signed.push(payload.type);
        return context.statements.sign(payload);
      },
    };
    const watched = new People(installation, { ...context, statements });
    const newcomer = new Passkey();
    const entry = watched.entryOf(newcomer, officerRole);
    expect(await watched.perform([officer], { action: 'enrol', entry }, newcomer)).toEqual(refused('denied'));
    const pseudonym = newId(patientId);
    const shredding = { action: 'shred', pseudonym, object: null } as const;
    expect(await watched.perform(people.officers, shredding)).toEqual(refused('unknownObject'));
    const { subject, credential } = newcomer;
    const revocation = { action: 'revoke', subject, credential, reason: 'lost' } as const;
    expect(await watched.perform([officer], revocation)).toEqual(refused('unknownCredential'));
    expect(new Set(signed)).toEqual(new Set(['sotto/request/v1']));
    expect(
      await watched.perform([officer], { action: 'enrol', entry: { ...entry, role: 'nurse' } }, newcomer),
    ).toMatchObject({ tag: 'done' });
    expect(new Set(signed)).toEqual(new Set(['sotto/request/v1', 'sotto/clinician/v1']));
  });

  it('does one act once, by nonce and by id', async () => {
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const call = await people.call([officer], { action: 'hold', pseudonym: newId(patientId) });
    const both = await Promise.all([people.acts.perform(call), people.acts.perform(call)]);
    expect(both[0]).toEqual(both[1]);
    expect(await countOf(call.act.id)).toBe(1);
    const other = await people.call([officer], { action: 'hold', pseudonym: newId(patientId) });
    const sameId = { ...other, act: { ...other.act, id: call.act.id } };
    expect(await people.acts.perform(sameId)).toEqual(refused('conflict'));
  });
});

describe('shredding', () => {
  const shredBy = (
    pseudonym: ReturnType<typeof patientId.parse>,
    object: Awaited<ReturnType<People['object']>>['object'] | null,
  ) => people.perform(people.officers, { action: 'shred', pseudonym, object });

  it('loses one object’s key for good, with a receipt', async () => {
    const { object, pseudonym } = await people.object();
    const { object: kept } = await people.object(pseudonym);
    const outcome = await shredBy(pseudonym, object);
    if (outcome.tag === 'refused' || outcome.statement === null) throw new Error('refused');
    expect(isSigned(context.statements.publicKey, outcome.statement)).toBe(true);
    const { shreddedAt, backupsExpireAt } = outcome.statement.payload as {
      shreddedAt: string;
      backupsExpireAt: string;
    };
    expect(Date.parse(backupsExpireAt) - Date.parse(shreddedAt)).toBe(35 * 86_400_000);
    expect((await findObjects(context, [object, kept])).map((found) => found.object)).toEqual([kept]);
    expect(await shredBy(pseudonym, object)).toEqual(refused('unknownObject'));
  });

  it('loses a whole patient, who never gets another key', async () => {
    const { object, pseudonym } = await people.object();
    expect(await shredBy(pseudonym, null)).toMatchObject({ tag: 'done' });
    expect(await findObjects(context, [object])).toEqual([]);
    await expect(mintObject(context, { pseudonym, visit: null })).rejects.toMatchObject({ code: 'shredded' });
  });

  it('is blocked by a legal hold, which two officers lift', async () => {
    const { object, pseudonym } = await people.object();
    expect(await people.perform(people.officers.slice(0, 1), { action: 'hold', pseudonym })).toMatchObject({
      tag: 'done',
    });
    for (const what of [object, null]) expect(await shredBy(pseudonym, what)).toEqual(refused('held'));
    expect(await findObjects(context, [object])).toHaveLength(1);
    expect(await people.perform(people.officers, { action: 'liftHold', pseudonym })).toMatchObject({ tag: 'done' });
    expect(await shredBy(pseudonym, object)).toMatchObject({ tag: 'done' });
  });

  it('is done again after a backup was restored in which the key still is', async () => {
    const { object, pseudonym } = await people.object();
    const backup = await installation.asOwner((client) =>
      client.query('select * from keystore.object_key where object = $1', [object]),
    );
    expect(await shredBy(pseudonym, object)).toMatchObject({ tag: 'done' });
    const [row] = backup.rows as Record<string, unknown>[];
    if (!row) throw new Error('there was a row');
    await installation.asOwner(async (client) => {
      await client.query('delete from keystore.shredded where object = $1', [object]);
      const names = Object.keys(row);
      const places = names.map((_, index) => `$${index + 1}`);
      await client.query(
        `insert into keystore.object_key (${names.join(',')}) values (${places.join(',')})`,
        Object.values(row),
      );
    });
    expect(await findObjects(context, [object])).toHaveLength(1);
    const path = join(installation.folder, 'shredded.jsonl');
    // A crash in the middle of a line, which was never answered for.
    appendFileSync(path, '\n{"payload":{"ty');
    const journal = openShredJournal(path, context.statements.publicKey, 'KEYSTORE_SHRED_JOURNAL_FILE');
    expect(await replayShreddings(context.database, await journal.read())).toBe(1);
    expect(await findObjects(context, [object])).toEqual([]);
    expect(await replayShreddings(context.database, await journal.read())).toBe(0);
    const changed = join(installation.folder, 'changed.jsonl');
    writeFileSync(changed, readFileSync(path, 'utf8').replaceAll(object, toBase64url(new Uint8Array(16))));
    const forged = openShredJournal(changed, context.statements.publicKey, 'KEYSTORE_SHRED_JOURNAL_FILE');
    await expect(forged.read()).rejects.toMatchObject({ code: 'start' });
  });
});
