import { leafThumbprint, staffId, visitId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTicketSource } from './ticketSource.ts';

const leaf = leafThumbprint.parse('l'.repeat(43));
const grant = {
  ticket: 'a.b.c',
  credential: 'd.e.f',
  name: { name: 'Pat', salt: 's'.repeat(22) },
  participantId: 'p'.repeat(22),
};

/** Answers as the clinic would, and keeps what it was asked. */
function clinic(answer: () => Response | Promise<Response>) {
  const asked: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return Promise.resolve().then(answer);
  });
  return asked;
}
const refusal = (status: number, code: string) => () => Response.json({ code, correlationId: 'x' }, { status });

describe('tickets', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('are asked for at the route of whose session vouches, and name nothing but the leaf', async () => {
    const asked = clinic(() => Response.json(grant));
    const visit = visitId.parse('v'.repeat(22));
    expect(await createTicketSource({ kind: 'patient' }).ticket(leaf)).toEqual({ tag: 'answer', value: grant });
    await createTicketSource({ kind: 'physician', visitId: visit, staffId: staffId.parse('t'.repeat(22)) }).ticket(
      leaf,
    );
    expect(asked.map(({ path }) => path)).toEqual(['/api/join/ticket', `/api/visits/${visit}/ticket`]);
    expect(asked.map(({ init }) => init.body)).toEqual([JSON.stringify({ leaf }), JSON.stringify({ leaf })]);
  });

  it.each([
    [401, 'unauthenticated', { tag: 'refused', reason: 'signedOut' }],
    [403, 'forbidden', { tag: 'refused', reason: 'notAvailable' }],
    [404, 'notFound', { tag: 'refused', reason: 'notAvailable' }],
    [409, 'wrongState', { tag: 'refused', reason: 'notAvailable' }],
    [429, 'rateLimited', { tag: 'later' }],
    [503, 'unavailable', { tag: 'later' }],
    [500, 'internal', { tag: 'later' }],
  ] as const)('are given up or asked for again after %i %s', async (status, code, expected) => {
    clinic(refusal(status, code));
    expect(await createTicketSource({ kind: 'patient' }).ticket(leaf)).toEqual(expected);
  });

  it('are asked for again when the clinic is not reached or says something else', async () => {
    clinic(() => Promise.reject(new TypeError('network')));
    expect(await createTicketSource({ kind: 'patient' }).ticket(leaf)).toEqual({ tag: 'later' });
    clinic(() => new Response('<html>', { status: 502 }));
    expect(await createTicketSource({ kind: 'patient' }).ticket(leaf)).toEqual({ tag: 'later' });
    clinic(() => Response.json({ ...grant, extra: true }));
    expect(await createTicketSource({ kind: 'patient' }).ticket(leaf)).toEqual({ tag: 'later' });
  });
});
