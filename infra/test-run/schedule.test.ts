import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StartError } from '../errors.ts';
import { runSteps, type ScheduleOptions } from './schedule.ts';
import type { Check, Preparation } from './step.ts';
import { nothing, oneFailed, onePassed } from './tally.ts';

const ignore = (): void => undefined;
const silent: ScheduleOptions = { slots: 2, onStart: ignore, onDetail: ignore, onEnd: ignore };

const check = (name: string, needs: string[], run: Check['run'], alone = false): Check => ({
  kind: 'check',
  name,
  needs,
  run,
  alone,
});
const preparation = (name: string, run: Preparation['run']): Preparation => ({
  kind: 'preparation',
  name,
  needs: [],
  run,
});

describe('a test run', () => {
  it('adds up what the steps report, and counts no preparation', async () => {
    const tally = await runSteps(
      [
        preparation('supply', async () => ({ TOOL: 'here' })),
        check('one', ['supply'], async ({ TOOL }) => ({ ...nothing, passed: TOOL === 'here' ? 3 : 0, skipped: 1 })),
        check('two', [], async () => oneFailed('two', 'why')),
      ],
      silent,
    );
    expect(tally).toEqual({ passed: 3, failed: 1, skipped: 1, failures: [{ name: 'two', reason: 'why' }], late: [] });
  });

  it('keeps what supplies bring that are made at the same time', async () => {
    const tally = await runSteps(
      [
        preparation('slow', () => delay(20, { SLOW: 'here' })),
        preparation('fast', async () => ({ FAST: 'here' })),
        check('both', ['slow', 'fast'], async ({ SLOW, FAST }) =>
          SLOW === 'here' && FAST === 'here' ? onePassed : oneFailed('both', 'one is lost'),
        ),
      ],
      silent,
    );
    expect(tally).toMatchObject({ passed: 1, failed: 0 });
  });

  it('counts a supply that fails, what needed it, and goes on with the rest', async () => {
    const tally = await runSteps(
      [
        preparation('supply', () => Promise.reject(new StartError('Get one.'))),
        check('needs it', ['supply'], async () => onePassed),
        check('needs what needed it', ['needs it'], async () => onePassed),
        check('free', [], async () => onePassed),
      ],
      silent,
    );
    expect(tally).toMatchObject({ passed: 1, failed: 3 });
    expect(tally.failures.map(({ name }) => name)).toEqual(['supply', 'needs it', 'needs what needed it']);
    expect(tally.failures[0]?.reason).toBe('Get one.');
  });

  it('counts a step that crashes', async () => {
    const tally = await runSteps([check('crash', [], () => Promise.reject(new Error('out of memory')))], silent);
    expect(tally).toMatchObject({ passed: 0, failed: 1 });
  });

  it('runs two at a time, but alone what asks for it', async () => {
    const running = new Set<string>();
    const seen: string[] = [];
    const step = (name: string, alone = false): Check =>
      check(
        name,
        [],
        async () => {
          running.add(name);
          seen.push([...running].sort().join('+'));
          await delay(20);
          running.delete(name);
          return onePassed;
        },
        alone,
      );
    await runSteps([step('alone', true), step('b'), step('c'), step('d')], silent);
    expect(seen[0]).toBe('alone');
    expect(seen).toContain('b+c');
    expect(seen.some((names) => names.includes('alone+') || names.split('+').length > 2)).toBe(false);
  });

  it('says so when steps wait for nobody', async () => {
    await expect(runSteps([check('lonely', ['nobody'], async () => onePassed)], silent)).rejects.toThrow('lonely');
  });
});
