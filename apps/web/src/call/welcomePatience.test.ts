import { expect, it } from 'vitest';
import { createWelcomePatience } from './welcomePatience.ts';

it('grows with each leaf that nobody added, up to five minutes, until one is', () => {
  const patience = createWelcomePatience();
  const waits = Array.from({ length: 7 }, () => {
    const ms = patience.ms();
    patience.lost('unwelcomed');
    return ms / 1000;
  });
  expect(waits).toEqual([15, 30, 60, 120, 240, 300, 300]);
  patience.welcomed();
  patience.lost('notKept');
  expect(patience.ms()).toBe(15_000);
});
