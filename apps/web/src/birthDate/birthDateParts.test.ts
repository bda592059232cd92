import { expect, it } from 'vitest';
import { birthDateOf, isBlank, noBirthDate, partsOrder } from './birthDateParts.ts';

const today = new Date(2026, 10, 23, 12);
const typed = (day: string, month: string, year: string) => birthDateOf({ day, month, year }, today);

it.each([
  ['9', '3', '1954', '1954-03-09'],
  ['09', '03', '1954', '1954-03-09'],
  [' 29 ', '2', '2000', '2000-02-29'],
  ['1', '1', '1900', '1900-01-01'],
  ['23', '11', '2026', '2026-11-23'],
])('takes the day %j, the month %j, the year %j', (day, month, year, date) => {
  expect(typed(day, month, year)).toBe(date);
});

it.each([
  ['', '', ''],
  ['9', '', '1954'],
  ['29', '2', '1900'],
  ['31', '4', '1954'],
  ['0', '3', '1954'],
  ['9', '13', '1954'],
  ['9', '3', '54'],
  ['9', '3', '1899'],
  ['24', '11', '2026'],
  ['9', 'March', '1954'],
  ['-9', '3', '1954'],
])('takes no day %j, month %j, year %j', (day, month, year) => {
  expect(typed(day, month, year)).toBeNull();
});

it('is blank only where nothing is typed', () => {
  expect(isBlank(noBirthDate)).toBe(true);
  expect(isBlank({ ...noBirthDate, year: '1954' })).toBe(false);
});

it('goes by the language', () => {
  expect(partsOrder('en')).toEqual(['month', 'day', 'year']);
  expect(partsOrder('es')).toEqual(['day', 'month', 'year']);
});
