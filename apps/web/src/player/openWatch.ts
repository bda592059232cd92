import { type Clocks, IdleClock } from '../idle/idleClock.ts';

/** So long nothing goes on, or nobody looks at the page, before what a patient has open is closed. */
const patientMs = 15 * 60_000;

/** What goes on in a dialog or a player by itself: something is played, or a file is being made or saved. */
export type GoesOn = 'playing' | 'working' | null;

interface OpenWatchOptions {
  /** The lock's time of the session of staff; null on pages of patients, which have none. */
  readonly lockMs: number | null;
  readonly clocks: Clocks;
}

/** Tells whether somebody is still there while a recording is open, in a page that nobody has to touch to watch it. */
export class OpenWatch {
  readonly #isOfStaff: boolean;
  readonly #clock: IdleClock;

  constructor({ lockMs, clocks }: OpenWatchOptions) {
    this.#isOfStaff = lockMs !== null;
    this.#clock = new IdleClock({ afterMs: lockMs ?? patientMs, warnMs: 0, clocks });
  }

  /** A person did something in the page. */
  touch(): void {
    if (this.#isOfStaff) this.#clock.set(0);
    else this.#clock.touch();
  }

  /**
   * What is to be done now. `tell`: the session of staff hears that somebody watches, for one lock's time at most since they last
   * did something; what only works says nothing of anybody. A patient's hears it for as long as something goes on before their eyes.
   * `close`: a patient isn't there.
   */
  look(goesOn: GoesOn, isVisible: boolean): 'tell' | 'close' | null {
    if (this.#isOfStaff) return goesOn === 'playing' && isVisible && this.#clock.look().tag !== 'idle' ? 'tell' : null;
    if (goesOn !== null && isVisible) this.#clock.touch();
    if (this.#clock.look().tag === 'idle') return 'close';
    return goesOn !== null && isVisible ? 'tell' : null;
  }
}
