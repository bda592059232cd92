import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';

/** Text files that the services wrote; keys and the database are meant to hold what they hold. */
function logs(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(log|jsonl|txt)(\.\d+)?$/u.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

test('nobody’s name, link, password or ticket is in anything that the servers wrote', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const tickets: string[] = [];
  for (const page of [physicianPage, patientPage]) {
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const ticket = /"ticket":"([^"]+)"/u.exec(payload.toString())?.[1];
        if (ticket !== undefined) tickets.push(ticket);
      });
    });
  }
  const patientName = marked('Zephyrine Quackenbush');
  const { physician, link } = await meet({ physicianPage, patientPage, system }, patientName);
  const cookies = [...(await physicianPage.context().cookies()), ...(await patientPage.context().cookies())];
  const secrets = cookies.filter(({ httpOnly }) => httpOnly).map(({ value }) => value);
  await physician.endForEveryone();
  await expect(physician.heading('The visit is over')).toBeVisible();
  expect(tickets.length).toBeGreaterThan(1);
  expect(secrets.length).toBeGreaterThan(1);

  const written = `${system.written()}\n${logs(system.dataFolder)}`;
  expect(written.length).toBeGreaterThan(1000);
  for (const [what, word] of [
    ["a patient's name", patientName],
    ["a patient's first name", 'Zephyrine'],
    ["the physician's address", system.physician.email],
    ["the physician's password", system.physician.password],
    ["a link's secret", new URL(link).hash.slice(1)],
    ...tickets.map((ticket) => ['a ticket', ticket] as const),
    ...tickets.map((ticket) => ['a ticket’s signature', ticket.split('.')[2] ?? ticket] as const),
    ...secrets.map((secret) => ['a session', secret] as const),
  ] as const) {
    expect(written.includes(word), `${what} was written to a log`).toBe(false);
  }
});
