import { randomBytes } from 'node:crypto';
import type { Entry } from '@sotto/audit';
import { AuditStoreError } from '@sotto/audit/postgres';
import type { ObjectId } from '@sotto/protocol/ids';
import { type IntentRequest, intentGrant, intentHeader } from '@sotto/protocol/phi';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { hashToken } from '../src/opaqueToken.ts';
import { phiIntentTable } from '../src/phiSchema.ts';
import { sealedObjectTable } from '../src/schema.ts';
import { joinAsPatient } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { askIntent, sendPhi, sendWith, takeIntentId } from './phi.ts';
import { LogWatch } from './platformLog.ts';
import { type Clinician, Records, type WrittenNote } from './records.ts';

let records: Records;
let writer: Clinician;
let colleague: Clinician;
let note: WrittenNote;
let other: WrittenNote;
let isLogBroken = false;
beforeAll(async () => {
  records = await Records.start(undefined, {
    logRandom: (length) => {
      if (isLogBroken) throw new AuditStoreError('unavailable');
      return randomBytes(length);
    },
  });
  writer = await records.enrolled('physician', 'Dr Ada Writer');
  colleague = await records.enrolled('physician', 'Dr Ben Colleague');
  [note, other] = [await records.write(writer), await records.write(writer)];
}, 300_000);
afterAll(() => records.close(), 60_000);

const reading = (object: ObjectId = note.object): IntentRequest => ({
  ...{ route: 'readNote', object, purpose: 'treatment' },
});
const read = (browser: HttpClient, intent: string | null, object: ObjectId = note.object) =>
  sendWith(browser, intent, { route: 'readNote', object });
const intentsLeft = () => records.clinic.context.database.$count(phiIntentTable);
const isStored = async (object: ObjectId) =>
  (await records.clinic.context.database.$count(sealedObjectTable, eq(sealedObjectTable.id, object))) > 0;

/** What somebody's requests left, each as its action, outcome and purpose; and the entries themselves. */
async function leaves(person: { readonly id: string }, act: () => Promise<unknown>) {
  const watch = await LogWatch.of(records.clinic);
  await act();
  const entries = await watch.take(({ actor }) => actor === person.id);
  return { entries, said: entries.map(({ action, outcome, purpose }) => [action, outcome, purpose]) };
}

const noIntent = { status: 403, json: { code: 'noIntent' } };
const unsealed = { status: 400, json: { code: 'unsealedPhi' } };

describe('an intent', () => {
  it('is in the log before it is answered, and by its hash beside what was done with it', async () => {
    let id = '';
    const { entries, said } = await leaves(writer, async () => {
      id = await takeIntentId(writer.browser, reading());
      expect((await read(writer.browser, id)).status).toBe(200);
    });
    expect(said).toEqual([
      ['object:fetch:intent', 'allowed', 'treatment'],
      ['object:fetch', 'allowed', 'treatment'],
    ]);
    const resource = `object:${note.object}/intent:${Buffer.from(hashToken(id)).toString('base64url')}`;
    const about = { resource, patient: note.pseudonym, role: 'physician' };
    expect(entries).toMatchObject([about, about] satisfies Partial<Entry>[]);
    expect(JSON.stringify(entries)).not.toContain(id);
  });

  it('is good once, also for two at once', async () => {
    const once = await takeIntentId(writer.browser, reading());
    expect((await read(writer.browser, once)).status).toBe(200);
    expect(await read(writer.browser, once)).toMatchObject(noIntent);
    const both = await takeIntentId(writer.browser, reading());
    const answers = await Promise.all(Array.from({ length: 6 }, () => read(writer.browser, both)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403]);
  });

  it.each<[string, () => Promise<string | null>]>([
    ['that isn’t there', async () => null],
    ['that nobody issued', async () => randomBytes(32).toString('base64url')],
    ['that is none', async () => 'x'],
    ['of another session of the same person', () => ofAnotherSession()],
    ['of somebody else', () => takeIntentId(colleague.browser, reading())],
    ['of the patient', () => ofPatient()],
    ['of another patient’s object', () => takeIntentId(writer.browser, reading(other.object))],
    ['of another route', () => takeIntentId(writer.browser, { ...reading(), route: 'storeNote' })],
    ['of another route that reads', () => takeIntentId(writer.browser, { ...reading(), route: 'readRecording' })],
  ])('%s opens nothing, and that is in the log', async (_, intent) => {
    const id = await intent();
    const { said } = await leaves(writer, async () => {
      const answer = await read(writer.browser, id);
      expect(answer).toMatchObject(noIntent);
      expect(answer.body.toString()).not.toContain(note.upload.run.slice(0, 20));
    });
    expect(said).toEqual([['object:fetch', 'refused', null]]);
  });

  const ofAnotherSession = async () => {
    const again = await records.signedInAgain(writer);
    return takeIntentId(again.browser, reading());
  };
  const ofPatient = async () => {
    const patient = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
    return takeIntentId(patient, { ...reading(), purpose: 'patientRequest' });
  };

  it('stays good for whose it is when somebody else shows it', async () => {
    const id = await takeIntentId(writer.browser, reading());
    expect(await read(colleague.browser, id)).toMatchObject(noIntent);
    expect(await sendWith(writer.browser, id, { route: 'readNote', object: other.object })).toMatchObject(noIntent);
    expect((await read(writer.browser, id)).status).toBe(200);
  });

  it('is over after a minute, and gone with the next one', async () => {
    const { id, expiresAt } = intentGrant.parse((await askIntent(writer.browser, reading())).json);
    const now = records.clinic.context.now().getTime();
    expect(Date.parse(expiresAt) - now).toBeLessThanOrEqual(60_000);
    expect(Date.parse(expiresAt) - now).toBeGreaterThan(30_000);
    records.clinic.advance(61 / 3600);
    expect(await read(writer.browser, id)).toMatchObject(noIntent);
    await takeIntentId(writer.browser, reading());
    expect(await intentsLeft()).toBe(1);
  });

  it('is refused for a purpose that isn’t whose it is, or isn’t the route’s, and that is in the log', async () => {
    const patient = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
    const before = await intentsLeft();
    const forbidden = { status: 403, json: { code: 'forbidden' } };
    const { said } = await leaves(writer, async () => {
      const storing = { ...reading(), route: 'storeNote', purpose: 'payment' } as const;
      expect(await askIntent(writer.browser, storing)).toMatchObject(forbidden);
    });
    expect(said).toEqual([['object:store:intent', 'refused', null]]);
    const theirs = await leaves({ id: note.pseudonym }, async () => {
      expect(await askIntent(patient, reading())).toMatchObject(forbidden);
    });
    expect(theirs.said).toEqual([['object:fetch:intent', 'refused', null]]);
    expect(await askIntent(writer.browser, { ...reading(), purpose: 'anything' as 'treatment' })).toMatchObject({
      status: 400,
    });
    expect(await intentsLeft()).toBe(before);
  });

  it('is refused as what it is for would be', async () => {
    const storing = { ...reading(), route: 'storeNote' } as const;
    const notFound = { status: 404, json: { code: 'notFound' } };
    const { entries, said } = await leaves(colleague, async () => {
      expect(await askIntent(colleague.browser, storing)).toMatchObject(notFound);
      expect(await askIntent(colleague.browser, { ...storing, object: 'A'.repeat(22) as ObjectId })).toMatchObject(
        notFound,
      );
    });
    expect(said).toEqual(Array(2).fill(['object:store:intent', 'refused', null]));
    expect(entries.map(({ resource }) => resource)).toEqual([`object:${note.object}`, `object:${'A'.repeat(22)}`]);
    expect((await askIntent(records.clinic.visitor(), reading())).status).toBe(401);
  });

  it('is taken in the session that is meant, where a patient is signed in beside somebody of the staff', async () => {
    const shared = await joinAsPatient(writer.browser, records.clinic, note.visit.id);
    for (const [name, value] of writer.browser.cookies) shared.cookies.set(name, value);
    const theirs = await takeIntentId(shared, { ...reading(), purpose: 'patientRequest', as: 'visit' });
    const { said } = await leaves({ id: note.pseudonym }, async () => {
      expect((await read(shared, theirs)).status).toBe(200);
    });
    expect(said).toEqual([['object:fetch', 'allowed', 'patientRequest']]);
    const { said: staffs } = await leaves(writer, async () => {
      expect((await read(shared, await takeIntentId(shared, reading()))).status).toBe(200);
    });
    expect(staffs).toHaveLength(2);
  });

  it('isn’t issued while the log can’t be written, and what was issued opens and stores nothing', async () => {
    const draft = await records.write(writer, { isStored: false });
    const storing = { route: 'storeNote', object: draft.object, purpose: 'treatment' } as const;
    const [toRead, toStore] = [
      await takeIntentId(writer.browser, reading()),
      await takeIntentId(writer.browser, storing),
    ];
    const before = await intentsLeft();
    isLogBroken = true;
    try {
      const unavailable = { status: 503, json: { code: 'unavailable' } };
      expect(await askIntent(writer.browser, reading())).toMatchObject(unavailable);
      expect(await intentsLeft()).toBe(before);
      expect(await read(writer.browser, toRead)).toMatchObject(unavailable);
      expect(await sendWith(writer.browser, toStore, { ...storing, body: draft.upload })).toMatchObject(unavailable);
    } finally {
      isLogBroken = false;
    }
    expect(await isStored(draft.object)).toBe(false);
  });

  it('is limited for one person', async () => {
    const { limits } = records.clinic.context;
    const { intents } = limits;
    Object.assign(limits, { intents: createAttemptLimit(1, 60) });
    expect((await askIntent(writer.browser, reading())).status).toBe(201);
    expect((await askIntent(writer.browser, reading())).status).toBe(429);
    expect((await askIntent(colleague.browser, reading())).status).toBe(201);
    Object.assign(limits, { intents });
  });
});

describe('what is handed in', () => {
  const text = 'Zyxplanted finding of the heart';
  const changed = (sealed: string, at: number): string => {
    const bytes = Buffer.from(sealed, 'base64url');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('base64url');
  };

  it.each<[string, (draft: WrittenNote) => object | Promise<object>]>([
    ['in clear beside what is sealed', ({ upload }) => ({ ...upload, note: text })],
    ['in clear instead of what is sealed', () => ({ note: text })],
    ['in clear where ciphertext belongs', ({ upload }) => ({ ...upload, run: b64(text) })],
    ['in clear where the manifest belongs', ({ upload }) => ({ ...upload, manifest: b64(text) })],
    ['sealed for another object', () => other.upload],
    ['with another’s ciphertext', ({ upload }) => ({ ...upload, run: other.upload.run })],
    ['with ciphertext that was changed', ({ upload }) => ({ ...upload, run: changed(upload.run, 1300) })],
    ['with a header that was changed', ({ upload }) => ({ ...upload, run: changed(upload.run, 40) })],
    ['with a signature that was changed', ({ upload }) => ({ ...upload, manifest: changedEnd(upload.manifest) })],
    ['signed by a passkey that nobody knows', (draft) => signedBy(draft, 'stranger')],
    ['signed by a colleague', (draft) => signedBy(draft, 'colleague')],
  ])('%s is unsealedPhi: recorded, and not kept', async (_, body) => {
    const draft = await records.write(writer, { isStored: false });
    const given = await body(draft);
    const { entries, said } = await leaves(writer, async () => {
      expect(await sendPhi(writer.browser, 'storeNote', draft.object, given)).toMatchObject(unsealed);
    });
    expect(said[0]).toEqual(['object:store:intent', 'allowed', 'treatment']);
    expect(said.at(-1)).toEqual(['object:store', 'refused', 'treatment']);
    expect(entries.at(-1)?.resource).toBe(entries[0]?.resource);
    expect(await isStored(draft.object)).toBe(false);
    for (const lines of [records.clinic.log.join('\n'), JSON.stringify(entries)]) {
      expect(lines).not.toMatch(/Zyxplanted/);
      expect(lines).not.toContain(b64(text));
    }
  });

  it('takes an intent before it is looked at', async () => {
    const draft = await records.write(writer, { isStored: false });
    const storing = { route: 'storeNote', object: draft.object, body: { note: text } } as const;
    expect(await sendWith(writer.browser, null, storing)).toMatchObject(noIntent);
    expect(await sendWith(writer.browser, null, { ...storing, body: draft.upload })).toMatchObject(noIntent);
    expect(await isStored(draft.object)).toBe(false);
    const headers = {
      [intentHeader]: await takeIntentId(writer.browser, {
        route: 'storeNote',
        object: draft.object,
        purpose: 'treatment',
      }),
    };
    // No such path any more.
    const old = await writer.browser.send('PUT', `/api/objects/${draft.object}`, { body: draft.upload, headers });
    expect(old.status).toBe(404);
    expect((await sendPhi(writer.browser, 'storeNote', draft.object, draft.upload)).status).toBe(200);
    expect((await sendPhi(writer.browser, 'storeNote', draft.object, draft.upload)).status).toBe(200);
  });

  const b64 = (words: string) => Buffer.from(words).toString('base64url');
  const changedEnd = (manifest: string) => changed(manifest, Buffer.from(manifest, 'base64url').byteLength - 1);
  /** The same visit's note, by a passkey that isn't the writer's own. */
  async function signedBy(draft: WrittenNote, who: 'stranger' | 'colleague'): Promise<object> {
    const signer = who === 'colleague' ? colleague : await records.stranger();
    return records.signedAgain(draft, signer);
  }
});
