/** 32-bit words of a slot: an id's four, and its place counted from 1; a slot with place 0 is free. */
const slotWords = 5;
const firstCapacity = 1024;

/**
 * Where each id was first seen. Ids are 128 random bits, so they are their own hash; as texts in a `Map`, a million of
 * them would take several times the room and the time.
 */
export class IdIndex {
  #slots = new Uint32Array(firstCapacity * slotWords);
  /** A power of two. */
  #capacity = firstCapacity;
  #count = 0;

  /**
   * @param id 16 bytes
   * @param place below 2^32 - 1
   * @returns the place that the id has already, or undefined, and then it has this one
   */
  add(id: Uint8Array, place: number): number | undefined {
    const a = word(id, 0);
    const b = word(id, 4);
    const c = word(id, 8);
    const d = word(id, 12);
    const slot = this.#find(a, b, c, d);
    const known = this.#slots[slot + 4] ?? 0;
    if (known > 0) return known - 1;
    this.#put(slot, a, b, c, d, place + 1);
    this.#count += 1;
    if (this.#count * 2 > this.#capacity) this.#grow();
    return undefined;
  }

  /** The slot that has the id, or the one where it belongs. */
  #find(a: number, b: number, c: number, d: number): number {
    const slots = this.#slots;
    for (let at = a & (this.#capacity - 1); ; at = (at + 1) & (this.#capacity - 1)) {
      const slot = at * slotWords;
      if (slots[slot + 4] === 0) return slot;
      if (slots[slot] === a && slots[slot + 1] === b && slots[slot + 2] === c && slots[slot + 3] === d) return slot;
    }
  }

  #put(slot: number, a: number, b: number, c: number, d: number, place: number): void {
    const slots = this.#slots;
    slots[slot] = a;
    slots[slot + 1] = b;
    slots[slot + 2] = c;
    slots[slot + 3] = d;
    slots[slot + 4] = place;
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * slotWords);
    for (let slot = 0; slot < old.length; slot += slotWords) {
      const place = old[slot + 4] ?? 0;
      if (place === 0) continue;
      const a = old[slot] ?? 0;
      const b = old[slot + 1] ?? 0;
      const c = old[slot + 2] ?? 0;
      const d = old[slot + 3] ?? 0;
      this.#put(this.#find(a, b, c, d), a, b, c, d, place);
    }
  }
}

const word = (id: Uint8Array, at: number): number =>
  (((id[at] ?? 0) << 24) | ((id[at + 1] ?? 0) << 16) | ((id[at + 2] ?? 0) << 8) | (id[at + 3] ?? 0)) >>> 0;
