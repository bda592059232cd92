import { expect, it } from 'vitest';
import en from '../../messages/en.json' with { type: 'json' };
import es from '../../messages/es.json' with { type: 'json' };
import { isOfKeystore, keptOutWords } from './keptOutWords.ts';

it('names the clock where what was signed is out of date by it, or not valid yet, and no keystore', () => {
  for (const fault of ['expired', 'notYet'] as const) {
    expect(keptOutWords(fault)).toBe('clock');
    expect(isOfKeystore(fault)).toBe(false);
  }
  expect(en.call.keptOut.clock).toContain('automatic date and time');
  expect(es.call.keptOut.clock).toContain('fecha y hora automáticas');
});
