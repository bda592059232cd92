import { objectId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { ClinicFault } from '../clinic/errors.ts';
import { askPhi, staffReadsFor } from './phiRequest.ts';

const object = objectId.parse('O'.repeat(22));
const asked: { method: string; path: string; intent: string | null; body: unknown }[] = [];

/** A clinic that issues intents, and answers what they are for as told, one after the other. */
function answering(...answers: readonly { status: number; body: object }[]): void {
  const left = [...answers];
  let issued = 0;
  vi.stubGlobal('fetch', async (path: string, { method, headers, body }: RequestInit) => {
    const given = new Headers(headers);
    const text = typeof body === 'string' ? (JSON.parse(body) as unknown) : null;
    asked.push({ method: method ?? '', path, intent: given.get('x-hipaa-audit-id'), body: text });
    if (path === '/api/intents') {
      issued += 1;
      const grant = { id: String(issued).repeat(43), expiresAt: '2031-05-06T07:08:09.000Z' };
      return new Response(JSON.stringify(grant), { status: 201 });
    }
    const { status, body: content } = left.shift() ?? { status: 500, body: {} };
    return new Response(JSON.stringify(content), { status });
  });
}
afterEach(() => {
  asked.length = 0;
  vi.unstubAllGlobals();
});

const read = () =>
  askPhi(z.strictObject({ run: z.string() }), { route: 'readNote', object, purpose: 'treatment', as: 'staff' });
const refusal = (code: string) => ({ status: 403, body: { code, correlationId: 'c' } });

describe('a request with a patient’s content', () => {
  it('says first what for, then shows that it did', async () => {
    answering({ status: 200, body: { run: 'sealed' } });
    expect(await read()).toEqual({ run: 'sealed' });
    expect(asked).toEqual([
      {
        ...{ method: 'POST', path: '/api/intents', intent: null },
        body: { route: 'readNote', object, purpose: 'treatment', as: 'staff' },
      },
      { method: 'GET', path: `/api/phi/objects/${object}`, intent: '1'.repeat(43), body: null },
    ]);
  });

  it('says so once more, and no oftener, where its intent isn’t good any more', async () => {
    answering(refusal('noIntent'), { status: 200, body: { run: 'sealed' } });
    expect(await read()).toEqual({ run: 'sealed' });
    expect(asked.map(({ intent }) => intent?.[0] ?? null)).toEqual([null, '1', null, '2']);
    asked.length = 0;
    answering(refusal('noIntent'), refusal('noIntent'));
    await expect(read()).rejects.toEqual(new ClinicFault('noIntent'));
    expect(asked).toHaveLength(4);
  });

  it('is asked once where it is refused for anything else', async () => {
    answering(refusal('forbidden'));
    await expect(read()).rejects.toEqual(new ClinicFault('forbidden'));
    expect(asked).toHaveLength(2);
  });

  it('is for review where an officer isn’t a clinician, and for treatment otherwise', () => {
    expect(staffReadsFor({ roles: ['privacyOfficer'], resting: null })).toEqual({ purpose: 'operations', as: 'staff' });
    expect(staffReadsFor({ roles: ['privacyOfficer', 'physician'], resting: null })).toMatchObject({
      purpose: 'treatment',
    });
    expect(staffReadsFor({ roles: ['nurse'], resting: null })).toMatchObject({ purpose: 'treatment' });
    expect(staffReadsFor({ roles: [], resting: ['nurse'] })).toEqual({ purpose: 'emergency', as: 'staff' });
  });
});
