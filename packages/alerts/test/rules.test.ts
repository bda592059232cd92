import { describe, expect, it } from 'vitest';
import { type Act, isConfirmed, type Rule, rules } from '../src/index.ts';
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

  it('counts patients: five with five notes each, every note by a request of its own, are five', () => {
    const { rulesIn } = watching();
    const notes = several(25, noon, minuteMs, (index) => ({ patient: `p${Math.floor(index / 5)}` }));
    expect(rulesIn(notes)).toEqual([]);
  });

  it('is three times what somebody does anyway', () => {
    const { learn, rulesIn } = watching();
    learn(workingDays(12));
    expect(rulesIn(several(36, noon, minuteMs))).toEqual([]);
    expect(rulesIn([act({ at: later(noon, 37 * minuteMs) })])).toEqual(['overOwnMean']);
  });

  it('is of earlier days, so that a theft which goes on for hours makes none', () => {
    const { learn, rulesIn } = watching();
    learn(workingDays(5));
    const found = [0, 2, 4].map((hour) => rulesIn(several(19 + hour, later(noon, hour * hourMs), minuteMs)));
    expect(found).toEqual([[], ['overOwnMean'], ['overOwnMean']]);
  });

  it('leaves out hours in which something was found, also on later days and after a restart', () => {
    const thefts = [2, 1].flatMap((day) =>
      [0, 1, 2].flatMap((hour) => several(40, later(noon, -day * dayMs + hour * hourMs), minuteMs)),
    );
    const [one, again] = [watching(), watching()];
    for (const { learn } of [one, again]) learn(workingDays(5));
    one.set(later(noon, -2 * dayMs));
    expect(one.rulesIn(thefts)).toEqual(['overOwnMean']);
    again.learn(thefts);
    for (const { rulesIn } of [one, again]) expect(rulesIn(several(21, noon, minuteMs))).toEqual(['overOwnMean']);
  });

  it.each([
    ['two days', [1, 2], 6],
    ['nine hours', [1, 2, 3], 3],
  ])('isn’t told by %s alone: who is new has the floor', (_name, days, hours) => {
    const { learn, rulesIn } = watching();
    for (const day of days) {
      for (let hour = 0; hour < hours; hour += 1) {
        learn(several(12, later(noon, -day * dayMs + hour * hourMs), minuteMs));
      }
    }
    expect(rulesIn(several(21, noon, minuteMs))).toEqual(['overOwnMean']);
  });

  it('is never over sixty: that many are too many for everybody', () => {
    const { learn, rulesIn } = watching();
    learn(workingDays(20));
    // A mean of 27, of which three times would be 81.
    const busy = [2, 1].flatMap((day) => [0, 1, 2, 3, 4].map((hour) => later(noon, -day * dayMs + hour * hourMs)));
    learn(busy.flatMap((from) => several(55, from, minuteMs)));
    expect(rulesIn(several(60, noon, 0.9 * minuteMs))).toEqual([]);
    expect(rulesIn([act({ at: later(noon, 54 * minuteMs) })])).toEqual(['overOwnMean']);
  });

  it('gives room to who works unevenly: three standard deviations', () => {
    const uneven = watching();
    uneven.learn(workingDays(2));
    uneven.learn(
      [11, 10, 9, 8, 7, 6, 5].flatMap((day) => several(20, later(noon, -day * dayMs + 6 * hourMs), minuteMs)),
    );
    // Mean 4.7, deviation 6.4: 23.8, where three times the mean would be less than the floor.
    expect(uneven.rulesIn(several(23, noon, minuteMs))).toEqual([]);
    expect(uneven.rulesIn([act({ at: later(noon, 24 * minuteMs) })])).toEqual(['overOwnMean']);
  });

  it('doesn’t count what other people do', () => {
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
    expect(rulesIn(several(64, noon, 0, () => ({ request: 'one', patient: 'p' })))).toEqual([]);
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
  const refused = (count: number, everyMs: number, changed: Partial<Act> = {}) =>
    several(count, noon, everyMs, () => ({ outcome: 'refused', ...changed }));

  it('are counted within ten minutes', () => {
    expect(watching().rulesIn(refused(4, minuteMs))).toEqual([]);
    expect(watching().rulesIn(refused(5, minuteMs))).toEqual(['repeatedDenials']);
    expect(watching().rulesIn(refused(10, 3 * minuteMs))).toEqual([]);
  });

  it('are counted by patient, however often one is asked for, and by what is asked for where none is known', () => {
    expect(watching().rulesIn(refused(20, 1000, { patient: 'p' }))).toEqual([]);
    expect(watching().rulesIn(refused(5, 1000, { patient: null }))).toEqual(['repeatedDenials']);
  });

  it('aren’t openings: they make no mean', () => {
    const { rulesIn } = watching();
    expect(rulesIn(refused(40, 3 * minuteMs))).toEqual([]);
  });

  it('of patients for whom the glass was broken are none', () => {
    const { rulesIn } = watching();
    const emergencies = [1, 2, 3, 4, 5, 6].flatMap((one) => [
      act({ patient: `p${one}`, outcome: 'refused', at: later(noon, one * minuteMs) }),
      act({ patient: `p${one}`, isEmergency: true, at: later(noon, one * minuteMs + 20_000) }),
    ]);
    expect(rulesIn(emergencies)).toEqual([]);
    expect(rulesIn(several(5, later(noon, 7 * minuteMs), 1000, () => ({ outcome: 'refused' })))).toEqual([
      'repeatedDenials',
    ]);
  });
});

describe('emergencies', () => {
  const emergencies = (count: number, everyMs: number) => several(count, noon, everyMs, () => ({ isEmergency: true }));

  it('are no openings like others: they make no mean and no bulk, and are held up by no rule but their own', () => {
    expect(watching().rulesIn(emergencies(12, 1000))).toEqual([]);
    const { rulesIn } = watching();
    expect(rulesIn([...emergencies(12, 1000), ...several(12, later(noon, minuteMs), 1000)])).toEqual([]);
  });

  it('are told where they are many', () => {
    expect(watching().rulesIn(emergencies(13, 4 * minuteMs))).toEqual(['manyEmergencies']);
    expect(watching().rulesIn(emergencies(40, 6 * minuteMs))).toEqual([]);
  });
});

describe('who was let go on', () => {
  const burst = (from: Date) => several(13, from, 1000);
  const at = later(noon, minuteMs);

  it('isn’t reproached with what was before, and is watched from then on: in the same hour too, by another key', () => {
    const { watch, set } = watching();
    set(later(noon, hourMs / 2));
    const first = burst(noon).flatMap((one) => watch.watch(one));
    expect(first.map(({ rule }) => rule)).toEqual(['bulk']);
    watch.lifted('nurse', at);
    expect(watch.watch(act({ at: later(at, 1000) }))).toEqual([]);
    const second = burst(later(at, 2000)).flatMap((one) => watch.watch(one));
    expect(new Set(second.map(({ rule }) => rule))).toEqual(new Set(['bulk']));
    expect(second[0]?.key).not.toBe(first[0]?.key);
  });

  it('has the same key after a restart that is told of it', () => {
    const keysOf = (told: boolean) => {
      const { watch, set, learn } = watching();
      set(later(noon, hourMs / 2));
      if (told) for (const one of burst(noon)) watch.watch({ ...one, request: `before ${one.at.toISOString()}` });
      else learn(burst(noon));
      watch.lifted('nurse', at);
      return burst(later(at, 1000)).flatMap((one) => watch.watch(one).map(({ key }) => key));
    };
    expect(keysOf(true)).toEqual(keysOf(false));
    expect(keysOf(true)).toHaveLength(1);
  });

  it('isn’t anybody else', () => {
    const { watch, set } = watching();
    set(later(noon, hourMs / 2));
    watch.lifted('another', at);
    expect(burst(noon).flatMap((one) => watch.watch(one))).toHaveLength(1);
  });
});

describe('an emergency while somebody is held up', () => {
  const broken = (changed: Partial<Act> = {}) => act({ isEmergency: true, isHeldUp: true, ...changed });

  it('is found for each patient by itself, once', () => {
    const { watch } = watching();
    const [one, other] = [broken({ patient: 'one' }), broken({ patient: 'other' })];
    const found = [one, one, other, broken({ patient: 'one' })].flatMap((each) => watch.watch(each));
    expect(found.map(({ rule, count, limit }) => [rule, count, limit])).toEqual([
      ['emergencyWhileHeldUp', 1, 0],
      ['emergencyWhileHeldUp', 2, 0],
      ['emergencyWhileHeldUp', 2, 0],
    ]);
    expect(new Set(found.map(({ key }) => key)).size).toBe(2);
  });

  it('is told of each patient, also of as many twice within an hour of the clock', () => {
    const { watch, set } = watching();
    const told = [50, 51, 52, 65, 113, 114, 115].flatMap((minutes, index) => {
      const at = later(noon, minutes * minuteMs);
      set(at);
      return watch.watch(broken({ patient: `patient ${index}`, at }));
    });
    const counts = told.map(({ count }) => count);
    expect(counts.length).toBe(7);
    expect(new Set(counts).size).toBeLessThan(7);
    expect(new Set(told.map(({ key }) => key)).size).toBe(7);
  });

  it('is nothing of whoever isn’t held up, and no refusal', () => {
    const { rulesIn } = watching();
    expect(rulesIn([broken({ isHeldUp: false }), broken({ outcome: 'refused' })])).toEqual([]);
  });
});

describe('a patient who may be a relative', () => {
  it.each([
    ['opened', {}, ['ownRelative']],
    ['opened in an own visit', { isOwnVisit: true }, ['ownRelative']],
    ['opened in an emergency', { isEmergency: true }, ['ownRelative']],
    ['refused', { outcome: 'refused' as const }, []],
    ['of whom nobody says so', { isOwnRelative: false }, []],
  ])('%s', (_name, changed, expected) => {
    expect(watching().rulesIn([act({ isOwnRelative: true, ...changed })])).toEqual(expected);
  });

  it('is a warning, once for each opening, and confirms nothing', () => {
    const { watch } = watching();
    const opening = act({ isOwnRelative: true });
    expect(watch.watch(opening)).toMatchObject([{ rule: 'ownRelative', count: 1, limit: 0, actor: 'nurse' }]);
    expect(watch.watch(opening)).toEqual([]);
    const [second] = watch.watch(act({ isOwnRelative: true }));
    expect(second).toMatchObject({ rule: 'ownRelative' });
    expect(rules.ownRelative.severity).toBe('warning');
    const [bulk, relative] = (['bulk', 'ownRelative'] as const).map((rule) => ({ rule, at: noon }));
    expect(isConfirmed([bulk, relative].flatMap((one) => one ?? []))).toBe(false);
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
    ['confirm nothing by an emergency while held up', [at('emergencyWhileHeldUp'), at('repeatedDenials')], false],
    ['confirm nothing by a warning', [at('bulk'), at('newPlace'), at('afterHours')], false],
    ['confirm nothing by emergencies', [at('manyEmergencies'), at('repeatedDenials'), at('newPlace')], false],
    ['are too far apart after hours', [at('bulk'), at('repeatedDenials', 2 * hourMs)], false],
  ])('%s', (_name, alerts, expected) => {
    expect(isConfirmed(alerts)).toBe(expected);
  });
});
