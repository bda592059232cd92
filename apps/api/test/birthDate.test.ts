import { randomBytes } from 'node:crypto';
import { AuditStoreError } from '@sotto/audit/postgres';
import { errorBody } from '@sotto/protocol/errors';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { birthDate, createVisit, secretOf, startClinic, type TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';
import { LogWatch } from './platformLog.ts';

let clinic: TestClinic;
let physician: HttpClient;
beforeAll(async () => {
  clinic = await startClinic();
  physician = await clinic.physician();
});
afterAll(() => clinic.close());

const made = (changes: object = {}) =>
  physician.send('POST', '/api/visits', {
    body: { patientName: 'Pat Planted', startsAt: new Date().toISOString(), minutes: 20, birthDate, ...changes },
  });
async function invited(): Promise<{ id: string; secret: string }> {
  const { id } = (await made()).json as { id: string };
  return { id, secret: await secretOf(physician, id) };
}
const tell = async (visitor: HttpClient, secret: string, date?: string) =>
  visitor.send('POST', '/api/join', { body: { secret, ...(date === undefined ? {} : { birthDate: date }) } });
const stateOf = async (id: string) =>
  ((await physician.send('GET', `/api/visits/${id}`)).json as { invitation: { state: string } }).invitation.state;

describe('a patient’s date of birth', () => {
  it('is asked of whoever has the link, who learns nothing before, and not again in that browser', async () => {
    const { secret } = await invited();
    const visitor = clinic.visitor();
    for (const [date, status, code] of [
      [undefined, 400, 'invalid'],
      ['1954-09-03', 403, 'forbidden'],
      [undefined, 400, 'invalid'],
    ] as const) {
      const answer = await tell(visitor, secret, date);
      expect([answer.status, errorBody.parse(answer.json).code]).toEqual([status, code]);
      expect(visitor.cookies.size).toBe(0);
    }
    expect((await tell(visitor, secret, birthDate)).json).toMatchObject({ patientName: 'Pat Planted' });
    expect((await tell(visitor, secret)).status).toBe(200);
    expect((await tell(clinic.visitor(), secret)).status).toBe(400);
  });

  it('locks the link when five were wrong, for the right one too; a new link begins anew', async () => {
    const { id, secret } = await invited();
    const inside = clinic.visitor();
    expect((await tell(inside, secret, birthDate)).status).toBe(200);
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1)
      statuses.push((await tell(clinic.visitor(), secret, '1990-01-01')).status);
    expect(statuses).toEqual([403, 403, 403, 403, 404, 404]);
    expect((await tell(clinic.visitor(), secret, birthDate)).status).toBe(404);
    expect(await stateOf(id)).toBe('locked');
    expect((await physician.send('GET', `/api/visits/${id}/invitation`)).status).toBe(404);
    // Who was inside already stays, and comes back.
    expect((await inside.send('GET', '/api/join')).status).toBe(200);
    expect((await tell(inside, secret)).status).toBe(200);
    await physician.send('POST', `/api/visits/${id}/invitation`);
    expect(await stateOf(id)).toBe('active');
    const visitor = clinic.visitor();
    expect((await tell(visitor, await secretOf(physician, id), birthDate)).status).toBe(200);
  });

  it('gives five tries to however many at once', async () => {
    const { secret } = await invited();
    const days = Array.from({ length: 8 }, (_, day) => `1954-04-${String(day + 1).padStart(2, '0')}`);
    const answers = await Promise.all(days.map((day) => tell(clinic.visitor(), secret, day)));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(4);
    expect((await tell(clinic.visitor(), secret, birthDate)).status).toBe(404);
  });

  it('counts what was wrong over right ones and over a restart', async () => {
    const { secret } = await invited();
    const statusOf = async (at: TestClinic, date: string) => (await tell(at.visitor(), secret, date)).status;
    for (let round = 0; round < 2; round += 1) {
      expect(await statusOf(clinic, '1990-01-01')).toBe(403);
      for (let right = 0; right < 4; right += 1) expect(await statusOf(clinic, birthDate)).toBe(200);
    }
    const { clinicId, fields, patientFields, keystore } = clinic.context;
    const restarted = await startClinic({ clinicId, keystore });
    Object.assign(restarted.context, { fields, patientFields });
    expect(await statusOf(restarted, birthDate)).toBe(200);
    expect(await statusOf(restarted, '1990-01-01')).toBe(403);
    expect(await statusOf(restarted, '1990-01-01')).toBe(403);
    expect(await statusOf(restarted, '1990-01-01')).toBe(404);
    expect(await statusOf(restarted, birthDate)).toBe(404);
    await restarted.close();
    expect(await statusOf(clinic, birthDate)).toBe(404);
  });

  it('is a failure of the address too where it is wrong, and none where it was not said yet', async () => {
    const own = await startClinic();
    const colleague = await own.physician();
    const visitor = own.visitor();
    const secrets: string[] = [];
    for (let index = 0; index < 8; index += 1) {
      secrets.push(await secretOf(colleague, (await createVisit(colleague, own)).id));
    }
    const [first = ''] = secrets;
    for (let round = 0; round < 35; round += 1) expect((await tell(visitor, first)).status).toBe(400);
    const statuses: number[] = [];
    for (const secret of secrets) {
      for (let tries = 0; tries < 4; tries += 1) statuses.push((await tell(visitor, secret, '1990-01-01')).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 403), 429, 429]);
    await own.close();
  });

  it('lets nobody write to the platform’s log without end by a link that is locked', async () => {
    const own = await startClinic();
    const colleague = await own.physician();
    const secret = await secretOf(colleague, (await createVisit(colleague, own)).id);
    for (let tries = 0; tries < 5; tries += 1) await tell(own.visitor(), secret, '1990-01-01');
    Object.assign(own.context.limits, { joinByAddress: createAttemptLimit(2, 300) });
    const recorded = vi.spyOn(own.platformLog, 'record');
    const statuses: number[] = [];
    for (let tries = 0; tries < 4; tries += 1) statuses.push((await tell(own.visitor(), secret)).status);
    expect([statuses, recorded.mock.calls.length]).toEqual([[404, 404, 429, 429], 2]);
    await own.close();
  });

  it('is in the platform’s log where it was wrong, with the patient’s pseudonym and without the date', async () => {
    const { id, secret } = await invited();
    const watch = await LogWatch.of(clinic);
    await tell(clinic.visitor(), secret);
    await tell(clinic.visitor(), secret, '1990-01-01');
    await tell(clinic.visitor(), secret, birthDate);
    const entries = await watch.take(({ resource }) => resource === `visit:${id}`);
    expect(entries.map(({ action, actor, outcome }) => [action, actor, outcome])).toEqual([
      ['visit:enter', 'nobody', 'refused'],
      ['visit:enter', entries[1]?.patient, 'allowed'],
    ]);
    expect(entries[0]?.patient).toBe(entries[1]?.patient);
    expect(JSON.stringify(entries)).not.toMatch(/1990-01|1954-03/);
  });

  it('counts also where it can’t be recorded, and nobody learns whether it was right', async () => {
    let isBroken = false;
    const own = await startClinic({
      logRandom: (length) => {
        if (isBroken) throw new AuditStoreError('unavailable');
        return randomBytes(length);
      },
    });
    const colleague = await own.physician();
    const secret = await secretOf(colleague, (await createVisit(colleague, own)).id);
    isBroken = true;
    for (const date of [birthDate, ...Array.from({ length: 5 }, () => '1990-01-01')]) {
      expect((await tell(own.visitor(), secret, date)).status).toBe(503);
    }
    isBroken = false;
    expect((await tell(own.visitor(), secret, birthDate)).status).toBe(404);
    await own.close();
  });

  it('is put right by who made the visit, for the next link where this one is locked', async () => {
    const { id, secret } = await invited();
    const watch = await LogWatch.of(clinic);
    const correct = (date: string) =>
      physician.send('PUT', `/api/visits/${id}/birth-date`, { body: { birthDate: date } });
    expect((await correct('2999-01-01')).status).toBe(400);
    expect((await correct('1945-03-09')).status).toBe(204);
    expect((await tell(clinic.visitor(), secret, birthDate)).status).toBe(403);
    expect((await tell(clinic.visitor(), secret, '1945-03-09')).status).toBe(200);
    for (let tries = 0; tries < 4; tries += 1) await tell(clinic.visitor(), secret, birthDate);
    expect((await correct(birthDate)).status).toBe(204);
    expect((await tell(clinic.visitor(), secret, birthDate)).status).toBe(404);
    await physician.send('POST', `/api/visits/${id}/invitation`);
    expect((await tell(clinic.visitor(), await secretOf(physician, id), birthDate)).status).toBe(200);
    const entries = await watch.take(({ action }) => action === 'visit:invite:birthDate');
    expect(entries.map(({ outcome }) => outcome)).toEqual(['refused', 'allowed', 'allowed']);
    expect(JSON.stringify(entries)).not.toMatch(/1945-03|1954-03/);
    await physician.send('POST', `/api/visits/${id}/end`);
    expect((await correct(birthDate)).status).toBe(409);
  });

  it('is asked of no guest', async () => {
    const { id } = await invited();
    const guest = { kind: 'family', name: 'Ann', endsAt: new Date(Date.now() + 3_600_000).toISOString() };
    const { json } = await physician.send('POST', `/api/visits/${id}/guests`, { body: guest });
    const { url } = json as { url: string };
    expect((await tell(clinic.visitor(), new URL(url).hash.slice(1))).status).toBe(200);
  });

  it.each(['1899-12-31', '1954-02-30', '9.3.1954', '2999-01-01', ''])('is not %j', async (date) => {
    expect(await made({ birthDate: date })).toMatchObject({ status: 400, json: { code: 'invalid' } });
  });

  it('is required, unless the clinic says otherwise', async () => {
    expect((await made({ birthDate: undefined })).status).toBe(400);
    const other = await startClinic({ birthDates: 'optional' });
    const body = { patientName: 'A', startsAt: new Date().toISOString(), minutes: 20 };
    const colleague = await other.physician();
    const without = await colleague.send('POST', '/api/visits', { body });
    expect(without.status).toBe(201);
    const secret = await secretOf(colleague, (without.json as { id: string }).id);
    expect((await tell(other.visitor(), secret)).status).toBe(200);
    await other.close();
  });

  it('is required too where a visit was made without it: its link opens once the date is there', async () => {
    const own = await startClinic({ birthDates: 'optional' });
    const colleague = await own.physician();
    const body = { patientName: 'A', startsAt: new Date().toISOString(), minutes: 20 };
    const { id } = (await colleague.send('POST', '/api/visits', { body })).json as { id: string };
    const secret = await secretOf(colleague, id);
    Object.assign(own.context, { birthDates: 'required' });
    for (const date of [undefined, birthDate]) {
      expect(await tell(own.visitor(), secret, date)).toMatchObject({ status: 409, json: { code: 'conflict' } });
    }
    const shown = async () => (await colleague.send('GET', `/api/visits/${id}`)).json;
    expect(await shown()).toMatchObject({ invitation: { state: 'undated' } });
    await colleague.send('PUT', `/api/visits/${id}/birth-date`, { body: { birthDate } });
    expect(await shown()).toMatchObject({ invitation: { state: 'active' } });
    expect((await tell(own.visitor(), secret)).status).toBe(400);
    expect((await tell(own.visitor(), secret, birthDate)).status).toBe(200);
    await own.close();
  });

  it('is in no log', () => expect(clinic.log.join('')).not.toMatch(/1954-0|1990-01/));
});
