import { describe, expect, it } from 'vitest';
import { isConfirmed, type Rule } from '../src/index.ts';
import { act, dayMs, hourMs, later, noon, several, watching } from './acts.ts';

const minuteMs = 60_000;

/** Ten days of work, so many openings in each of four hours a day. */
const workingDays = (anHour: number) =>
  Array.from({ length: 10 }, (_, day) =>
    Array.from({ length: 4 }, (_, hour) =>
      several(anHour, later(noon, (day - 12) * dayMs + hour * hourMs), hourMs / anHour),
    ),
  ).flat(2);

describe('the own mean', () => {
  it('leaves a new nurse’s first day alone, up to the floor, and not beyond it', () => {
    const { rulesIn } = watching();
    expect(rulesIn(several(20, noon, 2 * minuteMs))).toEqual([]);
    expect(rulesIn([act({ at: later(noon, 41 * minuteMs) })])).toEqual(['overOwnMean']);
  });

  it('is three times what somebody does anyway', () => {
    const { learn, rulesIn } = watching();
    learn(workingDays(12));
    expect(rulesIn(several(36, noon, minuteMs))).toEqual([]);
    expect(rulesIn([act({ at: later(noon, 37 * minuteMs) })])).toEqual(['overOwnMean']);
  });

  it('gives room to who works unevenly: three standard deviations', () => {
    const uneven = watching();
    uneven.learn([...workingDays(2), ...several(50, later(noon, -11 * dayMs + 6 * hourMs), minuteMs)]);
    // Mean 3.2, deviation 7.4: 25.4, where three times the mean would be less than the floor.
    expect(uneven.rulesIn(several(25, noon, minuteMs))).toEqual([]);
    expect(uneven.rulesIn([act({ at: later(noon, 26 * minuteMs) })])).toEqual(['overOwnMean']);
  });

  it('doesn’t count what the same hour has in it, nor other people', () => {
    const { learn, rulesIn } = watching();
    learn(workingDays(12).map((one) => ({ ...one, actor: 'another' })));
    expect(rulesIn(several(21, noon, minuteMs))).toEqual(['overOwnMean']);
  });

  it('looks over the change of the hour', () => {
    const { rulesIn } = watching();
    expect(rulesIn(several(21, later(noon, 50 * minuteMs), minuteMs))).toEqual(['overOwnMean']);
  });

  it('counts what one request names of one patient once', () => {
    const { rulesIn } = watching();
    expect(rulesIn(several(64, noon, 0, () => ({ request: 'one' })))).toEqual([]);
  });

  it('forgets after four weeks', () => {
    const { learn, rulesIn } = watching();
    learn(workingDays(12).map((one) => ({ ...one, at: later(one.at, -30 * dayMs) })));
    learn([act({ at: later(noon, -hourMs * 3) })]);
    expect(rulesIn(several(21, noon, minuteMs))).toEqual(['overOwnMean']);
  });
});

describe('bulk', () => {
  const patients = (count: number, everyMs: number) =>
    several(count, noon, everyMs, (index) => ({ patient: `p${index}` }));

  it('is many patients within minutes', () => {
    expect(watching().rulesIn(patients(12, 10_000))).toEqual([]);
    expect(watching().rulesIn(patients(13, 10_000))).toEqual(['bulk']);
  });

  it('isn’t as many over a morning', () => {
    expect(watching().rulesIn(patients(20, 3 * minuteMs))).toEqual([]);
  });

  it('is found in one request that names them all', () => {
    expect(watching().rulesIn(patients(13, 0).map((one) => ({ ...one, request: 'one' })))).toEqual(['bulk']);
  });
});

describe('denials', () => {
  const refused = (count: number, everyMs: number) => several(count, noon, everyMs, () => ({ outcome: 'refused' }));

  it('are counted within ten minutes', () => {
    expect(watching().rulesIn(refused(4, minuteMs))).toEqual([]);
    expect(watching().rulesIn(refused(5, minuteMs))).toEqual(['repeatedDenials']);
    expect(watching().rulesIn(refused(10, 3 * minuteMs))).toEqual([]);
  });

  it('aren’t openings: they make no mean', () => {
    const { rulesIn } = watching();
    expect(rulesIn(refused(40, 3 * minuteMs))).toEqual([]);
  });
});

describe('a new place', () => {
  const from = (address: string, ms: number) => act({ address, at: later(noon, ms) });

  it.each([
    ['the same network', '10.1.2.200', []],
    ['another network', '10.1.3.3', ['newPlace']],
    ['the same in IPv6’s spelling', '::ffff:10.1.2.9', []],
    ['the same in IPv6’s hexadecimal spelling', '::FFFF:0A01:0209', []],
    ['another in IPv6’s spelling', '::ffff:192.0.2.1', ['newPlace']],
    ['an IPv6 network', '2001:db8:1::1', ['newPlace']],
  ])('%s', (_name, address, expected) => {
    const { rulesIn } = watching();
    expect(rulesIn([from('10.1.2.3', 0)])).toEqual([]);
    expect(rulesIn([from(address, minuteMs)])).toEqual(expected);
  });

  it('is told once, and is known then', () => {
    const { rulesIn } = watching();
    expect(rulesIn([from('2001:db8:1:2::1', 0)])).toEqual([]);
    expect(rulesIn([from('2001:0db8:0001:ffff::9%eth0', minuteMs)])).toEqual([]);
    expect(rulesIn([from('2001:db8:2::1', 2 * minuteMs)])).toEqual(['newPlace']);
    expect(rulesIn([from('2001:db8:2:7::1', 3 * minuteMs)])).toEqual([]);
  });
});

describe('after hours', () => {
  const night = new Date('2026-06-15T21:30:00Z');

  it('goes by the clinic’s clock', () => {
    expect(watching().rulesIn([act({ at: night })])).toEqual(['afterHours']);
    expect(watching('America/New_York').rulesIn([act({ at: night })])).toEqual([]);
  });

  it.each([
    // The clock in Berlin goes from 2:00 to 3:00, and in autumn from 3:00 back to 2:00.
    ['before the day, on the day the clock goes forward', '2027-03-28T03:59:00Z', ['afterHours']],
    ['its first hour, on the day the clock goes forward', '2027-03-28T04:00:00Z', []],
    ['before the day, on the day the clock goes back', '2026-10-25T04:59:00Z', ['afterHours']],
    ['its first hour, on the day the clock goes back', '2026-10-25T05:00:00Z', []],
  ])('%s', (_name, at, expected) => {
    expect(watching().rulesIn([act({ at: new Date(at) })])).toEqual(expected);
  });

  it('is nothing in an own visit, in an emergency, and of who works then', () => {
    expect(watching().rulesIn([act({ at: night, isOwnVisit: true })])).toEqual([]);
    expect(watching().rulesIn([act({ at: night, isEmergency: true })])).toEqual([]);
    const { learn, rulesIn } = watching();
    learn([1, 2, 3].map((days) => act({ at: later(night, -days * dayMs) })));
    expect(rulesIn([act({ at: night })])).toEqual([]);
  });
});

describe('two critical rules', () => {
  const at = (rule: Rule, ms = 0) => ({ rule, at: later(noon, ms) });

  it.each([
    ['of different kinds confirm each other', [at('bulk'), at('repeatedDenials', minuteMs)], true],
    ['of one kind see the same thing', [at('bulk'), at('overOwnMean')], false],
    ['confirm nothing by a warning', [at('bulk'), at('newPlace'), at('afterHours')], false],
    ['are too far apart after hours', [at('bulk'), at('repeatedDenials', 2 * hourMs)], false],
  ])('%s', (_name, alerts, expected) => {
    expect(isConfirmed(alerts)).toBe(expected);
  });
});
