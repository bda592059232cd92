import type { CallCryptoStats } from '@sotto/e2ee';
import { participantId, producerId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { createOpenings } from './openings.ts';

const producer = producerId.parse('6f6d8f6e-5f0a-4d4c-9d51-0a8a3d6d3a11');
const stats = (opened: number): CallCryptoStats => ({
  suite: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  epoch: 1,
  epochAgeMs: 0,
  senders: [],
  receivers: [{ producerId: producer, kind: 'video', opened, passedEmpty: 0, dropped: {}, mediaTime: null }],
});
const trouble = {
  producerId: producer,
  participantId: participantId.parse('a'.repeat(22)),
  reason: 'notAuthentic',
  count: 30,
} as const;

const always = () => true;

describe('openings', () => {
  it('say that something opened after the first frame, once', () => {
    const openings = createOpenings();
    expect(openings.take(stats(0), always, 0)).toBe(false);
    expect(openings.hasOpened(producer)).toBe(false);
    expect(openings.take(stats(1), always, 100)).toBe(true);
    expect(openings.hasOpened(producer)).toBe(true);
    expect(openings.take(stats(30), always, 200)).toBe(false);
  });

  it('are stuck when frames keep being dropped and none opens', () => {
    const openings = createOpenings();
    openings.take(stats(5), always, 0);
    for (const now of [1_000, 2_000, 3_000]) openings.trouble(trouble, now);
    expect(openings.take(stats(5), always, 3_000)).toBe(true);
    expect(openings.isStuck(producer)).toBe(true);
  });

  it('are not stuck while good frames open between injected ones', () => {
    const openings = createOpenings();
    for (let now = 0; now < 10_000; now += 1_000) {
      openings.trouble(trouble, now);
      openings.take(stats(now), always, now);
      expect(openings.isStuck(producer)).toBe(false);
    }
  });

  it('recover with the next frame that opens, and when bad frames stop coming', () => {
    const opened = createOpenings();
    const quiet = createOpenings();
    for (const openings of [opened, quiet]) {
      openings.trouble(trouble, 0);
      openings.trouble(trouble, 2_500);
      openings.take(stats(0), always, 2_500);
      expect(openings.isStuck(producer)).toBe(true);
    }
    expect(opened.take(stats(1), always, 3_000)).toBe(true);
    expect(opened.isStuck(producer)).toBe(false);
    expect(quiet.take(stats(0), always, 6_000)).toBe(true);
    expect(quiet.isStuck(producer)).toBe(false);
  });

  it('count from zero for a new receive path', () => {
    const openings = createOpenings();
    openings.take(stats(5), always, 0);
    openings.forget(producer);
    expect(openings.hasOpened(producer)).toBe(false);
  });

  /** Asks every second, as the call does, with nothing new. */
  const nothingMore = (openings: ReturnType<typeof createOpenings>, from: number, to: number, isDue = always) => {
    const changes: number[] = [];
    for (let now = from; now <= to; now += 1_000) if (openings.take(stats(5), isDue, now)) changes.push(now);
    return changes;
  };

  it('are stalled when frames came, ought to come and don’t, until one does', () => {
    const openings = createOpenings();
    openings.take(stats(5), always, 0);
    expect(nothingMore(openings, 1_000, 9_000)).toEqual([6_000]);
    expect(openings.isStalled(producer)).toBe(true);
    expect(openings.isStuck(producer)).toBe(false);
    expect(openings.take(stats(6), always, 10_000)).toBe(true);
    expect(openings.isStalled(producer)).toBe(false);
  });

  it('are not stalled while nothing ought to come, nor for a while after that', () => {
    const openings = createOpenings();
    openings.take(stats(5), always, 0);
    expect(nothingMore(openings, 1_000, 60_000, () => false)).toEqual([]);
    expect(nothingMore(openings, 61_000, 70_000)).toEqual([66_000]);
  });

  it('are not stalled because this device was asleep', () => {
    const openings = createOpenings();
    openings.take(stats(5), always, 0);
    expect(nothingMore(openings, 600_000, 605_000)).toEqual([]);
  });

  it('are not stalled by a microphone in silence', () => {
    const openings = createOpenings();
    const silence = (passedEmpty: number): CallCryptoStats => ({
      ...stats(5),
      receivers: [{ producerId: producer, kind: 'audio', opened: 5, passedEmpty, dropped: {}, mediaTime: null }],
    });
    for (let now = 0; now <= 30_000; now += 1_000) openings.take(silence(now), always, now);
    expect(openings.isStalled(producer)).toBe(false);
  });

  it('call frames that come and don’t open stuck, not stalled', () => {
    const openings = createOpenings();
    openings.take(stats(5), always, 0);
    for (let now = 1_000; now <= 10_000; now += 1_000) {
      openings.trouble(trouble, now);
      openings.take(stats(5), always, now);
    }
    expect(openings.isStuck(producer)).toBe(true);
    expect(openings.isStalled(producer)).toBe(false);
  });

  it('change their answer at most once a second, whatever comes', () => {
    const openings = createOpenings();
    openings.take(stats(1), always, 0);
    let opened = 1;
    const changes: number[] = [];
    for (let now = 100; now <= 60_000; now += 100) {
      // A flood that lets a good frame through just when it would be found out.
      openings.trouble(trouble, now);
      if (now % 2_300 === 0) opened += 1;
      if (openings.take(stats(opened), always, now)) changes.push(now);
    }
    expect(changes.length).toBeGreaterThan(10);
    expect(changes.length).toBeLessThanOrEqual(60);
  });
});
