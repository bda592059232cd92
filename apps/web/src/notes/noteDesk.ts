import type { StaffId, VisitId } from '@sotto/protocol/ids';
import type { ClinicianPayload } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import type { Registered } from '../keystore/registered.ts';
import { HeldDraft } from './heldDraft.ts';
import type { SealedNote, SignedNote, sealNote, signNote, storeNote } from './sealedNote.ts';

/** How far a note is. */
export type NoteSaving =
  | { readonly tag: 'idle' }
  | { readonly tag: 'working'; readonly step: 'sealing' | 'passkey' | 'storing' }
  /** `isSigned`: it only has to be stored, and its text doesn't change any more. */
  | { readonly tag: 'failed'; readonly error: unknown; readonly isSigned: boolean };

export interface NoteDeskSnapshot {
  readonly text: string;
  /** The text is kept out of sight, and will be back. */
  readonly isCovered: boolean;
  readonly saving: NoteSaving;
  /** Of this visit to this page, the newest last. */
  readonly stored: readonly Registered[];
}

/** What is done with a note, one after the other. It is fetched when the first note is saved. */
export interface NoteSteps {
  readonly sealNote: typeof sealNote;
  readonly signNote: typeof signNote;
  readonly storeNote: typeof storeNote;
}

/** Longest note, in characters: in UTF-8 it stays under what the clinic stores of one. */
export const maxNoteLength = 100_000;

/** Where a visit's note is written and kept until it is stored: in this page's memory and nowhere else. */
export class NoteDesk {
  readonly visit: VisitId;
  readonly writer: StaffId;
  readonly #load: () => Promise<NoteSteps>;
  readonly #listeners = new Set<() => void>();
  #snapshot: NoteDeskSnapshot = { text: '', isCovered: false, saving: { tag: 'idle' }, stored: [] };
  /** Of the text beside it: what was done is not done again. */
  #sealed: { readonly text: string; readonly note: SealedNote } | null = null;
  #signed: SignedNote | null = null;
  /** Whether the page is locked. */
  #isLocked = false;
  #held: HeldDraft | null = null;

  constructor(visit: VisitId, writer: StaffId, load: () => Promise<NoteSteps>) {
    this.visit = visit;
    this.writer = writer;
    this.#load = load;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): NoteDeskSnapshot => this.#snapshot;

  /** Whether something is written that isn't stored. */
  get hasDraft(): boolean {
    const { text, isCovered } = this.#snapshot;
    return isCovered || text.trim() !== '';
  }

  /** The page is locked: what is written is put away encrypted; what is on its way to the clinic as soon as that is through. */
  async cover(): Promise<void> {
    this.#isLocked = true;
    const { text, isCovered, saving } = this.#snapshot;
    if (isCovered || saving.tag === 'working' || text === '') return;
    const held = await HeldDraft.of(text);
    // Unlocked meanwhile.
    if (!this.#isLockedNow() || this.#held !== null) return;
    this.#held = held;
    this.#sealed = null;
    this.#show({ text: '', isCovered: true });
  }

  /** The page is unlocked, by who wrote it. */
  async uncover(): Promise<void> {
    this.#isLocked = false;
    if (this.#held === null) return;
    const text = await this.#held.open();
    if (this.#isLockedNow()) return;
    this.#held = null;
    this.#show({ text, isCovered: false });
  }

  /** What it is after a wait. */
  #isLockedNow(): boolean {
    return this.#isLocked;
  }

  /** Takes what is typed; nothing while the note is put away, on its way or signed. */
  readonly write = (text: string): void => {
    const { saving, isCovered } = this.#snapshot;
    const isFixed = isCovered || saving.tag === 'working' || (saving.tag === 'failed' && saving.isSigned);
    if (!isFixed) this.#show({ text });
  };

  /** Gives up the signed note, so that its text can be changed: what comes of it is another note. */
  readonly change = (): void => {
    if (this.#snapshot.saving.tag === 'working') return;
    this.#sealed = null;
    this.#signed = null;
    this.#show({ saving: { tag: 'idle' } });
  };

  /** Seals, asks the passkey, stores. After an error it goes on from where it was. */
  async save(passkey: Pick<ClinicianPayload, 'credential' | 'publicKey'>, pins: Pins): Promise<void> {
    const { text, saving } = this.#snapshot;
    if (saving.tag === 'working' || text.trim() === '') return;
    try {
      this.#show({ saving: { tag: 'working', step: 'sealing' } });
      const steps = await this.#load();
      if (this.#signed === null) {
        if (this.#sealed?.text !== text) this.#sealed = { text, note: await steps.sealNote(text, this.visit, pins) };
        this.#show({ saving: { tag: 'working', step: 'passkey' } });
        this.#signed = await steps.signNote(this.#sealed.note, passkey, pins);
      }
      this.#show({ saving: { tag: 'working', step: 'storing' } });
      const stored = await steps.storeNote(this.#signed, this.writer, pins);
      this.#sealed = null;
      this.#signed = null;
      this.#show({ text: '', saving: { tag: 'idle' }, stored: [...this.#snapshot.stored, stored] });
    } catch (error) {
      this.#show({ saving: { tag: 'failed', error, isSigned: this.#signed !== null } });
    }
    if (this.#isLocked) await this.cover();
  }

  #show(change: Partial<NoteDeskSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
