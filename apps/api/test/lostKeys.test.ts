import { type PatientId, patientId, type StaffId } from '@sotto/protocol/ids';
import { sql } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { KeystoreClient } from '../src/keystoreClient.ts';
import { queueMail, sendDueMail } from '../src/mailQueue.ts';
import type { MailTransport } from '../src/mailTransport.ts';
import { newId } from '../src/opaqueToken.ts';
import { openPostbox } from '../src/postbox.ts';
import { unreadName } from '../src/visitRecord.ts';
import { birthDate, createVisit, joinAsPatient, leaf, secretOf, startClinic, type TestClinic } from './clinic.ts';
import { type FieldKeysInMemory, forgetfulKeys, forgotten } from './fieldKeysInMemory.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let memory: FieldKeysInMemory;
let physician: HttpClient;
let sent: string[];
const transport: MailTransport = {
  keepsMessages: false,
  send: async (_id, { to }) => {
    sent.push(to);
    return 'sent';
  },
  close: () => undefined,
};
const refused = { status: 503, json: { code: 'unavailable' } };

beforeAll(async () => {
  clinic = await startClinic();
  memory = forgetfulKeys(clinic);
});
afterAll(() => clinic.close());
beforeEach(async () => {
  sent = [];
  physician = await clinic.physician();
});

async function patientOf(visit: string): Promise<PatientId> {
  const { rows } = await clinic.context.database.execute<{ id: string }>(
    sql`select patient_id as id from clinic.visit where id = ${visit}`,
  );
  return patientId.parse(rows[0]?.id);
}
/** A visit's patient in their browser, with mail to them waiting to go out. */
async function wishing(address: string) {
  const { id } = await createVisit(physician, clinic);
  const patient = await joinAsPatient(physician, clinic, id);
  const asked = { body: { address, locale: 'en' } };
  expect((await patient.send('PUT', '/api/portal/notices', asked)).status).toBe(204);
  return { patient, pseudonym: await patientOf(id), visit: id };
}
const minutes = (count: number) => clinic.advance(count / 60);

describe('without the keystore', () => {
  it('a patient who opens the link again keeps the session that they have, and nothing is left behind', async () => {
    const { id } = await createVisit(physician, clinic);
    const body = { secret: await secretOf(physician, id), birthDate };
    const patient = await joinAsPatient(physician, clinic, id);
    const sessions = async () => {
      const { rows } = await clinic.context.database.execute<{ id: string }>(
        sql`select s.id from clinic.visit_session s join clinic.invitation i on i.id = s.invitation_id
             where i.visit_id = ${id}`,
      );
      return rows.map((row) => row.id);
    };
    const before = await sessions();
    await forgotten();
    memory.isThere = false;
    for (let again = 0; again < 2; again += 1)
      expect(await patient.send('POST', '/api/join', { body })).toMatchObject(refused);
    memory.isThere = true;
    expect(await sessions()).toEqual(before);
    expect((await patient.send('POST', '/api/join/ticket', { body: { leaf } })).status).toBe(200);
    expect((await patient.send('POST', '/api/join', { body })).status).toBe(200);
    expect(await sessions()).toEqual(before);
  });

  it('a visit is ended, as often as it is asked', async () => {
    const { id } = await createVisit(physician, clinic);
    await forgotten();
    memory.isThere = false;
    for (let again = 0; again < 2; again += 1)
      expect(await physician.send('POST', `/api/visits/${id}/end`)).toMatchObject({
        ...{ status: 200, json: { status: 'ended', patient: { name: unreadName } } },
      });
    memory.isThere = true;
  });

  it('mail that needs none goes out, and the other is put off for as long as that lasts', async () => {
    await wishing('pat@home.example');
    const { database, clinicId, now } = clinic.context;
    const staffInvitationId = newId(patientId) as string as StaffId;
    await database.execute(sql`insert into clinic.staff_invitation
        (staff_id, clinic_id, email, name, role, secret_hash, created_at, expires_at)
        values (${staffInvitationId}, ${clinicId}, 'new@clinic.example', 'New', 'nurse',
                ${Buffer.from(staffInvitationId.padEnd(32))}, now(), 'infinity')`);
    const message = { to: 'new@clinic.example', subject: 'Come', text: 'Come' };
    const stopHash = null;
    await queueMail(clinic.context, database, {
      ...{ to: { staffInvitationId }, kind: 'invited', message, stopHash, dueAt: now() },
    });
    await forgotten();
    memory.isThere = false;
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 1, postponed: 1, givenUp: 0 });
    expect(sent).toEqual(['new@clinic.example']);
    // Longer than a mail is tried.
    clinic.advance(24 * 4);
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 0, postponed: 1, givenUp: 0 });
    memory.isThere = true;
    minutes(6);
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 1, givenUp: 0 });
    expect(sent).toEqual(['new@clinic.example', 'pat@home.example']);
    expect(memory.lost).toEqual([]);
  });

  it('mail goes out also where what was opened can’t be asked for', async () => {
    await wishing('ann@home.example');
    const keystore: Pick<KeystoreClient, 'readOpenings'> = {
      readOpenings: async () => {
        throw new Error('planted');
      },
    };
    const faults: string[] = [];
    const context = { ...clinic.context, keystore: keystore as KeystoreClient };
    const postbox = openPostbox(context, transport, {
      info: () => undefined,
      error: (event) => void faults.push(event),
    });
    await postbox.look();
    await postbox.close();
    expect([sent, faults]).toEqual([['ann@home.example'], ['mailFailed']]);
  });
});

describe('while the keystore takes requests and answers none', () => {
  /** As the database's owner, who waits for no lock. */
  async function isLocked(table: string, column: string, id: string): Promise<boolean> {
    const owner = new Client({ connectionString: inject('ownerUrl') });
    await owner.connect();
    try {
      await owner.query(`select from clinic.${table} where ${column} = $1 for update nowait`, [id]);
      return false;
    } catch (fault) {
      if ((fault as { code: unknown }).code === '55P03') return true;
      throw fault;
    } finally {
      await owner.end();
    }
  }
  /** Transactions of the clinic's that have begun and not ended. */
  let underWay = 0;
  beforeAll(() => {
    const { database } = clinic.connection;
    const begin = database.transaction.bind(database);
    vi.spyOn(database, 'transaction').mockImplementation(async (act, options) => {
      underWay += 1;
      return begin(act, options).finally(() => {
        underWay -= 1;
      });
    });
  });
  afterAll(() => vi.restoreAllMocks());

  /** Whether a request holds a row locked in the meantime, how many transactions wait, and what became of it afterwards. */
  async function during(act: () => Promise<{ status: number }>, ...row: Parameters<typeof isLocked>) {
    await forgotten();
    memory.asked.length = 0;
    const speak = memory.silence();
    const done = act();
    await expect.poll(() => memory.asked.length, { timeout: 20_000 }).toBe(1);
    const [wasLocked, waiting] = [await isLocked(...row), underWay];
    speak();
    return [wasLocked, waiting, (await done).status];
  }

  it('no transaction waits for it: a guest’s end', async () => {
    const { id } = await createVisit(physician, clinic);
    const at = (hours: number) => new Date(clinic.context.now().getTime() + hours * 3_600_000).toISOString();
    const guest = { kind: 'family', name: 'Ann', endsAt: at(1) };
    const invited = await physician.send('POST', `/api/visits/${id}/guests`, { body: guest });
    const { participantId } = (invited.json as { guest: { participantId: string } }).guest;
    const path = `/api/visits/${id}/guests/${participantId}/end`;
    const later = () => physician.send('PUT', path, { body: { endsAt: at(2) } });
    expect(await during(later, 'visit', 'id', id)).toEqual([false, 0, 200]);
  });

  it('no transaction waits for it: a new visit, the way into one, a ticket, a guest, a wish to be told, the end', async () => {
    const { id } = await createVisit(physician, clinic);
    const link = { body: { secret: await secretOf(physician, id), birthDate } };
    const patient = await joinAsPatient(physician, clinic, id);
    const at = (hours: number) => new Date(clinic.context.now().getTime() + hours * 3_600_000).toISOString();
    const asks = [
      [
        201,
        () =>
          physician.send('POST', '/api/visits', {
            body: { patientName: 'Pat', birthDate, startsAt: at(1), minutes: 20 },
          }),
      ],
      [200, () => patient.send('POST', '/api/join', link)],
      [200, () => patient.send('POST', '/api/join/ticket', { body: { leaf } })],
      [
        201,
        () =>
          physician.send('POST', `/api/visits/${id}/guests`, { body: { kind: 'family', name: 'Ann', endsAt: at(1) } }),
      ],
      [204, () => patient.send('PUT', '/api/portal/notices', { body: { address: 'a@home.example', locale: 'en' } })],
      [200, () => physician.send('POST', `/api/visits/${id}/end`)],
    ] as const;
    for (const [status, ask] of asks) expect(await during(ask, 'visit', 'id', id)).toEqual([false, 0, status]);
    await sendDueMail(clinic.context, transport);
  });

  it('no transaction waits for it: the end of notices', async () => {
    const { patient, pseudonym } = await wishing('zoe@home.example');
    await clinic.context.database.execute(
      sql`update clinic.patient_notice set confirmed_at = now() where patient_id = ${pseudonym}`,
    );
    const end = () => patient.send('DELETE', '/api/portal/notices');
    expect(await during(end, 'mail', 'patient_id', pseudonym)).toEqual([false, 0, 204]);
    await sendDueMail(clinic.context, transport);
    expect(sent).toEqual(['zoe@home.example']);
  });
});

describe('a patient whose key is lost', () => {
  it.each(['none', 'damaged', 'limited'] as const)('is not taken for one who was erased: %s', async (tag) => {
    const { pseudonym, patient, visit } = await wishing('lost@home.example');
    await createVisit(physician, clinic, 'Pat Other');
    await forgotten();
    memory.withhold(pseudonym, tag);
    const [from, to] = [-1, 2].map((hours) =>
      new Date(clinic.context.now().getTime() + hours * 3_600_000).toISOString(),
    );
    const list = await physician.send('GET', `/api/visits?from=${from}&to=${to}`);
    const names = (list.json as { visits: { patient: { name: string } }[] }).visits.map((one) => one.patient.name);
    expect(names.sort()).toEqual([unreadName, 'Pat Other']);
    expect(await physician.send('GET', `/api/visits/${visit}`)).toMatchObject(refused);
    const asked = { body: { address: 'new@home.example', locale: 'en' } };
    expect(await patient.send('PUT', '/api/portal/notices', asked)).toMatchObject(refused);
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ postponed: 1, givenUp: 0, unreadable: 0 });
    expect(memory.lost.length > 0).toBe(tag !== 'limited');
    memory.lost.length = 0;
    memory.restore(pseudonym);
    await forgotten();
    minutes(6);
    expect(await sendDueMail(clinic.context, transport)).toMatchObject({ sent: 1 });
    expect(sent).toEqual(['lost@home.example']);
    expect((await physician.send('GET', `/api/visits/${visit}`)).status).toBe(200);
  });
});
