import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { letters, typedBirthDates, typedWords } from './marker.ts';
import { usualBirthDate } from './pages/birthDate.ts';
import { leftIn } from './system/leftovers.ts';
import type { RunningSystem } from './system/runningSystem.ts';
import { SecretScan } from './system/secretScan.ts';
import { asAdministrator, databases } from './system/storedRows.ts';
import { Traffic } from './system/traffic.ts';

/** Each way in which a database may hold a word. */
const columns = {
  bare: (word: string) => `'so ${word} is'::text`,
  inside: (word: string) => `jsonb_build_object('name', jsonb_build_array('${word}'))`,
  octets: (word: string) => `convert_to('so ${word} is', 'UTF8')`,
  wide: (word: string) => `decode('${Buffer.from(word, 'utf16le').toString('hex')}', 'hex')`,
  coded: (word: string) => `encode(convert_to('so ${word} is', 'UTF8'), 'base64')`,
  hex: (word: string) => `encode(convert_to('${word}', 'UTF8'), 'hex')`,
  small: (word: string) => `'${word.toLowerCase()}'::text`,
};

/** Runs something while each database has a table with the word in each of `columns`. */
async function withRows<T>(system: RunningSystem, word: string, act: () => Promise<T>): Promise<T> {
  const values = Object.entries(columns).map(([name, value]) => `${value(word)} as ${name}`);
  const change = async (statement: string) => {
    for (const database of databases) await asAdministrator(system, database, (client) => client.query(statement));
  };
  // Unlogged: the word must not outlive the test in what is looked through for another one.
  await change(`create unlogged table public.leftover as select ${values.join(', ')}`);
  try {
    return await act();
  } finally {
    await change('drop table public.leftover');
  }
}

test('what people type is found wherever it is left, and its place is named without it', async ({
  system,
  physicianContext,
}) => {
  test.setTimeout(120_000);
  // Of its own: the run's own letters must be nowhere.
  const word = letters();
  const scan = new SecretScan({ words: [word] });
  const traffic = new Traffic(scan);
  traffic.watch(physicianContext);
  const page = await physicianContext.newPage();
  expect(await leftIn(system, scan, traffic)).toEqual([]);

  const files = ['logs/control.log', 'logs/control.log.1', 'recordings/control', 'keystore/control'].map((name) =>
    join(system.dataFolder, name),
  );
  await page.route('**/api/refused', (route) => route.fulfill({ status: 422, body: `{"code":"no","name":"${word}"}` }));
  await page.route('**/api/headed', (route) => route.fulfill({ status: 404, headers: { 'x-name': word } }));
  await page.goto(new URL('/en/sign-in/', system.web).href);
  await page.evaluate(async (name) => {
    for (const path of [`health?name=${name}`, `people/${name}`, 'refused', 'headed'])
      await (await fetch(`/api/${path}`)).text();
    console.warn(`written for ${name}`);
    setTimeout(() => {
      throw new Error(name);
    });
  }, word);
  const found = await withRows(system, word, async () => {
    for (const path of files) writeFileSync(path, `{"level":30,"name":"${word}"}\n`, { flag: 'a' });
    try {
      await page.waitForTimeout(500);
      return await leftIn({ ...system, written: () => `started ${word}` }, scan, traffic);
    } finally {
      for (const path of files) rmSync(path, { force: true });
    }
  });

  expect(found.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      ...files,
      ...databases.flatMap((database) => Object.keys(columns).map((name) => `${database} public.leftover.${name}`)),
      'what the start command wrote',
      'the address of GET /api/health',
      'the address of GET /api/people',
      'a refusal of GET /api/refused',
      'a refusal of GET /api/headed',
      'a browser’s console',
      'an error of a page',
    ]),
  );
  expect(JSON.stringify(found).toLowerCase()).not.toContain(word.toLowerCase());
  expect(traffic.addresses).toBeGreaterThan(5);
});

test('dates of birth are looked for as well', () => {
  const scan = new SecretScan({ words: typedWords });
  for (const date of [usualBirthDate, ...Object.values(typedBirthDates).flat()]) {
    expect(scan.octetsOf('a log', Buffer.from(`{"birthDate":"${date}"}`))).toEqual([{ path: 'a log', what: 'word' }]);
  }
});
