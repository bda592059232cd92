import { createHmac } from 'node:crypto';
import { clinicId } from '@sotto/protocol/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlindIndexes } from '../src/blindIndex.ts';
import { foldFamilyName, foldName } from '../src/foldedName.ts';

/** Of infra/docs/decisions/returning-patients.md, written down once more as simply as it goes. */
function slowFold(name: string): string {
  const plain: Record<string, string> = {
    ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ð: 'd', đ: 'd', ħ: 'h', ı: 'i', ł: 'l', ø: 'o', ŧ: 't', ς: 'σ' },
  };
  const ranges = [
    ...[
      [0x2b0, 0x36f],
      [0x591, 0x5bd],
      [0x5bf, 0x5bf],
      [0x5c1, 0x5c2],
      [0x5c4, 0x5c5],
      [0x5c7, 0x5c7],
    ],
    ...[
      [0x640, 0x640],
      [0x64b, 0x65f],
      [0x670, 0x670],
    ],
  ];
  let folded = '';
  for (const character of name.normalize('NFKD').toLowerCase().normalize('NFKD')) {
    const code = character.codePointAt(0) ?? 0;
    if (ranges.some(([from = 0, to = 0]) => from <= code && code <= to)) continue;
    const written = plain[character] ?? character;
    if (/^[\p{L}\p{M}\p{N}]+$/u.test(written)) folded += written;
  }
  return folded.normalize('NFC');
}

const keyText = Buffer.from(Uint8Array.from({ length: 32 }, (_, index) => index)).toString('base64url');
const clinic = clinicId.parse('AAAAAAAAAAAAAAAAAAAAAA');
const other = clinicId.parse('AQAAAAAAAAAAAAAAAAAAAA');
const slowMac = (...parts: readonly string[]) =>
  createHmac('sha256', Buffer.from(keyText, 'base64url'))
    .update(['sotto/index/v1', ...parts].join('\u001f'), 'utf8')
    .digest();
/** Frozen: rows have them. */
const vectors = [
  '46c031270dd3e38f63457067b59a51cbe6484f3f936cf09d4e24dbc8519d36d0',
  '7fb5',
  'f4336f86f74357c13068698c03f741f3',
];
const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

describe('a name as it is compared', () => {
  it.each([
    ['Ada Quinn', ['ada quinn', 'ADA  QUINN', ' Ada\u00a0Quinn ', 'Ａｄａ Quinn'], 'adaquinn'],
    ['José Ñúñez-García', ['Jose Nunez Garcia', 'José Ñúñez García', 'JOSÉ ÑÚÑEZ‑GARCÍA'], 'josenunezgarcia'],
    ["Sinéad O'Brien", ['Sinead O’Brien', 'Sinéad Oʼbrien', 'Sinead OBrien', 'Sinéad Oʻ Brien'], 'sineadobrien'],
    ['Jürgen Groß', ['JÜRGEN GROSS', 'Jürgen Groẞ', 'Jurgen Gross'], 'jurgengross'],
    ['Søren Łukasz Æbelø', ['Soren Lukasz Aebelo'], 'sorenlukaszaebelo'],
    ['İpek Işık', ['ipek isik', 'IPEK ISIK'], 'ipekisik'],
    ['Γιώργος Παπαδόπουλος', ['ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ'], 'γιωργοσπαπαδοπουλοσ'],
    ['مُحَمَّد أحمد', ['محمد احمد', 'محـمد أحمد'], 'محمداحمد'],
    ['山田 太郎', ['山田太郎', '山田　太郎'], '山田太郎'],
    ['がくと', ['か\u3099くと'], 'がくと'],
    ['김 철수', ['김철수'], '김철수'],
    ['किरण', ['किरण '], 'किरण'],
    ['— 💐 ’', ['', '...'], ''],
  ])('takes %s however it is written', (name, spellings, folded) => {
    expect(foldName(name)).toBe(folded);
    for (const spelling of spellings) expect(foldName(spelling)).toBe(folded);
  });

  it.each([
    ['かき', 'がき'],
    ['कि', 'क'],
    ['Ada Quinn', 'Ada Quin'],
    ['محمد', 'محمود'],
    ['김철수', '김철호'],
  ])('tells %s and %s apart', (one, another) => expect(foldName(one)).not.toBe(foldName(another)));

  it('is what the simple reading of the specification gives, and folded again the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        expect(foldName(name)).toBe(slowFold(name));
        expect(foldName(foldName(name))).toBe(foldName(name));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a family name', () => {
  it.each([
    ['Ada Quinn', 'quinn'],
    ['Dr Jonas Weber, MD', 'weber'],
    ['Weber, Jonas', 'weber'],
    ['Ana García López', 'lopez'],
    ['García López, Ana', 'lopez'],
    ['Ann Müller-Lüdenscheidt', 'mullerludenscheidt'],
    ['Sinéad O’Brien', 'obrien'],
    ['Martin King Jr.', 'king'],
    ['山田 太郎', '山田'],
    ['김 철수', '김'],
    ['محمد أحمد', 'احمد'],
  ])('of %s is %s', (name, family) => expect(foldFamilyName(name)).toBe(family));

  it.each(['Ada', '山田太郎', 'Maria G.', '— —', 'Prince Jr', ''])('of %j isn’t told', (name) =>
    expect(foldFamilyName(name)).toBeNull(),
  );
});

describe('a blind index', () => {
  it('is the HMAC that is specified, as it was when the form was frozen', async () => {
    const indexes = await createBlindIndexes(clinic, keyText);
    const [person, family] = [
      await indexes.person('José Ñúñez-García', '1954-03-09'),
      await indexes.family('José Ñúñez-García'),
    ];
    expect(hex(person)).toBe(slowMac(clinic, 'person', 'josenunezgarcia', '1954-03-09').toString('hex'));
    expect(hex(family)).toBe(slowMac(clinic, 'family', 'nunezgarcia').subarray(0, 2).toString('hex'));
    expect(hex(indexes.indexKey)).toBe(slowMac(clinic, 'key').subarray(0, 16).toString('hex'));
    expect([person, family, indexes.indexKey].map(hex)).toEqual(vectors);
    expect(await indexes.of({ name: 'José Ñúñez-García', birthDate: '1954-03-09' })).toEqual({
      ...{ personIndex: person, familyIndex: family, indexKey: indexes.indexKey },
    });
    expect(await indexes.of({ name: '—', birthDate: null })).toMatchObject({ personIndex: null, familyIndex: null });
  });

  it('is another one in another clinic, of another date, name or column, and under another key', async () => {
    const indexes = await createBlindIndexes(clinic, keyText);
    const elsewhere = await createBlindIndexes(other, keyText);
    const renewed = await createBlindIndexes(clinic, Buffer.alloc(32, 7).toString('base64url'));
    const all = [
      await indexes.person('Ada Quinn', '1954-03-09'),
      await indexes.person('Ada Quinn', '1954-09-03'),
      await indexes.person('Ada Quin', '1954-03-09'),
      await elsewhere.person('Ada Quinn', '1954-03-09'),
      await renewed.person('Ada Quinn', '1954-03-09'),
    ].map(hex);
    expect(new Set(all).size).toBe(all.length);
    const short = [await indexes.family('Ada Quinn'), await elsewhere.family('Ada Quinn')].map(hex);
    expect(new Set([...short, hex((await indexes.person('Quinn', '1954-03-09'))?.slice(0, 2) ?? null)]).size).toBe(3);
    expect(hex(renewed.indexKey)).not.toBe(hex(indexes.indexKey));
  });

  it.each(['', 'short', `${'A'.repeat(42)}=`])('takes no key that is none: %j', async (text) => {
    await expect(createBlindIndexes(clinic, text)).rejects.toThrow(/API_INDEX_KEY_FILE/);
  });
});
