import { expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { isGraveNotice, mostUrgentFirst, noticeWords, shownNotices } from './noticeWords.ts';

const kinds = ['enrolment', 'somethingNew', 'breakGlassRefused', 'patientKey', 'breakGlass'];
const notices = kinds.map((kind, id) => ({
  ...{ id, kind, subject: null, pseudonym: null, index: 1, at: '2031-05-06T07:08:09Z' },
}));

it('shows what was refused as refused, and a kind that it doesn’t know too', () => {
  expect(shownNotices.parse({ notices, people: [] }).notices).toHaveLength(kinds.length);
  expect(mostUrgentFirst(notices).map(noticeWords)).toEqual([
    ...['breakGlass', 'breakGlassRefused', 'other', 'patientKey', 'enrolment'],
  ]);
  expect(isGraveNotice({ kind: 'somethingNew' })).toBe(true);
  expect(isGraveNotice({ kind: 'enrolment' })).toBe(false);
  expect(noticeWords({ kind: 'constructor' })).toBe('other');
});

it.each([
  ['en', en, /refused/, /opened a note in/],
  ['es', es, /rechazó/, /abrió una nota/],
] as const)(
  'says in %s what was refused, and names nobody whom the notice doesn’t name',
  (_, words, refused, opened) => {
    const { kind } = words.notices;
    expect(kind.breakGlassRefused).toMatch(refused);
    expect(kind.breakGlassRefused).not.toMatch(opened);
    expect(kind.unwitnessed).not.toContain('{who}');
    expect(Object.keys(kind)).toContain('other');
  },
);
