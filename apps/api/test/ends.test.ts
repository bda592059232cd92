import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { endedSessions, endedVisits, endsNames, sessionEndsPath, visitEndsPath } from '@sotto/protocol/ends';
import { guestInvitation } from '@sotto/protocol/guests';
import { type SessionId, sessionId, type VisitId, visitId } from '@sotto/protocol/ids';
import { noLimits, type RoleLimits } from '@sotto/protocol/roleLimits';
import { ownSessions } from '@sotto/protocol/signIn';
import type { RegularLook } from '@sotto/service/lookRegularly';
import { mutualTlsServerOptions, type TlsIdentity } from '@sotto/service/tls';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { watchEnds } from '../src/ends.ts';
import { staffSessionTable } from '../src/schema.ts';
import { createEndsTeller } from '../src/signalingControl.ts';
import { resetSignIn } from '../src/signInReset.ts';
import { newCertificate } from './certificate.ts';
import {
  type Account,
  birthDate,
  createVisit,
  joinAsPatient,
  secretOf,
  startClinic,
  type TestClinic,
} from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { onHost } from './onHost.ts';

let clinic: TestClinic;
let admin: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  admin = await clinic.signIn(await clinic.addStaff('admin'));
});
afterAll(() => clinic.close());

const disable = ({ id }: Account) => admin.send('POST', `/api/people/${id}/disable`);
const enable = ({ id }: Account) => admin.send('POST', `/api/people/${id}/enable`);
const sessionsOf = async ({ id }: Account): Promise<SessionId[]> => {
  const rows = await clinic.context.database
    .select({ id: staffSessionTable.id })
    .from(staffSessionTable)
    .where(eq(staffSessionTable.staffId, id));
  return rows.map((row) => row.id);
};

describe('signaling', () => {
  const watches: RegularLook[] = [];
  afterEach(async () => {
    for (const one of watches.splice(0)) await one.close();
  });

  /** Who is told, and a signaling that may be away. */
  function watch() {
    const told: SessionId[] = [];
    const visits: VisitId[] = [];
    const events: string[] = [];
    const signaling = { isThere: true };
    const write = (event: string) => void events.push(event);
    const hear = async <Id>(list: Id[], ids: readonly Id[]) => {
      if (!signaling.isThere) throw new Error('nobody answers');
      list.push(...ids);
    };
    const ends = watchEnds(
      clinic.context,
      { sessions: (ids) => hear(told, ids), visits: (ids) => hear(visits, ids) },
      { warn: write, info: write },
    );
    watches.push(ends);
    return { told, visits, events, signaling, ends };
  }

  it('is told within two seconds of every session of whoever is let go, also of those that were signed out', async () => {
    const account = await clinic.addPhysician();
    const other = await clinic.addPhysician();
    const [one, two] = [await clinic.signIn(account), await clinic.signIn(account)];
    await clinic.signIn(other);
    await two.send('DELETE', '/api/session');
    const sessions = await sessionsOf(account);
    expect(sessions).toHaveLength(2);
    const { told, ends } = watch();
    await ends.look();
    for (const id of sessions) expect(told).not.toContain(id);
    const before = Date.now();
    expect((await disable(account)).status).toBe(204);
    await expect.poll(() => sessions.every((id) => told.includes(id)), { timeout: 2_000, interval: 20 }).toBe(true);
    expect(Date.now() - before).toBeLessThan(2_000);
    expect((await one.send('GET', '/api/session')).status).toBe(401);
    for (const id of await sessionsOf(other)) expect(told).not.toContain(id);
    const count = told.length;
    await ends.look();
    expect(told).toHaveLength(count);
  });

  it('is told of sessions that their holder ended from another device, and of none that was signed out', async () => {
    const account = await clinic.addPhysician();
    const browsers = [
      await clinic.signIn(account),
      await clinic.signIn(account),
      await clinic.signIn(account),
    ] as const;
    const [here] = browsers;
    await clinic.signIn(account);
    const own = ownSessions.parse((await here.send('GET', '/api/sessions')).json).sessions;
    const others = own.filter(({ isThis }) => !isThis).map(({ id }) => id);
    await browsers[1].send('DELETE', '/api/session');
    const alive = ownSessions.parse((await here.send('GET', '/api/sessions')).json).sessions.map(({ id }) => id);
    const [signedOut] = others.filter((id) => !alive.includes(id));
    const [one, two] = others.filter((id) => alive.includes(id));
    const { told, ends } = watch();
    expect((await here.send('DELETE', `/api/sessions/${one}`)).status).toBe(204);
    await ends.look();
    expect(told).toContain(one);
    expect(told).not.toContain(two);
    expect((await here.send('DELETE', '/api/sessions')).status).toBe(204);
    await ends.look();
    expect(told).toContain(two);
    expect(told).not.toContain(signedOut);
    for (const { id, isThis } of own) if (isThis) expect(told).not.toContain(id);
  });

  it('is told of the sessions of whose sign-in was reset', async () => {
    const account = await clinic.addPhysician();
    await clinic.signIn(account);
    const [session] = await sessionsOf(account);
    const { told, ends } = watch();
    await onHost(clinic, (context) => resetSignIn(context, { by: 'host', staff: account.id }));
    await ends.look();
    expect(told).toContain(session);
  });

  it('is told also of a session that ran out, by which somebody may be in a visit still', async () => {
    const account = await clinic.addPhysician();
    await clinic.signIn(account);
    const [first] = await sessionsOf(account);
    clinic.advance(12.01);
    await clinic.signIn(account);
    expect(await sessionsOf(account)).toContain(first);
    const { told, ends } = watch();
    const by = await clinic.signIn(await clinic.addStaff('admin'));
    expect((await by.send('POST', `/api/people/${account.id}/disable`)).status).toBe(204);
    await ends.look();
    clinic.advance(-12.01);
    expect(told).toContain(first);
  });

  it('is told once it is back, and of a started api once more', async () => {
    const account = await clinic.addPhysician();
    await clinic.signIn(account);
    const [session] = await sessionsOf(account);
    const { told, events, signaling, ends } = watch();
    signaling.isThere = false;
    await disable(account);
    await ends.look();
    await ends.look();
    expect(told).toEqual([]);
    expect(events.filter((event) => event === 'endsUntold')).toHaveLength(1);
    signaling.isThere = true;
    await ends.look();
    expect(told).toContain(session);
    const started = watch();
    await started.ends.look();
    expect(started.told).toContain(session);
  });

  it('is told though the account was enabled again meanwhile, and again each minute: it may have been started anew', async () => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    const { id: visit } = await createVisit(browser, clinic);
    await browser.send('POST', `/api/visits/${visit}/end`);
    const [session] = await sessionsOf(account);
    const { told, visits, events, signaling, ends } = watch();
    signaling.isThere = false;
    await disable(account);
    await enable(account);
    await clinic.signIn(account);
    const [anew] = (await sessionsOf(account)).filter((id) => id !== session);
    signaling.isThere = true;
    const times = async () => {
      await ends.look();
      return [told.filter((id) => id === session).length, visits.filter((id) => id === visit).length];
    };
    expect(await times()).toEqual([1, 1]);
    const lines = events.filter((event) => event !== 'endsUntold').length;
    expect(await times()).toEqual([1, 1]);
    clinic.advance(61 / 3600);
    expect(await times()).toEqual([2, 2]);
    expect(await times()).toEqual([2, 2]);
    clinic.advance(-61 / 3600);
    expect(events.filter((event) => event !== 'endsUntold')).toHaveLength(lines);
    expect(told).not.toContain(anew);
  });

  it('is told once of a visit that was ended, as soon as it is there, and of no other', async () => {
    const browser = await clinic.signIn(await clinic.addPhysician());
    const [over, other] = [await createVisit(browser, clinic), await createVisit(browser, clinic)];
    const { visits, signaling, ends } = watch();
    signaling.isThere = false;
    expect((await browser.send('POST', `/api/visits/${over.id}/end`)).status).toBe(200);
    await ends.look();
    expect(visits).toEqual([]);
    signaling.isThere = true;
    await ends.look();
    await ends.look();
    expect(visits.filter((id) => id === over.id)).toHaveLength(1);
    expect(visits).not.toContain(other.id);
  });
});

describe('the line to signaling', () => {
  const servers: Server[] = [];
  let own: TlsIdentity;
  let signaling: TlsIdentity;
  beforeAll(async () => {
    own = await newCertificate(endsNames.caller);
    signaling = await newCertificate(endsNames.callee);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function line(status: number, identity = signaling) {
    const heard: unknown[] = [];
    const server = createServer(mutualTlsServerOptions(identity, own.cert), (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        heard.push(request.url, JSON.parse(Buffer.concat(chunks).toString()));
        response.writeHead(status).end();
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { tell: createEndsTeller({ url, tls: own, ca: identity.cert }), heard };
  }
  const session = sessionId.parse(randomBytes(16).toString('base64url'));
  const visit = visitId.parse(randomBytes(16).toString('base64url'));

  it('says it as the protocol has it, and believes a 204 alone', async () => {
    const { tell, heard } = await line(204);
    await tell.sessions([session]);
    await tell.visits([visit]);
    const [path, body, otherPath, otherBody] = heard;
    expect([path, otherPath]).toEqual([sessionEndsPath, visitEndsPath]);
    expect(endedSessions.parse(body).sessions).toEqual([session]);
    expect(endedVisits.parse(otherBody).visits).toEqual([visit]);
    for (const status of [200, 400, 404, 500]) {
      const { tell: unheard } = await line(status);
      await expect(unheard.sessions([session])).rejects.toThrow();
      await expect(unheard.visits([visit])).rejects.toThrow();
    }
  });

  it('speaks to nobody who has another name', async () => {
    const { tell, heard } = await line(204, await newCertificate('sfu.sotto.internal'));
    await expect(tell.sessions([session])).rejects.toThrow();
    expect(heard).toEqual([]);
  });
});

describe('whoever is let go', () => {
  it('can’t sign in, holds no role, and may be let in again without one', async () => {
    const account = await clinic.addStaff('nurse');
    const browser = await clinic.signIn(account);
    expect((await disable(account)).status).toBe(204);
    expect((await disable(account)).status).toBe(409);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
    const give = () =>
      admin.send('POST', `/api/people/${account.id}/roles`, {
        body: { role: 'staff', limits: { from: null, until: null, network: null, hours: null } },
      });
    expect(await give()).toMatchObject({ status: 409, json: { code: 'wrongState' } });
    await expect(clinic.signIn(account)).rejects.toThrow();
    expect((await enable(account)).status).toBe(204);
    expect((await enable(account)).status).toBe(409);
    const again = await clinic.signIn(account);
    expect((await again.send('GET', '/api/session')).json).toMatchObject({ staff: { roles: [] } });
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
    expect((await give()).status).toBe(204);
  });

  it('isn’t oneself, nor the last administrator without limits', async () => {
    const own = await startClinic();
    const first = await own.addStaff('admin');
    const browser = await own.signIn(first);
    const second = await own.addStaff('nurse');
    const give = (limits: Partial<RoleLimits>) =>
      browser.send('POST', `/api/people/${second.id}/roles`, {
        body: { role: 'admin', limits: { ...noLimits, ...limits } },
      });
    await give({ network: '0.0.0.0/0' });
    const theirs = await own.signIn(second);
    const disableFirst = () => theirs.send('POST', `/api/people/${first.id}/disable`);
    const [self, last] = [await browser.send('POST', `/api/people/${first.id}/disable`), await disableFirst()];
    await browser.send('DELETE', `/api/people/${second.id}/roles/admin`);
    await give({});
    const beside = await disableFirst();
    await own.close();
    expect(self.status).toBe(403);
    expect(last).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(beside.status).toBe(204);
  });

  it('loses the links into their visits, the patient’s and a guest’s', async () => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    const { id } = await createVisit(browser, clinic);
    const endsAt = new Date(clinic.context.now().getTime() + 3_600_000).toISOString();
    const guest = await browser.send('POST', `/api/visits/${id}/guests`, {
      body: { kind: 'interpreter', name: 'Ivo Interpreter', endsAt },
    });
    const { url } = guestInvitation.parse(guest.json);
    const secrets = [await secretOf(browser, id), new URL(url).hash.slice(1)];
    const patient = await joinAsPatient(browser, clinic, id);
    const others = await clinic.physician();
    const other = await createVisit(others, clinic);
    expect((await disable(account)).status).toBe(204);
    for (const secret of secrets) {
      expect((await clinic.visitor().send('POST', '/api/join', { body: { secret, birthDate } })).status).not.toBe(200);
    }
    expect((await patient.send('GET', '/api/join')).status).toBe(401);
    await joinAsPatient(others, clinic, other.id);
  });

  it('leaves behind what the page counts', async () => {
    const account = await clinic.addPhysician();
    const browser = await clinic.signIn(account);
    const body = { patientName: 'Pat', birthDate, startsAt: clinic.context.now().toISOString(), minutes: 20 };
    await browser.send('POST', '/api/visits', { body });
    await disable(account);
    expect((await admin.send('GET', `/api/people/${account.id}/open`)).json).toEqual({ visits: 1, unfinished: 0 });
  });
});
