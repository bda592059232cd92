import { randomBytes } from 'node:crypto';
import { staffPeople } from '@sotto/protocol/people';
import { noLimits } from '@sotto/protocol/roleLimits';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { ClinicClient } from './system/clinicClient.ts';
import { RawSignaling } from './system/rawSignaling.ts';
import type { RunningSystem } from './system/runningSystem.ts';

const mostMs = 2_000;

async function signedIn(system: RunningSystem, account: { readonly email: string }): Promise<ClinicClient> {
  const client = new ClinicClient(system);
  await client.signIn(account);
  return client;
}

test('whoever is let go loses their open sockets within two seconds', async ({ system }) => {
  const { colleague } = system;
  const [clinician, admin] = [await signedIn(system, colleague), await signedIn(system, system.admin)];
  const { people } = staffPeople.parse(await admin.ask('GET', '/api/people'));
  const account = `/api/people/${people.find(({ email }) => email === colleague.email)?.id ?? ''}`;
  const lines: { readonly line: RawSignaling; readonly cut: Promise<number> }[] = [];
  const tickets: string[] = [];
  for (const name of ['Nils Aker', 'Oda Aker']) {
    const { visitId } = await clinician.createVisit(marked(name));
    const ticketOf = () => clinician.ticket(randomBytes(32).toString('base64url'), visitId);
    const line = await RawSignaling.connect(system, { v: 1, ticket: await ticketOf() });
    const cut = new Promise<number>((resolve) => line.socket.once('disconnect', () => resolve(performance.now())));
    lines.push({ line, cut });
    // Not used yet.
    tickets.push(await ticketOf());
  }
  try {
    expect(lines.every(({ line }) => line.isOpen)).toBe(true);
    const before = performance.now();
    await admin.ask('POST', `${account}/disable`);
    for (const { cut } of lines) {
      const took = (await cut) - before;
      console.log(`a socket was gone ${took.toFixed(0)} ms after "let go" was sent`);
      expect(took).toBeLessThan(mostMs);
    }
    for (const ticket of tickets) await expect(RawSignaling.connect(system, { v: 1, ticket })).rejects.toThrow();
    await expect(clinician.ask('GET', '/api/session')).rejects.toThrow('401');
  } finally {
    for (const { line } of lines) line.close();
    // As it was, for whoever comes after.
    await admin.ask('POST', `${account}/enable`);
    await admin.ask('POST', `${account}/roles`, { role: 'physician', limits: noLimits });
  }
});
