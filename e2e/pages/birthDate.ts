import type { Locator } from '@playwright/test';
import { typedBirthDates } from '../marker.ts';

/** Of every patient of whom a test says nothing else. */
export const usualBirthDate = typedBirthDates.usual;

/** @param date `1954-03-09` */
export async function typeBirthDate(group: Locator, date: string): Promise<void> {
  const [year = '', month = '', day = ''] = date.split('-');
  for (const [label, typed] of Object.entries({ Day: day, Month: month, Year: year })) {
    await group.getByLabel(label, { exact: true }).fill(typed);
  }
}
