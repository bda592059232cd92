import { randomBytes } from 'node:crypto';
import { errorBody } from '@sotto/protocol/errors';
import { type ObjectId, objectId, type StaffId, staffId, type VisitId } from '@sotto/protocol/ids';
import { createListener, type Listener } from '@sotto/service/listener';
import { tlsServerOptions } from '@sotto/service/tls';
import { eq } from 'drizzle-orm';
import type { FastifyReply } from 'fastify';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import type { Access } from '../src/access/declaration.ts';
import { requireDeclaration, requireDeclaredAnswer } from '../src/access/requireDeclaration.ts';
import { clinic as theClinic, visitOfPath } from '../src/access/resource.ts';
import { giveRole, type Limits } from '../src/access/roleAssignment.ts';
import { noContent, refusals, refuse } from '../src/answer.ts';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { UndeclaredRouteError } from '../src/errors.ts';
import { newId } from '../src/opaqueToken.ts';
import { mintedObjectTable, roleAssignmentTable } from '../src/schema.ts';
import { newCertificate } from './certificate.ts';
import { type Account, createVisit, leaf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

let clinic: TestClinic;
let owner: Client;
beforeAll(async () => {
  clinic = await startClinic();
  owner = new Client({ connectionString: inject('ownerUrl') });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await clinic.close();
});

/** Of the right shape; nobody's key has signed it. */
const closingOf = (user: StaffId) => {
  const [id, clinicOf] = [newId(objectId), newId(objectId)];
  return {
    request: {
      ...{ type: 'sotto/release/v1', id, nonce: id, clinic: clinicOf, user, objects: [id], purpose: 'treatment' },
      ...{ use: 'open', breakGlass: null, approver: null, viewerKey: 'A'.repeat(1622), closingKey: 'A'.repeat(43) },
      expiry: '2031-05-06T07:08:09Z',
    },
    closing: { type: 'sotto/closing/v1', clinic: clinicOf, request: id, seconds: 1, isOver: true },
    signature: 'A'.repeat(86),
  };
};

describe('a route', () => {
  const tls = newCertificate();
  const answers = { 204: noContent, ...refusals };
  async function listener(): Promise<Listener> {
    const made = createListener({
      ...{ tls: tlsServerOptions(await tls), maxBodyBytes: 1024, refuse },
      ...{ newRequestId: () => 'one', log: { info: () => undefined, error: () => undefined } },
    });
    made.addHook('onRoute', requireDeclaration);
    return made;
  }
  const add = async (url: string, access: Access | undefined, response: object = answers) =>
    (await listener()).route({
      ...{ method: 'GET', url, schema: { response }, handler: async (_request, reply) => reply.code(204).send() },
      ...(access === undefined ? {} : { config: { access } }),
    });
  const open = { public: 'Anybody may, in this test.', open: { silent: 'Nothing, in this test.' } };
  const decided = { action: 'visit:read', resource: visitOfPath, sessions: ['staff'] } as const;

  it('starts when it declares who may call it, and what it answers', async () => {
    await add('/api/open', open);
    await add('/api/visits/:visitId', decided);
    await add('/api/visits', { ...decided, resource: theClinic });
  });

  it.each([
    ['says nothing', () => add('/api/visits', undefined)],
    ['is public for no reason', () => add('/api/visits', { ...open, public: ' ' })],
    ['is silent for no reason', () => add('/api/visits', { ...open, open: { silent: ' ' } })],
    ['names nothing that its action could be done to', () => add('/api/visits', decided)],
    ['names another thing than its action is done to', () => add('/api/objects/:objectId', decided)],
    ['declares no answer', () => add('/api/open', open, {})],
    ['declares no refusals', () => add('/api/open', open, { 204: noContent })],
    ['declares refusals alone', () => add('/api/open', open, refusals)],
  ])('doesn’t start when it %s', async (_, start) => {
    await expect(start()).rejects.toThrow(UndeclaredRouteError);
  });
});

describe('what a route declares to answer', () => {
  it('is all that it sends: neither another status nor another field', async () => {
    const made = createListener({
      ...{ tls: tlsServerOptions(await newCertificate()), maxBodyBytes: 1024, refuse },
      ...{ newRequestId: () => 'one', log: { info: () => undefined, error: () => undefined } },
    });
    made.addHook('preSerialization', requireDeclaredAnswer);
    const answering = (url: string, status: number, body: object) =>
      made.route({
        ...{ method: 'GET', url, schema: { response: { 200: z.strictObject({ status: z.string() }), ...refusals } } },
        handler: async (_request, reply: FastifyReply) => reply.code(status).send(body),
      });
    answering('/declared', 200, { status: 'ok' });
    answering('/status', 201, { status: 'planted' });
    answering('/field', 200, { status: 'ok', note: 'planted' });
    await made.ready();
    const ask = (url: string) => made.inject({ method: 'GET', url });
    expect((await ask('/declared')).json()).toEqual({ status: 'ok' });
    for (const url of ['/status', '/field']) {
      const { statusCode, json, body } = await ask(url);
      expect([url, statusCode, json()]).toEqual([url, 500, { code: 'internal', correlationId: 'one' }]);
      expect(body).not.toContain('planted');
    }
    await made.close();
  });
});

describe('a role', () => {
  const list = (browser: HttpClient) => {
    const now = clinic.context.now().getTime();
    const [from, to] = [new Date(now - 3_600_000), new Date(now + 3_600_000)].map((at) => at.toISOString());
    return browser.send('GET', `/api/visits?from=${from ?? ''}&to=${to ?? ''}`);
  };

  /** A physician who holds that role with these limits, and no other. */
  async function limited(limits: Limits): Promise<{ account: Account; browser: HttpClient }> {
    const account = await clinic.addPhysician();
    await owner.query('delete from clinic.role_assignment where staff_id = $1', [account.id]);
    await giveRole(clinic.context.database, account.id, 'physician', clinic.context.now(), limits);
    return { account, browser: await clinic.signIn(account) };
  }

  /** An object of a visit, of which nothing was handed in yet. */
  async function minted(staff: StaffId, visit: VisitId): Promise<ObjectId> {
    const id = newId(objectId);
    const mintedAt = clinic.context.now();
    await clinic.context.database.insert(mintedObjectTable).values({ id, visitId: visit, staffId: staff, mintedAt });
    return id;
  }

  it('lets its holder in, and nobody without one', async () => {
    const { account, browser } = await limited({});
    expect((await list(browser)).status).toBe(200);
    await owner.query('delete from clinic.role_assignment where staff_id = $1', [account.id]);
    expect(await list(browser)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    // Whose session it is, it is told all the same.
    expect((await browser.send('GET', '/api/session')).status).toBe(200);
  });

  it('that ends in the middle of a session ends there, for lists and for a visit that wasn’t begun', async () => {
    const validUntil = new Date(clinic.context.now().getTime() + 2 * 3_600_000);
    const { browser } = await limited({ validUntil });
    const { id } = await createVisit(browser, clinic);
    expect((await browser.send('GET', `/api/visits/${id}`)).status).toBe(200);
    clinic.advance(2.01);
    expect((await browser.send('GET', '/api/session')).status).toBe(200);
    expect((await list(browser)).status).toBe(403);
    for (const [method, path] of [
      ['GET', `/api/visits/${id}`],
      ['POST', `/api/visits/${id}/end`],
      ['POST', `/api/visits/${id}/invitation`],
    ] as const) {
      expect([path, (await browser.send(method, path)).status]).toEqual([path, 403]);
    }
  });

  it.each([
    ['the hours', 'hours_from = 0, hours_to = 1, hours_days = $2', [[]]],
    ['the network', 'network = $2', ['192.0.2.0/24']],
    ['the role', 'valid_until = $2', [new Date(Date.now() + 1)]],
  ])('doesn’t cut a live visit where %s end, and opens nothing', async (what, change, values) => {
    const { account, browser } = await limited({});
    const live = await createVisit(browser, clinic);
    const scheduled = await createVisit(browser, clinic);
    const body = { leaf };
    const ticket = () => browser.send('POST', `/api/visits/${live.id}/ticket`, { body });
    expect((await ticket()).status).toBe(200);
    const draft = await minted(account.id, live.id);
    await owner.query('update clinic.role_assignment set valid_from = $2 where staff_id = $1', [
      account.id,
      new Date(0),
    ]);
    await owner.query(`update clinic.role_assignment set ${change} where staff_id = $1`, [account.id, ...values]);
    await expect.poll(async () => (await list(browser)).status).toBe(403);

    const part = (of: string) =>
      browser.send('POST', `/api/objects/${of}/parts`, { body: { leaf: '0000-000000', length: 16 } });
    // This clinic’s keystore has a directory and nothing else: whoever may ask for more hears that.
    const directory = async () => (await browser.send('GET', '/api/keystore/directory')).status;
    const closed = async (user: StaffId) =>
      (await browser.send('POST', '/api/keystore/closings', { body: closingOf(user) })).status;
    expect((await ticket()).status).toBe(200);
    expect([await directory(), await closed(account.id)]).toEqual([200, 503]);
    expect((await browser.send('GET', `/api/visits/${live.id}`)).status).toBe(200);
    expect((await part(draft)).status).toBe(201);
    expect((await browser.send('POST', `/api/visits/${live.id}/end`)).status).toBe(200);
    // What was begun in it is handed in also when it is over; it is entered and begun no more.
    expect((await part(draft)).status).toBe(201);
    expect((await browser.send('GET', `/api/objects/${draft}/parts`)).status).toBe(200);
    expect((await ticket()).status).toBe(403);
    // For how long something was open may always be told, of what one opened oneself.
    expect([await closed(account.id), await closed(newId(staffId))]).toEqual([503, 403]);
    expect((await part(await minted(account.id, live.id))).status).toBe(403);
    expect((await part(await minted(account.id, scheduled.id))).status).toBe(403);
    for (const [method, path] of [
      ['POST', `/api/visits/${scheduled.id}/ticket`],
      ['POST', `/api/visits/${live.id}/objects`],
      ['GET', '/api/keystore/enrolments'],
    ] as const) {
      const given = path.endsWith('ticket') ? { body } : {};
      expect([path, (await browser.send(method, path, given)).status]).toEqual([path, 403]);
    }
    // In an emergency the way to the keystore is open to who holds the role still.
    const nonce = async () => (await browser.send('POST', '/api/keystore/nonces')).status;
    expect([await directory(), await nonce()]).toEqual(what === 'the role' ? [403, 403] : [200, 503]);
  });

  it('that is over isn’t lengthened by a visit that is far ahead, nor by what was begun long ago', async () => {
    const { account, browser } = await limited({});
    const far = await createVisit(browser, clinic, 'Pat Example', 25);
    const near = await createVisit(browser, clinic, 'Pat Example', 2);
    const live = await createVisit(browser, clinic, 'Pat Example', 0.5);
    const ticket = (id: string) => browser.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } });
    const status = async (id: string) =>
      (await owner.query<{ status: string }>('select status from clinic.visit where id = $1', [id])).rows[0]?.status;
    for (const { id } of [far, near, live]) expect((await ticket(id)).status).toBe(200);
    expect([await status(far.id), await status(near.id), await status(live.id)]).toEqual(['scheduled', 'open', 'open']);
    // As one that was opened so early before.
    await owner.query(`update clinic.visit set status = 'open' where id = $1`, [far.id]);
    const [young, old] = [await minted(account.id, live.id), await minted(account.id, live.id)];
    await owner.query(`update clinic.minted_object set minted_at = minted_at - interval '7 days' where id = $1`, [old]);
    await owner.query('update clinic.role_assignment set valid_until = valid_from + $1::interval where staff_id = $2', [
      '1 ms',
      account.id,
    ]);
    expect((await ticket(far.id)).status).toBe(403);
    expect((await ticket(near.id)).status).toBe(403);
    expect((await ticket(live.id)).status).toBe(200);
    const part = async (of: string) =>
      (await browser.send('POST', `/api/objects/${of}/parts`, { body: { leaf: '0000-000000', length: 16 } })).status;
    expect([await part(young), await part(old)]).toEqual([201, 403]);
  });

  it('taken back by the database counts no more from the next request on', async () => {
    const { account, browser } = await limited({});
    expect((await list(browser)).status).toBe(200);
    await owner.query('update clinic.role_assignment set valid_until = $2 where staff_id = $1', [
      account.id,
      new Date(clinic.context.now().getTime() + 1),
    ]);
    await expect.poll(async () => (await list(browser)).status).toBe(403);
  });

  it.each([
    ['127.0.0.0/8', 200],
    ['127.0.0.1', 200],
    ['10.0.0.0/8', 403],
    ['::/0', 403],
  ])('given for the network %s answers %i here', async (network, status) => {
    expect((await list((await limited({ network })).browser)).status).toBe(status);
  });

  it('given for hours counts by the clinic’s clock, not by the server’s', async () => {
    const madrid = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Madrid',
      ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    }).formatToParts(clinic.context.now());
    const part = (type: string) => Number(madrid.find((one) => one.type === type)?.value);
    const minute = part('hour') * 60 + part('minute');
    const days = [1, 2, 3, 4, 5, 6, 7];
    const around = { from: (minute + 1430) % 1440, to: ((minute + 30) % 1440) + 1, days };
    const later = { from: (minute + 40) % 1440, to: ((minute + 60) % 1440) + 1, days };
    expect((await list((await limited({ hours: around })).browser)).status).toBe(200);
    expect((await list((await limited({ hours: later })).browser)).status).toBe(403);
  });

  it('besides another adds to it: any one of them is enough', async () => {
    const { account, browser } = await limited({ network: '10.0.0.0/8' });
    expect((await list(browser)).status).toBe(403);
    await giveRole(clinic.context.database, account.id, 'staff', clinic.context.now());
    await giveRole(clinic.context.database, account.id, 'physician', clinic.context.now());
    expect((await list(browser)).status).toBe(200);
    const held = await clinic.context.database.$count(roleAssignmentTable, eq(roleAssignmentTable.staffId, account.id));
    expect(held).toBe(3);
  });

  it('is what counts, and not what the account is called', async () => {
    const account = await clinic.addStaff('nurse');
    const browser = await clinic.signIn(account);
    expect((await list(browser)).status).toBe(403);
    await giveRole(clinic.context.database, account.id, 'physician', clinic.context.now());
    expect((await list(browser)).status).toBe(200);
    const { id } = await createVisit(browser, clinic);
    expect((await browser.send('POST', `/api/visits/${id}/ticket`, { body: { leaf } })).status).toBe(200);
    const named = await clinic.addPhysician();
    await owner.query('delete from clinic.role_assignment where staff_id = $1', [named.id]);
    await giveRole(clinic.context.database, named.id, 'nurse', clinic.context.now());
    expect((await list(await clinic.signIn(named))).status).toBe(403);
  });

  it.each([
    ['a network that is none', { network: '10.0.0.1/8' }],
    ['a day that no week has', { hours: { from: 0, to: 1440, days: [8] } }],
    ['hours that no day has', { hours: { from: 0, to: 1441, days: [1] } }],
  ])('isn’t stored with %s', async (_, limits) => {
    const { id } = await clinic.addPhysician();
    await expect(giveRole(clinic.context.database, id, 'physician', clinic.context.now(), limits)).rejects.toThrow();
  });
});

describe('an answer', () => {
  it('has the id under which the log has it in a header, and an error the same in its body', async () => {
    const browser = clinic.visitor();
    const fine = await browser.send('GET', '/api/health');
    expect(fine.headers['x-correlation-id']).toMatch(/^[\w-]{22}$/);
    const planted = randomBytes(12).toString('hex');
    for (const path of ['/api/session', '/api/nothing', `/api/visits/${planted}`, '/api/%zz']) {
      const answer = await browser.send('GET', path, { headers: { 'x-correlation-id': planted } });
      const { correlationId } = errorBody.parse(answer.json);
      expect([path, answer.headers['x-correlation-id']]).toEqual([path, correlationId]);
      expect(Object.keys(answer.json as object).sort()).toEqual(['code', 'correlationId']);
      if (path !== '/api/%zz') {
        await expect.poll(() => clinic.log.filter((line) => line.includes(correlationId))).not.toHaveLength(0);
      }
    }
    expect(clinic.log.join('')).not.toContain(planted);
  });

  it('to too much of one person says so, wherever they are signed in', async () => {
    const account = await clinic.addPhysician();
    const [one, two] = [await clinic.signIn(account), await clinic.signIn(account)];
    const limits = { ...clinic.context.limits };
    Object.assign(clinic.context.limits, { requestsByPerson: createAttemptLimit(3, 60) });
    const statuses: number[] = [];
    for (const browser of [one, two, one, two])
      statuses.push((await browser.send('GET', '/api/keystore/directory')).status);
    const another = await clinic.physician();
    const answer = await another.send('GET', '/api/keystore/directory');
    Object.assign(clinic.context.limits, limits);
    expect(statuses.slice(0, 3)).not.toContain(429);
    expect(statuses[3]).toBe(429);
    expect(answer.status).not.toBe(429);
  });
});
