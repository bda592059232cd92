/** 32-bit words of an id. */
const idWords = 4;
/** 32-bit words of a slot: one of an id's, and how many ids came up to it; a slot with 0 of them is free. */
const slotWords = 2;
const leastCapacity = 1024;

/**
 * Where each id was first seen. Ids are 128 random bits, so they are their own hash; as texts in a `Map`, a million of
 * them would take several times the room and the time. A slot has but a word of its id, so that few of the slots that
 * are looked at aren't near at hand.
 */
export class IdIndex {
  #slots: Uint32Array;
  /** A power of two. */
  #capacity = leastCapacity;
  /** Every id in turn, with its place. */
  #ids: Uint32Array;
  #places: Float64Array;
  #count = 0;

  /** @param expected how many ids there is room for until it has to be made */
  constructor(expected: number) {
    while (this.#capacity < 2 * expected) this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * slotWords);
    this.#ids = new Uint32Array((this.#capacity / 2) * idWords);
    this.#places = new Float64Array(this.#capacity / 2);
  }

  /**
   * @param ids four words each
   * @param row which of them
   * @returns the place that the id has already, or undefined, and then it has this one
   */
  add(ids: Uint32Array, row: number, place: number): number | undefined {
    const from = row * idWords;
    const slots = this.#slots;
    const tag = ids[from + 1] ?? 0;
    const mask = this.#capacity - 1;
    for (let at = (ids[from] ?? 0) & mask; ; at = (at + 1) & mask) {
      const turn = slots[at * slotWords + 1] ?? 0;
      if (turn === 0) {
        this.#put(at, ids, from, place);
        return undefined;
      }
      if (slots[at * slotWords] === tag && this.#isSame(turn - 1, ids, from)) return this.#places[turn - 1];
    }
  }

  #isSame(turn: number, ids: Uint32Array, from: number): boolean {
    for (let i = 0; i < idWords; i += 1) if (this.#ids[turn * idWords + i] !== ids[from + i]) return false;
    return true;
  }

  #put(at: number, ids: Uint32Array, from: number, place: number): void {
    const to = this.#count * idWords;
    for (let i = 0; i < idWords; i += 1) this.#ids[to + i] = ids[from + i] ?? 0;
    this.#places[this.#count] = place;
    this.#count += 1;
    this.#slots[at * slotWords] = ids[from + 1] ?? 0;
    this.#slots[at * slotWords + 1] = this.#count;
    if (this.#count * 2 === this.#capacity) this.#grow();
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * slotWords);
    const [ids, places] = [this.#ids, this.#places];
    this.#ids = new Uint32Array((this.#capacity / 2) * idWords);
    this.#ids.set(ids);
    this.#places = new Float64Array(this.#capacity / 2);
    this.#places.set(places);
    const mask = this.#capacity - 1;
    for (let turn = 0; turn < this.#count; turn += 1) {
      let at = (this.#ids[turn * idWords] ?? 0) & mask;
      while (this.#slots[at * slotWords + 1] !== 0) at = (at + 1) & mask;
      this.#slots[at * slotWords] = this.#ids[turn * idWords + 1] ?? 0;
      this.#slots[at * slotWords + 1] = turn + 1;
    }
  }
}
