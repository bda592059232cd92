import { type ObjectId, objectId, patientId, recordingId, staffId, visitId } from '@sotto/protocol/ids';
import type { SealedSummary } from '@sotto/protocol/records';
import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { randomId } from '../keystore/bytes.ts';
import type { Restriction } from '../keystore/restrictions.ts';
import { KeptObjects } from './KeptObjects.tsx';
import { type KeptThing, keptThings } from './keptThings.ts';
import type { SignWish } from './SignDialog.tsx';
import { useKeptWishes } from './useKeptWishes.ts';

const pseudonym = patientId.parse(randomId());
const [visit, recording] = [visitId.parse(randomId()), recordingId.parse(randomId())];
const writer = { id: staffId.parse(randomId()), name: 'Dr Ada', role: 'physician' };
const [note, mine, theirs] = [objectId.parse(randomId()), objectId.parse(randomId()), objectId.parse(randomId())];
const since = new Date('2031-05-06T07:08:09.000Z');
const summary = (object: ObjectId, track: number | null): SealedSummary => ({
  ...{ object, visitId: visit, pseudonym, writer, storedAt: since.toISOString() },
  kind: track === null ? 'note' : 'recording',
  recording: track === null ? null : { id: recording, track },
});
const things = keptThings([summary(theirs, 1), summary(note, null), summary(mine, 0)]);
const [taken, written] = things as [KeptThing, KeptThing];
const restriction = (object: ObjectId | null): Restriction => ({
  ...{ pseudonym, object, by: [writer.id], since, hash: `hash of ${object ?? 'all'}` },
});

type Wishes = ReturnType<typeof useKeptWishes>;
interface Given {
  restrictions?: readonly Restriction[];
  isAll?: boolean;
  locale?: 'en' | 'es';
}

/** The list as it is drawn, and what may be signed. */
function page({ restrictions = [], isAll = true, locale = 'en' }: Given): { markup: string; wishes: Wishes } {
  const found: Wishes[] = [];
  const Page = () => {
    const wishes = useKeptWishes(pseudonym, { passkeys: [], spoilt: 0 }, writer.id, restrictions);
    found.push(wishes);
    const given = { things, isAll, restrictions, isHeld: false, namesOf: () => 'Dr Ada', wishes };
    return <KeptObjects {...given} onWish={() => undefined} />;
  };
  const markup = renderToStaticMarkup(
    <NextIntlClientProvider locale={locale} messages={locale === 'en' ? en : es} timeZone="UTC">
      <Page />
    </NextIntlClientProvider>,
  ).replaceAll('&#x27;', "'");
  const [wishes] = found;
  if (wishes === undefined) throw new Error('nothing was drawn');
  return { markup, wishes };
}
const objectsOf = ({ matters }: SignWish) => matters.map((matter) => ('object' in matter ? matter.object : undefined));
const countOf = (markup: string, words: string) => markup.split(words).length - 1;

describe('a recording among what is kept', () => {
  it('is one thing with the objects of all who are in it, by track', () => {
    expect(things.map(({ kind, objects }) => [kind, objects])).toEqual([
      ['recording', [mine, theirs]],
      ['note', [note]],
    ]);
    expect(countOf(page({}).markup, 'aria-label="Restrict: Recording by Dr Ada"')).toBe(1);
  });

  it('is restricted, freed and deleted whole, and says how many signatures that takes', () => {
    const restrictions = [restriction(mine), restriction(theirs)];
    const lift = page({ restrictions }).wishes.liftRestriction(taken);
    const { wishes } = page({});
    for (const wish of [wishes.restrict(taken), wishes.shred(taken), lift]) {
      expect(objectsOf(wish)).toEqual([mine, theirs]);
      expect(wish.points.join(' ')).toContain('It has 2 tracks');
      expect(wish.points.join(' ')).toContain('4 signatures in all');
    }
    expect(wishes.restrict(written).points.join(' ')).not.toContain('tracks');
    expect(page({ locale: 'es' }).wishes.restrict(taken).points.join(' ')).toContain('4 firmas en total');
  });

  it('says where only a part is restricted, and offers what is missing', () => {
    const { markup, wishes } = page({ restrictions: [restriction(mine)] });
    expect(markup).toContain('Partly restricted');
    expect(markup).toContain("1 of 2 tracks. That by itself doesn't close the others.");
    expect(markup).toContain('Restrict the rest: Recording by Dr Ada');
    expect(markup).toContain('Lift the restriction: Recording by Dr Ada');
    expect(objectsOf(wishes.restrict(taken))).toEqual([theirs]);
    expect(objectsOf(wishes.liftRestriction(taken))).toEqual([mine]);
  });

  it('isn’t decided on before all its objects are there; a note is', () => {
    const { markup } = page({ isAll: false });
    expect(markup).toMatch(
      /<button[^>]* disabled=""[^>]* aria-label="Restrict: Recording|aria-label="Restrict: Recording[^>]* disabled=""/u,
    );
    expect(markup).not.toMatch(
      /<button[^>]* disabled=""[^>]* aria-label="Restrict: Note|aria-label="Restrict: Note[^>]* disabled=""/u,
    );
  });
});

describe('what is signed for', () => {
  it('is named by kind, time and number, and whose it is', () => {
    const restrictions = [restriction(mine), restriction(theirs)];
    const [what = '', ...numbers] = page({}).wishes.restrict(taken).about;
    expect(what).toMatch(/^Recording by Dr Ada, .*2031/u);
    expect(numbers).toEqual([mine, theirs, `Patient ${pseudonym}`]);
    const lifted = page({ restrictions }).wishes.liftRestriction(written);
    expect(lifted.about[0]).toMatch(/^Note by Dr Ada, .*2031/u);
    const all = page({ restrictions: [restriction(null)] }).wishes.liftRestriction(null).about;
    expect(all.slice(0, 2)).toEqual(['Everything', `Patient ${pseudonym}`]);
    expect(all[2]).toMatch(/^Restricted since .*2031/u);
  });
});

describe('lifting a restriction', () => {
  const then = (restrictions: readonly Restriction[], thing: KeptThing | null) =>
    page({ restrictions }).wishes.liftRestriction(thing).points[0];

  it('promises that all can be opened again only where no other one stands', () => {
    expect(then([restriction(note)], written)).toContain('can open it again');
    expect(then([restriction(note), restriction(mine)], written)).toContain('can open it again');
    expect(then([restriction(null)], null)).toContain('can open it again');
    expect(then([restriction(null), restriction(note)], written)).toContain(
      'everything of this patient stays restricted',
    );
    expect(then([restriction(null), restriction(note)], null)).toContain('What is restricted by itself stays closed');
  });

  it('lifts that one, and not another', () => {
    const { wishes } = page({ restrictions: [restriction(null), restriction(note)] });
    const hashes = ({ matters }: SignWish) =>
      matters.map((matter) => (matter.action === 'liftRestriction' ? matter.restriction : null));
    expect(hashes(wishes.liftRestriction(written))).toEqual([`hash of ${note}`]);
    expect(hashes(wishes.liftRestriction(null))).toEqual(['hash of all']);
  });
});
