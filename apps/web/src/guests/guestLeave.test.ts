import type { Guest } from '@sotto/protocol/guests';
import { participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { listed, sendAway, whereaboutsIn } from './guestLeave.ts';

describe('a guest who has to go', () => {
  it('is put out also where the clinic’s server refuses to turn their link off', async () => {
    const done: string[] = [];
    const putOut = () => {
      done.push('out');
      return Promise.resolve('done' as const);
    };
    await expect(sendAway(putOut, () => Promise.reject(new Error('refused')))).rejects.toThrow('link');
    expect(done).toEqual(['out']);
  });

  it('loses their link also where putting out fails, and that is told', async () => {
    let isOff = false;
    const withdraw = () => {
      isOff = true;
      return Promise.resolve();
    };
    await expect(sendAway(() => Promise.resolve('failed'), withdraw)).rejects.toThrow('Not put out');
    expect(isOff).toBe(true);
    await expect(sendAway(null, withdraw)).resolves.toBeUndefined();
  });

  it('is listed while they are inside, link or none', () => {
    const guest = (letter: string, state: Guest['state']): Guest => ({
      ...{ participantId: participantId.parse(letter.repeat(22)), kind: 'family', name: letter, state },
      endsAt: '2026-01-01T10:00:00.000Z',
    });
    const guests = [guest('a', 'invited'), guest('b', 'withdrawn'), guest('c', 'withdrawn')];
    const inside = { people: [{ participantId: participantId.parse('b'.repeat(22)) }], waiting: [] };
    expect(listed(guests, whereaboutsIn(inside as never)).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(listed(guests, whereaboutsIn(null)).map(({ name }) => name)).toEqual(['a']);
  });
});
