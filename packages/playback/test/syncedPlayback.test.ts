import { beforeEach, describe, expect, it } from 'vitest';
import { type MediaPlayer, SyncedPlayback } from '../src/syncedPlayback.ts';

let now = 0;

/** A player as a browser's behaves: it needs time to start and to seek, and its clock may be off. */
class MadePlayer implements MediaPlayer {
  playbackRate = 1;
  volume = 1;
  paused = true;
  seeking = false;
  readyState = 4;
  seeks = 0;
  readonly #startMs: number;
  readonly #drift: number;
  #place = 0;
  #since = 0;

  constructor(startMs = 0, drift = 1) {
    this.#startMs = startMs;
    this.#drift = drift;
  }

  get currentTime(): number {
    return this.#place;
  }

  set currentTime(place: number) {
    this.#place = place;
    this.seeks += 1;
  }

  async play(): Promise<void> {
    if (this.paused) this.#since = now + this.#startMs;
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  step(): void {
    if (this.paused || this.readyState < 3) {
      this.#since = Math.max(this.#since, now);
      return;
    }
    if (now <= this.#since) return;
    this.#place += ((now - this.#since) / 1000) * this.playbackRate * this.#drift;
    this.#since = now;
  }
}

const span = (player: MediaPlayer, begins = 0, ends = 60) => ({ player, begins, ends, joints: [] as number[] });

function run(playback: SyncedPlayback, players: readonly MadePlayer[], ms: number): void {
  for (let passed = 0; passed < ms; passed += 10) {
    now += 10;
    for (const player of players) player.step();
    if (now % 100 === 0) playback.tick();
  }
}

beforeEach(() => {
  now = 0;
});

describe('players of one recording', () => {
  it('come within 40 ms however late they start, and stay there however their clocks run', () => {
    const players = [new MadePlayer(30, 1.0005), new MadePlayer(180, 0.9995), new MadePlayer(90, 1)];
    const playback = new SyncedPlayback(
      players.map((player) => span(player)),
      () => now,
    );
    playback.play();
    run(playback, players, 5_000);
    for (let second = 0; second < 20; second += 1) {
      run(playback, players, 1_000);
      const places = players.map(({ currentTime }) => currentTime);
      expect(Math.max(...places) - Math.min(...places)).toBeLessThan(0.04);
    }
    expect(players.every(({ seeks }) => seeks === 0)).toBe(true);
  });

  it('start when all can, and wait when one has nothing to play', () => {
    const players = [new MadePlayer(), new MadePlayer()] as const;
    players[1].readyState = 2;
    const playback = new SyncedPlayback(
      players.map((player) => span(player)),
      () => now,
    );
    playback.play();
    run(playback, players, 500);
    expect([playback.state, players[0].paused]).toEqual(['waiting', true]);
    players[1].readyState = 4;
    run(playback, players, 1_000);
    expect([playback.state, players[0].paused]).toEqual(['playing', false]);
    const place = playback.position;
    players[0].readyState = 2;
    run(playback, players, 3_000);
    expect([playback.state, players[1].paused]).toEqual(['waiting', true]);
    expect(playback.position - place).toBeLessThan(0.2);
  });

  it('are set to the last place that was wished while they sought another', () => {
    const player = new MadePlayer();
    const playback = new SyncedPlayback([span(player)], () => now);
    playback.seek(10);
    player.seeking = true;
    playback.seek(20);
    playback.seek(30);
    run(playback, [player], 300);
    expect([player.currentTime, player.seeks]).toEqual([10, 1]);
    player.seeking = false;
    run(playback, [player], 300);
    expect([player.currentTime, player.seeks, playback.state]).toEqual([30, 2, 'paused']);
  });

  it('play only while they are in the visit', () => {
    const players = [new MadePlayer(), new MadePlayer()] as const;
    const playback = new SyncedPlayback([span(players[0]), span(players[1], 4, 8)], () => now);
    playback.play();
    run(playback, players, 2_000);
    expect([players[1].paused, players[1].currentTime]).toEqual([true, 4]);
    run(playback, players, 4_000);
    expect(players[1].paused).toBe(false);
    expect(Math.abs(players[1].currentTime - players[0].currentTime)).toBeLessThan(0.04);
    run(playback, players, 4_000);
    expect([players[1].paused, players[0].paused]).toEqual([true, false]);
  });

  it('end, and begin again', () => {
    const player = new MadePlayer();
    const playback = new SyncedPlayback([span(player, 0, 3)], () => now);
    playback.play();
    run(playback, [player], 4_000);
    expect([playback.state, playback.position, player.paused]).toEqual(['ended', 3, true]);
    playback.play();
    run(playback, [player], 1_000);
    expect(playback.state).toBe('playing');
    expect(playback.position).toBeLessThan(1.2);
  });

  it('go where they are sought, at the speed that was chosen', () => {
    const players = [new MadePlayer(), new MadePlayer()] as const;
    const playback = new SyncedPlayback(
      players.map((player) => span(player)),
      () => now,
    );
    playback.setSpeed(2);
    playback.seek(20);
    expect(players.map(({ currentTime }) => currentTime)).toEqual([20, 20]);
    expect(playback.state).toBe('paused');
    playback.play();
    run(playback, players, 3_000);
    expect(Math.abs(playback.position - 26)).toBeLessThan(0.3);
    playback.seek(-5);
    expect(playback.position).toBe(0);
    playback.seek(900);
    expect(playback.position).toBe(60);
  });

  it('are set anew where another recorder went on', () => {
    const player = new MadePlayer();
    const playback = new SyncedPlayback([{ ...span(player), joints: [2] }], () => now);
    playback.play();
    run(playback, [player], 1_500);
    expect(player.seeks).toBe(0);
    run(playback, [player], 1_500);
    expect(player.seeks).toBe(1);
    run(playback, [player], 3_000);
    expect(player.seeks).toBe(1);
  });
});
