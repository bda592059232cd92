import { median, steer } from './steering.ts';

/** What is used of a `<video>`. Times in seconds. */
export interface MediaPlayer {
  currentTime: number;
  playbackRate: number;
  /** 0 to 1. */
  volume: number;
  readonly paused: boolean;
  readonly seeking: boolean;
  /** `HTMLMediaElement.readyState` */
  readonly readyState: number;
  play(): Promise<void>;
  pause(): void;
}

/** One participant's player, and when their recording begins and ends on the common timeline. Seconds. */
export interface PlayedTrack {
  readonly player: MediaPlayer;
  readonly begins: number;
  readonly ends: number;
  /** Where its player has to be set anew: its sound pauses there in a way that players don't keep time over. */
  readonly joints: readonly number[];
}

/** `waiting`: it should play, and somebody's picture or sound isn't there yet. `refused`: the browser wants a press first. */
export type PlaybackState = 'paused' | 'waiting' | 'playing' | 'ended' | 'refused';

/** `readyState` from which on a player can go on from where it is. */
const haveFutureData = 3;
/** How near players are set before all are started. Seconds. */
const startWithin = 0.02;
/** Before it begins, a player waits at its beginning. */
const behindEnd = 0.05;

/**
 * Plays some recordings on one timeline. The timeline is a clock; each player is led along it by small changes of speed,
 * and all wait for whoever has nothing to play.
 */
export class SyncedPlayback {
  readonly duration: number;
  readonly #tracks: readonly PlayedTrack[];
  readonly #now: () => number;
  #state: PlaybackState = 'paused';
  #speed = 1;
  /** The timeline's place at `#since`, in seconds; it runs from there while `#state` is `playing`. */
  #place = 0;
  #since = 0;
  #seenAt = 0;
  /** Somebody still sought another place when they should have been set. */
  #isUnset = false;

  /** @param now milliseconds of a clock that never goes back */
  constructor(tracks: readonly PlayedTrack[], now: () => number) {
    this.#tracks = tracks;
    this.#now = now;
    this.duration = Math.max(0, ...tracks.map(({ ends }) => ends));
  }

  get state(): PlaybackState {
    return this.#state;
  }

  get speed(): number {
    return this.#speed;
  }

  /** Seconds from the beginning. */
  get position(): number {
    const run = this.#state === 'playing' ? ((this.#now() - this.#since) / 1000) * this.#speed : 0;
    return Math.min(this.#place + run, this.duration);
  }

  play(): void {
    if (this.#state === 'playing' || this.#state === 'waiting') return;
    if (this.#state === 'ended') this.#setPlace(0);
    this.#state = 'waiting';
    this.tick();
  }

  pause(): void {
    if (this.#state === 'ended') return;
    this.#hold('paused');
  }

  /** @param place seconds */
  seek(place: number): void {
    const wasOn = this.#state === 'playing' || this.#state === 'waiting';
    this.#hold(wasOn ? 'waiting' : 'paused');
    this.#setPlace(Math.max(0, Math.min(place, this.duration)));
    this.#align();
    if (wasOn) this.tick();
  }

  /** @param speed 0.5 to 4 */
  setSpeed(speed: number): void {
    this.#setPlace(this.position);
    this.#speed = speed;
    for (const { player } of this.#tracks) player.playbackRate = speed;
  }

  /** @param volume 0 to 1 */
  setVolume(volume: number): void {
    for (const { player } of this.#tracks) player.volume = volume;
  }

  /** To be called every 100 ms or so. */
  tick(): void {
    if (this.#state === 'playing' && this.position >= this.duration) {
      this.#setPlace(this.duration);
      this.#hold('ended');
    }
    if (this.#state === 'paused' && this.#isUnset) this.#align();
    if (this.#state === 'waiting') this.#start();
    else if (this.#state === 'playing') this.#lead();
  }

  #setPlace(place: number): void {
    this.#place = place;
    this.#since = this.#now();
    this.#seenAt = place;
  }

  #hold(state: PlaybackState): void {
    this.#setPlace(this.position);
    this.#state = state;
    for (const { player } of this.#tracks) if (!player.paused) player.pause();
  }

  #active(): readonly PlayedTrack[] {
    const place = this.position;
    return this.#tracks.filter(({ begins, ends }) => place >= begins && place < ends - behindEnd);
  }

  /** Sets each player to the timeline's place; whoever isn't there then, to their beginning or end. One that seeks is let finish. */
  #align(): void {
    const place = this.position;
    this.#isUnset = false;
    for (const { player, begins, ends } of this.#tracks) {
      const target = Math.max(begins, Math.min(place, ends));
      if (Math.abs(player.currentTime - target) <= startWithin) continue;
      if (player.seeking) this.#isUnset = true;
      else player.currentTime = target;
    }
  }

  #start(): void {
    this.#align();
    const active = this.#active();
    if (!active.every(({ player }) => !player.seeking && player.readyState >= haveFutureData)) return;
    this.#setPlace(this.position);
    this.#state = 'playing';
    for (const { player } of active) this.#begin(player);
  }

  #begin(player: MediaPlayer): void {
    player.playbackRate = this.#speed;
    player.play().catch((error: unknown) => {
      // An interruption by `pause` is no refusal.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#hold('refused');
    });
  }

  #lead(): void {
    const active = this.#active();
    if (active.some(({ player }) => player.seeking || player.readyState < haveFutureData)) {
      this.#hold('waiting');
      return;
    }
    for (const { player } of this.#tracks) {
      if (!player.paused && !active.some((track) => track.player === player)) player.pause();
    }
    // Where all are late or early alike, the timeline follows them: one player alone is never hurried.
    const running = active.filter(({ player }) => !player.paused);
    this.#setPlaceKeepingSeen(this.position + median(running.map(({ player }) => player.currentTime - this.position)));
    const place = this.position;
    const [from, to] = [this.#seenAt, place];
    this.#seenAt = Math.max(from, to);
    for (const { player, joints } of active) {
      const steering = steer(player.currentTime - place, this.#speed);
      if (steering.tag === 'seek' || joints.some((joint) => from < joint && joint <= to)) player.currentTime = place;
      else player.playbackRate = steering.speed;
      if (player.paused) this.#begin(player);
    }
  }

  #setPlaceKeepingSeen(place: number): void {
    const seen = this.#seenAt;
    this.#setPlace(place);
    this.#seenAt = seen;
  }
}
