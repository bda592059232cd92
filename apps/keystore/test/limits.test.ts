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

  it('stops all together, whatever their names', async () => {
    const limit = createLimit({ points: 3, seconds }, { points: 5, seconds });
    let taken = 0;
    for (let subject = 0; subject < 10; subject += 1) taken += await take(limit, String(subject), 3);
    expect(taken).toBe(5);
  });
});
