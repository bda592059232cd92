import type { Support } from '@sotto/e2ee';
import { describe, expect, it } from 'vitest';
import { createMechanismChoice } from './mechanismChoice.ts';

const both: Support = { tag: 'supported', mechanisms: ['scriptTransform', 'encodedStreams'] };

describe('the choice of a mechanism', () => {
  it('takes what the browser lists first, and the next when that is given up', async () => {
    const choice = createMechanismChoice(() => Promise.resolve(both));
    expect(await choice.current()).toBe('scriptTransform');
    expect(choice.giveUp()).toBe(true);
    expect(await choice.current()).toBe('encodedStreams');
    expect(choice.giveUp()).toBe(false);
    expect(await choice.current()).toBeUndefined();
  });

  it('asks the browser once', async () => {
    let asked = 0;
    const choice = createMechanismChoice(() => {
      asked += 1;
      return Promise.resolve(both);
    });
    await choice.current();
    choice.giveUp();
    await choice.current();
    expect(asked).toBe(1);
  });

  it('has none in a browser without', async () => {
    const choice = createMechanismChoice(() => Promise.resolve({ tag: 'unsupported', missing: ['worker'] }));
    expect(await choice.current()).toBeUndefined();
  });

  it('forgives one silence, not two in a row', () => {
    const choice = createMechanismChoice(() => Promise.resolve(both));
    expect(choice.silent()).toBe(false);
    choice.settled();
    expect([choice.silent(), choice.silent()]).toEqual([false, true]);
    choice.giveUp();
    expect(choice.silent()).toBe(false);
  });
});
