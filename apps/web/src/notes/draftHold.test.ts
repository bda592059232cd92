import { expect, it } from 'vitest';
import { leadsAway } from './draftHold.ts';

const here = 'https://clinic.example/en/record/#visit';
const link = (href: string, more: { target?: string; opensElsewhere?: boolean } = {}) =>
  leadsAway({ href, target: '', opensElsewhere: false, ...more }, here);

it('holds a draft against links to other pages, to another record, and to the other language', () => {
  expect(link('https://clinic.example/en/access-log/')).toBe(true);
  expect(link('https://clinic.example/en/record/#object=x')).toBe(true);
  expect(link('https://clinic.example/es/record/#visit')).toBe(true);
  expect(link('https://elsewhere.example/', { target: '_self' })).toBe(true);
});

it('lets go what stays on the page or opens elsewhere', () => {
  expect(link('https://clinic.example/en/record/#main')).toBe(false);
  expect(link('https://clinic.example/en/passkeys/', { target: '_blank' })).toBe(false);
  expect(link('https://clinic.example/en/passkeys/', { opensElsewhere: true })).toBe(false);
});
