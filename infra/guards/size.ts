import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measurePage, overBudget, sizeBudget } from './clientSize.ts';
import { repositoryRoot } from './repositoryRoot.ts';

const out = join(repositoryRoot, 'apps', 'web', 'out');
const budget = sizeBudget.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'sizeBudget.json'), 'utf8')));

for (const page of Object.keys(budget)) {
  const { first, later } = measurePage(out, page);
  console.error(`${page}: ${first} bytes at once, ${later} later (gzip)`);
}
const sentences = overBudget(out, budget);
for (const sentence of sentences) console.error(sentence);
process.exitCode = sentences.length === 0 ? 0 : 1;
