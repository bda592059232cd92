import type { IdleLock } from '@sotto/protocol/clinic';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LockWord, SessionWatch } from './sessionWatch.ts';

const afterSeconds = 900;

/** The clinic's row of a session, and the pages of one browser. */
class Clinic {
  idleSince = Date.now();
  isLocked = false;
  reports: number[] = [];
  isReachable = true;
  readonly pages: { watch: SessionWatch; hears: boolean }[] = [];

  get standing(): IdleLock {
    const idleSeconds = Math.floor((Date.now() - this.idleSince) / 1000);
    if (idleSeconds >= afterSeconds) this.isLocked = true;
    return { afterSeconds, idleSeconds, isLocked: this.isLocked, unlocksBy: 'passkey' };
  }

  async report(idleSeconds: number): Promise<IdleLock> {
    if (!this.isReachable) throw new Error('unreachable');
    this.reports.push(idleSeconds);
    if (this.standing.isLocked) return this.standing;
    if (idleSeconds < afterSeconds) this.idleSince = Math.max(this.idleSince, Date.now() - idleSeconds * 1000);
    else if (Date.now() - this.idleSince >= (afterSeconds - 60) * 1000) this.isLocked = true;
    return this.standing;
  }

  unlock(): void {
    this.isLocked = false;
    this.idleSince = Date.now();
  }

  page(): SessionWatch {
    const page = {
      hears: true,
      watch: new SessionWatch(
        {
          clocks: { wall: () => Date.now(), steady: () => performance.now() },
          report: (idleSeconds) => this.report(idleSeconds),
          tell: (word) => this.tell(page.watch, word),
          onChanged: () => page.watch.heard(this.standing),
        },
        this.standing,
      ),
    };
    this.pages.push(page);
    setInterval(() => page.watch.look(), 1_000);
    return page.watch;
  }

  tell(from: SessionWatch, word: LockWord): void {
    for (const { watch, hears } of this.pages) if (watch !== from && hears) watch.told(word);
  }
}

let clinic: Clinic;
beforeEach(() => {
  vi.useFakeTimers();
  clinic = new Clinic();
});
afterEach(() => vi.useRealTimers());

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

describe('one page', () => {
  it('warns, counts down and locks, and has the clinic lock', async () => {
    const page = clinic.page();
    await pass(839);
    expect(page.getSnapshot()).toEqual({ tag: 'open' });
    await pass(1);
    expect(page.getSnapshot()).toEqual({ tag: 'warning', left: 60 });
    await pass(59);
    expect(page.getSnapshot()).toEqual({ tag: 'warning', left: 1 });
    await pass(1);
    expect(page.getSnapshot()).toEqual({ tag: 'locked' });
    expect([clinic.isLocked, clinic.reports]).toEqual([true, [900]]);
    page.touch();
    await pass(60);
    expect([page.getSnapshot().tag, clinic.reports.length]).toEqual(['locked', 1]);
  });

  it('tells of somebody at once, then once a minute at most, and of the last moment too', async () => {
    const page = clinic.page();
    for (let second = 0; second < 150; second += 1) {
      page.touch();
      await pass(1);
    }
    expect(clinic.reports.length).toBe(3);
    await pass(60);
    expect(clinic.reports.length).toBe(4);
    // As of when it was, not of when it is told.
    expect(clinic.standing.idleSeconds).toBe(61);
    await pass(600);
    expect(clinic.reports.length).toBe(4);
  });

  it('is opened again by whoever it is, and only by the clinic’s word', async () => {
    const page = clinic.page();
    await pass(900);
    page.heard(clinic.standing);
    expect(page.getSnapshot().tag).toBe('locked');
    clinic.unlock();
    page.heard(clinic.standing);
    expect(page.getSnapshot()).toEqual({ tag: 'open' });
    await pass(830);
    expect(page.getSnapshot()).toEqual({ tag: 'open' });
  });

  it('isn’t opened by an answer that was on its way when it locked', async () => {
    const page = clinic.page();
    const before = { ...clinic.standing, idleSeconds: 899 };
    await pass(900);
    page.heard(before);
    expect(page.getSnapshot().tag).toBe('locked');
  });

  it('locks at once after a sleep, before the press that woke the device', async () => {
    const page = clinic.page();
    vi.setSystemTime(Date.now() + 3_600_000);
    page.touch();
    expect(page.getSnapshot().tag).toBe('locked');
    await pass(1);
    expect(clinic.isLocked).toBe(true);
  });

  it('locks without the clinic, and when the clinic says so', async () => {
    clinic.isReachable = false;
    const page = clinic.page();
    page.touch();
    await pass(901);
    expect(page.getSnapshot().tag).toBe('locked');
    clinic.isReachable = true;
    const second = new Clinic().page();
    expect(second.getSnapshot().tag).toBe('open');
    second.heard({ ...clinic.standing, isLocked: true });
    expect(second.getSnapshot().tag).toBe('locked');
  });

  it('goes by what the clinic knows when it comes up: loading a page is nothing that somebody does', async () => {
    await pass(800);
    const page = clinic.page();
    await pass(100);
    expect(page.getSnapshot().tag).toBe('locked');
  });
});

describe('two pages', () => {
  it('lock and unlock together', async () => {
    const [one, other] = [clinic.page(), clinic.page()];
    await pass(900);
    expect([one.getSnapshot().tag, other.getSnapshot().tag]).toEqual(['locked', 'locked']);
    clinic.unlock();
    one.heard(clinic.standing);
    one.unlocked();
    expect([one.getSnapshot().tag, other.getSnapshot().tag]).toEqual(['open', 'open']);
  });

  it('are both kept open by who uses one, who is told of once a minute', async () => {
    const [one, other] = [clinic.page(), clinic.page()];
    for (let minute = 0; minute < 30; minute += 1) {
      one.touch();
      await pass(1);
      other.touch();
      await pass(59);
    }
    expect([one.getSnapshot().tag, other.getSnapshot().tag]).toEqual(['open', 'open']);
    expect(clinic.reports.length).toBeLessThanOrEqual(31);
    for (let minute = 0; minute < 16; minute += 1) {
      one.touch();
      await pass(60);
    }
    expect(other.getSnapshot()).toEqual({ tag: 'open' });
  });

  it('come back where the browser kept one of them from hearing that somebody uses the other', async () => {
    const [one, other] = [clinic.page(), clinic.page()];
    for (const page of clinic.pages) page.hears = false;
    for (let minute = 0; minute < 15; minute += 1) {
      one.touch();
      await pass(60);
    }
    await pass(1);
    expect(clinic.isLocked).toBe(false);
    expect([one.getSnapshot().tag, other.getSnapshot().tag]).toEqual(['open', 'open']);
  });
});
