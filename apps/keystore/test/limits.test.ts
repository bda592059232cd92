import { describe, expect, it } from 'vitest';
import { createLimit } from '../src/routes/limits.ts';

describe('a limit', () => {
  const seconds = 60;
  const take = async (limit: ReturnType<typeof createLimit>, subject: string, times: number) => {
    const taken: boolean[] = [];
    for (let count = 0; count < times; count += 1) taken.push(await limit.take(subject));
    return taken.filter((was) => was).length;
  };

  it('stops one without stopping the others', async () => {
    const limit = createLimit({ points: 3, seconds }, { points: 100, seconds });
    expect(await take(limit, 'one', 500)).toBe(3);
    expect(await take(limit, 'two', 2)).toBe(2);
  });

  it('counts nobody new once all together have used it up', async () => {
    const limit = createLimit({ points: 1, seconds }, { points: 1, seconds: 1 });
    expect(await take(limit, 'one', 1)).toBe(1);
    // The one that finds nothing left.
    expect(await take(limit, 'two', 1)).toBe(0);
    for (let subject = 0; subject < 10; subject += 1) expect(await take(limit, `late ${subject}`, 1)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await take(limit, 'late 3', 1)).toBe(1);
  });

  it('stops all together, whatever their names', async () => {
    const limit = createLimit({ points: 3, seconds }, { points: 5, seconds });
    let taken = 0;
    for (let subject = 0; subject < 10; subject += 1) taken += await take(limit, String(subject), 3);
    expect(taken).toBe(5);
  });
});
