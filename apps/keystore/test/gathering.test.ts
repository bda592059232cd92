import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gather } from '../src/gathering.ts';

describe('questions that are asked together', () => {
  it('are answered together, each with its own', async () => {
    const rounds: number[] = [];
    const double = gather(async (questions: readonly number[]) => {
      rounds.push(questions.length);
      await setTimeout(5);
      return questions.map((question) => 2 * question);
    });
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(rounds).toEqual([3]);
    const first = double(4);
    await setTimeout(2);
    expect(await Promise.all([first, double(5), double(6)])).toEqual([8, 10, 12]);
    expect(rounds).toEqual([3, 1, 2]);
  });

  it('never get an answer that was on its way before', async () => {
    let now = 0;
    const look = gather(async (questions: readonly null[]) => {
      const seen = now;
      await setTimeout(10);
      return questions.map(() => seen);
    });
    const early = look(null);
    await setTimeout(5);
    now = 1;
    expect(await Promise.all([early, look(null)])).toEqual([0, 1]);
  });

  it('fail alone', async () => {
    const half = gather(async (questions: readonly number[]) => {
      if (questions.some((question) => question % 2 === 1)) throw new Error(`odd among ${questions.length}`);
      return questions.map((question) => question / 2);
    });
    const outcomes = await Promise.allSettled([2, 3, 4].map(half));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(half(5)).rejects.toThrow('odd among 1');
  });

  it('are answered a limited number at a time', async () => {
    const rounds: number[] = [];
    const same = gather(async (questions: readonly number[]) => {
      rounds.push(questions.length);
      return questions;
    });
    const asked = Array.from({ length: 150 }, (_, place) => place);
    expect(await Promise.all(asked.map(same))).toEqual(asked);
    expect(rounds).toEqual([64, 64, 22]);
  });
});
