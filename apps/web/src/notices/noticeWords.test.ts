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
  ['en', en, /note or recording/, /refused/, /opened a sealed note or recording in/],
  ['es', es, /nota o grabación/, /rechazó/, /abrió una nota o grabación sellada/],
] as const)(
  'says in %s what was refused, and names nobody whom the notice doesn’t name',
  (_, words, either, refused, opened) => {
    const { kind } = words.notices;
    expect(kind.breakGlassRefused).toMatch(refused);
    expect(kind.breakGlassRefused).not.toMatch(opened);
    expect(kind.unwitnessed).not.toContain('{who}');
    expect(kind.breakGlass).toMatch(opened);
    // Neither notices nor entries say which kind of object it was.
    const { release, mint, register } = words.log.action;
    for (const text of [kind.breakGlass, kind.breakGlassRefused, kind.unwitnessed, release, mint, register]) {
      expect(text).toMatch(either);
    }
    expect(Object.keys(kind)).toContain('other');
  },
);
