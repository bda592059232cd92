import type { StaffId, VisitId } from '@sotto/protocol/ids';
import type { NoteDesk } from './noteDesk.ts';

/** The desks of a page, also those that nothing shows because it was locked: sealed, and for nobody but who wrote at them. */
export class DeskShelf {
  /** With what stops hearing of them. */
  readonly #desks = new Map<NoteDesk, () => void>();
  readonly #shown = new Set<NoteDesk>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Whether there is an unsaved note for which nothing on the page asks before it is lost. */
  readonly hasUnshownDraft = (): boolean =>
    [...this.#desks.keys()].some((desk) => desk.hasDraft && !this.#shown.has(desk));

  find(visit: VisitId, writer: StaffId): NoteDesk | undefined {
    return [...this.#desks.keys()].find((desk) => desk.visit === visit && desk.writer === writer);
  }

  /** Something on the page shows it. */
  show(desk: NoteDesk): void {
    if (!this.#desks.has(desk)) this.#desks.set(desk, desk.subscribe(this.#tell));
    this.#shown.add(desk);
    this.#tell();
  }

  /** Nothing shows it any more. @param isLocked whether the lock took it: then it is kept */
  hide(desk: NoteDesk, isLocked: boolean): void {
    this.#shown.delete(desk);
    if (!isLocked) this.#drop(desk);
    this.#tell();
  }

  /** The page is locked or unlocked. Desks of anybody else than whose session it is are dropped. */
  setLocked(isLocked: boolean, staff: StaffId): void {
    for (const desk of this.#desks.keys()) {
      if (desk.writer !== staff) this.#drop(desk);
      else void (isLocked ? desk.cover() : desk.uncover());
    }
    this.#tell();
  }

  #drop(desk: NoteDesk): void {
    this.#desks.get(desk)?.();
    this.#desks.delete(desk);
  }

  readonly #tell = (): void => {
    for (const listener of this.#listeners) listener();
  };
}
