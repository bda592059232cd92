/** 32-bit words of an id. */
const idWords = 4;
/** 32-bit words of a slot: one of an id's, and how many ids came up to it; a slot with 0 of them is free. */
const slotWords = 2;
const leastCapacity = 1024;
const idBytes = 16;
const hashSteps = idWords + 4;

/**
 * Where each id was first seen. As texts in a `Map`, a million of them would take several times the room and the time.
 * Slots are found by a keyed hash: ids should be random, but whoever writes a log to be verified chooses them, and could
 * make all of them meet in one place. A slot has but a word of its id, so that few of the slots that are looked at
 * aren't near at hand.
 */
export class IdIndex {
  #slots: Uint32Array;
  /** A power of two. */
  #capacity = leastCapacity;
  /** Every id in turn, with its place. */
  #ids: Uint32Array;
  #places: Float64Array;
  #count = 0;
  readonly #key: readonly [number, number];

  /**
   * @param expected how many ids there is room for until it has to be made
   * @param key two random words that nobody else knows
   */
  constructor(expected: number, [first = 0, second = 0]: Uint32Array) {
    this.#key = [first, second];
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
    for (let at = this.#hash(ids, from) & mask; ; at = (at + 1) & mask) {
      const turn = slots[at * slotWords + 1] ?? 0;
      if (turn === 0) {
        this.#put(at, ids, from, place);
        return undefined;
      }
      if (slots[at * slotWords] === tag && this.#isSame(turn - 1, ids, from)) return this.#places[turn - 1];
    }
  }

  /** HalfSipHash-1-3 of an id, 32 bits. */
  #hash(ids: Uint32Array, from: number): number {
    const [k0, k1] = this.#key;
    let v0 = k0;
    let v1 = k1;
    let v2 = 0x6c796765 ^ k0;
    let v3 = 0x74656462 ^ k1;
    for (let step = 0; step < hashSteps; step += 1) {
      // Four words, then their length in bytes in the highest byte, then three rounds more.
      const word = step < idWords ? (ids[from + step] ?? 0) : step === idWords ? idBytes << 24 : 0;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
      if (step === idWords) v2 ^= 0xff;
    }
    return (v1 ^ v3) >>> 0;
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
      let at = this.#hash(this.#ids, turn * idWords) & mask;
      while (this.#slots[at * slotWords + 1] !== 0) at = (at + 1) & mask;
      this.#slots[at * slotWords] = this.#ids[turn * idWords + 1] ?? 0;
      this.#slots[at * slotWords + 1] = turn + 1;
    }
  }
}
