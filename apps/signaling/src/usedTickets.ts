/** The tickets that have opened a connection: each opens one. Remembered until they would have expired anyway. */
export class UsedTickets {
  readonly #expiry = new Map<string, number>();

  /**
   * @param id the ticket's `jti`
   * @param until Unix ms after which no clock in the clinic accepts the ticket any more
   * @returns false if it was used before
   */
  use(id: string, until: number): boolean {
    if (this.#expiry.has(id)) return false;
    this.#expiry.set(id, until);
    return true;
  }

  forget(now: number): void {
    for (const [id, until] of this.#expiry) if (until <= now) this.#expiry.delete(id);
  }

  get size(): number {
    return this.#expiry.size;
  }
}
