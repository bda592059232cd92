import { randomBytes } from 'node:crypto';
import { patientId } from '@sotto/protocol/ids';
import type { Openings } from '@sotto/protocol/keystoreRoutes';
import { patientNotices } from '@sotto/protocol/patientNotices';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeystoreClient } from '../src/keystoreClient.ts';
import { sendDueMail } from '../src/mailQueue.ts';
import { type MailTransport, outboxTransport, type SendOutcome } from '../src/mailTransport.ts';
import type { MailMessage } from '../src/mailWords.ts';
import { hintOf } from '../src/patientNotices.ts';
import { openPostbox } from '../src/postbox.ts';
import { mailTable, patientNoticeTable, toldOpeningsTable } from '../src/schema.ts';
import { createVisit, joinAsPatient, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

const address = 'wilhelmina.kornblum@example.org';
const log = {
  info: () => undefined,
  error: () => {
    throw new Error('The postbox failed.');
  },
};

let clinic: TestClinic;
let physician: HttpClient;
let patient: HttpClient;
let pseudonym: ReturnType<typeof patientId.parse>;
let answered: Openings[];
let asked: (number | undefined)[];
let sent: MailMessage[];
let outcome: SendOutcome;

/** A keystore whose log says what a test says. */
const keystore = {
  readOpenings: async (after: number | undefined) => {
    asked.push(after);
    const next = answered.shift();
    return { tag: 'answered' as const, value: next ?? { openings: [], undecodable: 0, through: after ?? -1 } };
  },
};
const transport: MailTransport = {
  keepsMessages: false,
  send: async (_id, message) => {
    if (outcome === 'sent') sent.push(message);
    return outcome;
  },
  close: () => undefined,
};

beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());
beforeEach(async () => {
  const { database } = clinic.context;
  await database.delete(mailTable);
  await database.delete(patientNoticeTable);
  [answered, asked, sent, outcome] = [[], [], [], 'sent'];
  // Sessions end as the clock is put forward.
  physician = await clinic.physician();
  const visit = await createVisit(physician, clinic);
  patient = await joinAsPatient(physician, clinic, visit.id);
  const join = await patient.send('GET', '/api/join');
  pseudonym = patientId.parse((join.json as { patientId: string }).patientId);
});

const context = () => ({ ...clinic.context, keystore: keystore as unknown as KeystoreClient });
/** Looks once, as the service does every few seconds. */
const look = (...openings: Openings[]) => lookWith(log, openings);
async function lookWith(to: Parameters<typeof openPostbox>[2], openings: Openings[]): Promise<void> {
  answered = openings;
  const postbox = openPostbox(context(), transport, to);
  await postbox.look();
  await postbox.close();
}
const opened = (index: number, isBreakGlass = false, who = pseudonym): Openings => ({
  openings: [{ index, pseudonym: who, isBreakGlass }],
  undecodable: 0,
  through: index,
});
/** The log's place from which a test goes on. */
async function place(): Promise<number> {
  const [row] = await clinic.context.database.select().from(toldOpeningsTable);
  if (row) return row.through;
  await look({ openings: [], undecodable: 0, through: 40 });
  return 40;
}
const wish = (body: unknown = { address, locale: 'en' }) => patient.send('PUT', '/api/portal/notices', { body });
const confirm = (code: string) => patient.send('POST', '/api/portal/notices/confirmation', { body: { code } });
const state = async () => patientNotices.parse((await patient.send('GET', '/api/portal/notices')).json);
const codeIn = () => /\b\d{6}\b/u.exec(sent.at(-1)?.text ?? '')?.[0] ?? '';
const secretIn = (text: string) => /#([\w-]{43})/u.exec(text)?.[1] ?? '';
async function turnOn(): Promise<void> {
  await wish();
  await look();
  expect((await confirm(codeIn())).status).toBe(204);
  sent = [];
}

describe('notices to a patient', () => {
  it('begin when the code that went to the address has come back, and at no other', async () => {
    expect(await state()).toEqual({ state: 'off', hint: null, isSent: false });
    expect((await wish()).status).toBe(204);
    expect(await state()).toEqual({ state: 'waits', hint: 'w…@example.org', isSent: false });
    await look();
    expect(sent).toMatchObject([{ to: address }]);
    const from = await place();
    await look(opened(from + 1));
    clinic.advance(0.1);
    await look();
    expect(sent).toHaveLength(1);
    expect((await confirm(codeIn() === '000000' ? '000001' : '000000')).status).toBe(403);
    expect((await confirm(codeIn())).status).toBe(204);
    expect(await state()).toEqual({ state: 'on', hint: 'w…@example.org', isSent: false });
    expect((await confirm(codeIn())).status).toBe(409);
  });

  it('aren’t begun by guessing, nor by a code that is old', async () => {
    await wish();
    await look();
    const code = codeIn();
    const wrong = code === '000000' ? '000001' : '000000';
    const tries = await Promise.all(Array.from({ length: 12 }, () => confirm(wrong)));
    expect(tries.filter(({ status }) => status === 403)).toHaveLength(5);
    expect((await confirm(code)).status).toBe(409);
    await wish();
    await look();
    clinic.advance(0.6);
    expect((await confirm(codeIn())).status).toBe(409);
    expect(await state()).toEqual({ state: 'off', hint: null, isSent: false });
  });

  it('tell of what was opened, gathered over a few minutes, in words without a name', async () => {
    await turnOn();
    const from = await place();
    await look(opened(from + 1), opened(from + 2), opened(from + 3));
    expect(sent).toEqual([]);
    clinic.advance(0.1);
    await look();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.to).toBe(address);
    expect(sent[0]?.text).toContain(`${clinic.origin}/en/portal/`);
    expect(JSON.stringify(sent)).not.toMatch(/Pat Example|Dr Test|Test Clinic/u);
    await look(opened(from + 4));
    clinic.advance(0.05);
    await look(opened(from + 5));
    expect(sent).toHaveLength(1);
    clinic.advance(0.05);
    await look();
    expect(sent).toHaveLength(2);
  });

  it('tell at once of breaking the glass, also where something else waits to be told', async () => {
    await turnOn();
    const from = await place();
    await look(opened(from + 1));
    expect(sent).toEqual([]);
    await look(opened(from + 2, true));
    expect(sent).toHaveLength(1);
    clinic.advance(0.1);
    await look();
    expect(sent).toHaveLength(1);
  });

  it('tell of each opening once, whatever is answered twice and whoever looks at the same time', async () => {
    await turnOn();
    const from = await place();
    const both = [openPostbox(context(), transport, log), openPostbox(context(), transport, log)];
    answered = [opened(from + 1, true), opened(from + 1, true)];
    await Promise.all(both.map((one) => one.look()));
    for (const one of both) await one.close();
    await look();
    expect(sent).toHaveLength(1);
    expect(await place()).toBe(from + 1);
  });

  it('tell nothing of what was opened before anybody was told, nor of others', async () => {
    await turnOn();
    await clinic.context.database.update(toldOpeningsTable).set({ through: 1000 });
    asked = [];
    await look(opened(1001, true, patientId.parse(randomBytes(16).toString('base64url'))));
    expect(sent).toEqual([]);
    expect(asked[0]).toBe(1000);
    expect(await place()).toBe(1001);
  });

  it('outlive a mail server that is gone, with longer and longer pauses, and give up after three days', async () => {
    await turnOn();
    const from = await place();
    outcome = 'later';
    await look(opened(from + 1, true));
    const row = async () =>
      (await clinic.context.database.select().from(mailTable).where(eq(mailTable.kind, 'opened')))[0];
    expect(await row()).toMatchObject({ tries: 1, sentAt: null });
    await look();
    expect(await row()).toMatchObject({ tries: 1 });
    clinic.advance(0.05);
    await look();
    expect(await row()).toMatchObject({ tries: 2 });
    outcome = 'sent';
    clinic.advance(1);
    await look();
    expect(sent).toHaveLength(1);
    expect(await row()).toMatchObject({ messageSealed: null });
    outcome = 'later';
    await look(opened(from + 2, true));
    clinic.advance(73);
    await look();
    const given = await clinic.context.database.select().from(mailTable);
    expect(given.filter(({ givenUpAt }) => givenUpAt !== null)).toMatchObject([{ messageSealed: null }]);
  });

  it('end by one press, and the address is told so', async () => {
    await turnOn();
    const from = await place();
    await look(opened(from + 1));
    expect((await patient.send('DELETE', '/api/portal/notices')).status).toBe(204);
    expect(await state()).toEqual({ state: 'off', hint: null, isSent: false });
    clinic.advance(0.1);
    await look(opened(from + 2, true));
    expect(sent.map(({ subject }) => subject)).toEqual(['No more messages']);
  });

  it('end by a mail’s own link, once', async () => {
    await turnOn();
    const from = await place();
    await look(opened(from + 1, true));
    const secret = secretIn(sent[0]?.text ?? '');
    const end = (body: unknown) => clinic.visitor().send('POST', '/api/notices/end', { body });
    expect((await end({ secret: 'A'.repeat(43) })).status).toBe(404);
    expect((await end({ secret })).status).toBe(204);
    expect(await state()).toEqual({ state: 'off', hint: null, isSent: false });
    expect((await end({ secret })).status).toBe(404);
    await turnOn();
    expect((await end({ secret })).status).toBe(404);
    expect(await state()).toMatchObject({ state: 'on' });
  });

  it('end by a link of long ago, while they come, and of its mail nothing else is left by then', async () => {
    await turnOn();
    const from = await place();
    await look(opened(from + 1, true));
    const secret = secretIn(sent[0]?.text ?? '');
    clinic.advance(24 * 400);
    await sendDueMail(clinic.context, outboxTransport);
    const left = await clinic.context.database.select().from(mailTable);
    expect(left).toMatchObject([{ kind: 'opened', messageSealed: null }]);
    const end = () => clinic.visitor().send('POST', '/api/notices/end', { body: { secret } });
    expect((await end()).status).toBe(204);
    expect(await clinic.context.database.$count(patientNoticeTable)).toBe(0);
    expect((await end()).status).toBe(404);
    await sendDueMail(clinic.context, outboxTransport);
    expect(await clinic.context.database.$count(mailTable)).toBe(0);
  });

  it('go to a new address only after its own code, and the old one hears of it', async () => {
    await turnOn();
    await wish({ address: 'other@example.net', locale: 'es' });
    const from = await place();
    await look(opened(from + 1, true));
    expect(sent.map(({ to }) => to).sort()).toEqual(['other@example.net', address].sort());
    expect(sent.some(({ subject }) => subject.startsWith('Something'))).toBe(false);
    expect(await state()).toEqual({ state: 'waits', hint: 'o…@example.net', isSent: false });
  });

  it('are asked for by the patient alone, for one address, a few times an hour', async () => {
    for (const browser of [clinic.visitor(), physician]) {
      expect((await browser.send('GET', '/api/portal/notices')).status).toBe(401);
      expect((await browser.send('PUT', '/api/portal/notices', { body: { address, locale: 'en' } })).status).toBe(401);
    }
    for (const bad of ['a@b@c.example', 'a@example.org, b@example.org', 'a@example.org\r\nBcc: b@example.org', 'a']) {
      expect((await wish({ address: bad, locale: 'en' })).status).toBe(400);
    }
    const many = [];
    for (let count = 0; count < 7; count += 1) many.push((await wish()).status);
    expect(many.filter((status) => status === 429)).toHaveLength(2);
  });

  it('keep the address where nobody reads it: sealed in the database, and in no line of the log', async () => {
    await turnOn();
    const rows = [
      ...(await clinic.context.database.select().from(patientNoticeTable)),
      ...(await clinic.context.database.select().from(mailTable)),
    ];
    const text = rows
      .map((row) =>
        Object.values(row)
          .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
          .join(' '),
      )
      .join(' ');
    expect(text).not.toContain('kornblum');
    expect(clinic.log.join()).not.toContain('kornblum');
    expect(hintOf(address)).not.toContain('kornblum');
  });
});

describe('sending', () => {
  async function twoDue(): Promise<void> {
    await wish();
    const visit = await createVisit(physician, clinic);
    const other = await joinAsPatient(physician, clinic, visit.id);
    await other.send('PUT', '/api/portal/notices', { body: { address: 'other@example.net', locale: 'en' } });
  }

  it('ends for this time where the server isn’t reached, and not where it takes one mail not now', async () => {
    await twoDue();
    outcome = 'later';
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ postponed: 2 });
    clinic.advance(0.05);
    outcome = 'unreachable';
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ postponed: 1 });
  });

  it('holds no row while it waits for a server, and gives none to anybody else meanwhile', async () => {
    await wish();
    let others = -1;
    const slow: MailTransport = {
      ...transport,
      send: async () => {
        others = (await sendDueMail(clinic.context, outboxTransport)).sent;
        // Waits for ever if the row is locked.
        expect((await patient.send('DELETE', '/api/portal/notices')).status).toBe(204);
        return 'sent';
      },
    };
    expect(await sendDueMail(clinic.context, slow)).toMatchObject({ sent: 1 });
    expect(others).toBe(0);
    expect(await clinic.context.database.$count(mailTable)).toBe(0);
  });

  it('goes on after a crash in the middle, when the mail’s time is up', async () => {
    await wish();
    const crashing: MailTransport = { ...transport, send: () => Promise.reject(new Error('crashed')) };
    await expect(sendDueMail(clinic.context, crashing)).rejects.toThrow('crashed');
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 0 });
    clinic.advance(0.1);
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 1 });
  });
});

describe('what is damaged', () => {
  let failed: unknown[];
  const counting = { info: () => undefined, error: (_event: string, fields?: object) => void failed.push(fields) };
  beforeEach(() => {
    failed = [];
  });
  const lookOnce = (...openings: Openings[]) => lookWith(counting, openings);
  const box = new Uint8Array(64).fill(1);

  it('of the mail is given up, and what is due after it goes out', async () => {
    await wish();
    await clinic.context.database.update(mailTable).set({ messageSealed: box, dueAt: new Date(0) });
    const visit = await createVisit(physician, clinic);
    const other = await joinAsPatient(physician, clinic, visit.id);
    const body = { address: 'other@example.net', locale: 'en' };
    expect((await other.send('PUT', '/api/portal/notices', { body })).status).toBe(204);
    await lookOnce();
    expect(sent).toMatchObject([{ to: 'other@example.net' }]);
    expect(failed).toEqual([{ reason: 'mailUnreadable', count: 1 }]);
    await lookOnce();
    expect(failed).toHaveLength(1);
  });

  it('of an address keeps nobody else from being told, and its patient may name it again', async () => {
    await turnOn();
    const visit = await createVisit(physician, clinic);
    const other = await joinAsPatient(physician, clinic, visit.id);
    const body = { address: 'other@example.net', locale: 'en' };
    await other.send('PUT', '/api/portal/notices', { body });
    await look();
    await other.send('POST', '/api/portal/notices/confirmation', { body: { code: codeIn() } });
    const join = (await other.send('GET', '/api/join')).json as { patientId: string };
    sent = [];
    const damaged = eq(patientNoticeTable.patientId, pseudonym);
    await clinic.context.database.update(patientNoticeTable).set({ addressSealed: box }).where(damaged);
    const from = await place();
    const [one, two] = [opened(from + 1, true), opened(from + 2, true, patientId.parse(join.patientId))];
    await lookOnce({ openings: [...one.openings, ...two.openings], undecodable: 3, through: from + 2 });
    expect(sent).toMatchObject([{ to: 'other@example.net' }]);
    expect(failed).toEqual([
      { reason: 'addressUnreadable', count: 1 },
      { reason: 'entryUndecodable', count: 3 },
    ]);
    expect(await place()).toBe(from + 2);
    expect(await state()).toEqual({ state: 'off', hint: null, isSent: false });
    expect((await wish()).status).toBe(204);
  });
});
