import { readFileSync } from 'node:fs';
import { askedActionNames } from '@sotto/protocol/policyQuestion';
import { expect, it } from 'vitest';
import en from '../../messages/en.json';

const policies = ['roles', 'limits'].map((name) =>
  readFileSync(new URL(`../../../../packages/policy/policies/${name}.cedar`, import.meta.url), 'utf8'),
);

it('every policy has a sentence that says what it decides, and no sentence is of none', () => {
  const ids = policies.flatMap((text) => [...text.matchAll(/@id\("([^"]+)"\)/g)].map(([, id]) => id));
  expect(ids.length).toBeGreaterThan(40);
  expect(Object.keys(en.staffPeople.policy).sort()).toEqual(ids.sort());
});

it('every action that may be asked about has a word', () => {
  const words = askedActionNames.map((name) => name.replaceAll(':', '-'));
  expect(Object.keys(en.staffPeople.question.action).sort()).toEqual(words.sort());
});
