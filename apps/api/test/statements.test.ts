import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVisit, startClinic, type TestClinic } from './clinic.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

/** By what each statement is known. */
const marks = {
  session: '"staff_session"."token_hash" = ',
  visit: '"clinician_participant"',
  record: 'audit.append',
} as const;

const textOf = (given: unknown): string =>
  typeof given === 'object' && given !== null && 'text' in given ? String(given.text) : String(given);

/** What a request has the database do with its session, the visit that it shows and the log, in that order. */
async function statementsOf(ask: () => Promise<{ status: number }>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    expect((await ask()).status).toBe(200);
    const texts = query.mock.calls.map(([given]: readonly unknown[]) => textOf(given));
    return texts.flatMap((text) => {
      const known = Object.entries(marks).find(([, mark]) => text.includes(mark));
      return known === undefined ? [] : [known[0]];
    });
  } finally {
    query.mockRestore();
  }
}

describe('a request of staff', () => {
  it('that reads has its session read once, to decide and to show', async () => {
    const browser = await clinic.signIn(await clinic.addPhysician());
    const { id } = await createVisit(browser, clinic);
    const read = () => browser.send('GET', `/api/visits/${id}`);
    expect(await statementsOf(read)).toEqual(['session', 'visit', 'record']);
  });

  it('that acts has it read again in the act’s transaction, where it may have ended since', async () => {
    const browser = await clinic.signIn(await clinic.addPhysician());
    const { id } = await createVisit(browser, clinic);
    const end = () => browser.send('POST', `/api/visits/${id}/end`);
    expect(await statementsOf(end)).toEqual(['session', 'session', 'visit', 'record']);
  });
});
