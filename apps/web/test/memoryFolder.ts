/** Octets that are left on the device; writing beyond them fails as a browser's does. */
export interface Room {
  left: number;
}

const missing = () => new DOMException('not there', 'NotFoundError');

class MemoryFile {
  readonly kind = 'file';
  octets = new Uint8Array();
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  getFile = () => Promise.resolve(new File([this.octets], 'file'));

  createSyncAccessHandle() {
    const write = (octets: Uint8Array, { at }: { at: number }): number => {
      const grown = Math.max(0, at + octets.length - this.octets.length);
      if (grown > this.#room.left) throw new DOMException('no room', 'QuotaExceededError');
      this.#room.left -= grown;
      const before = this.octets;
      this.octets = new Uint8Array(before.length + grown);
      this.octets.set(before);
      this.octets.set(octets, at);
      return octets.length;
    };
    const nothing = (): void => undefined;
    return Promise.resolve({ getSize: () => this.octets.length, write, flush: nothing, close: nothing });
  }
}

/** A folder of the origin's private files, in memory: as far as recordings use it. */
export class MemoryFolder {
  readonly kind = 'directory';
  readonly #entries = new Map<string, MemoryFile | MemoryFolder>();
  readonly #room: Room;

  constructor(room: Room = { left: Number.POSITIVE_INFINITY }) {
    this.#room = room;
  }

  getDirectoryHandle(name: string, { create = false } = {}): Promise<MemoryFolder> {
    const found = this.#entries.get(name) ?? (create ? new MemoryFolder(this.#room) : null);
    if (!(found instanceof MemoryFolder)) return Promise.reject(missing());
    this.#entries.set(name, found);
    return Promise.resolve(found);
  }

  getFileHandle(name: string, { create = false } = {}): Promise<MemoryFile> {
    const found = this.#entries.get(name) ?? (create ? new MemoryFile(this.#room) : null);
    if (!(found instanceof MemoryFile)) return Promise.reject(missing());
    this.#entries.set(name, found);
    return Promise.resolve(found);
  }

  removeEntry(name: string): Promise<void> {
    const found = this.#entries.get(name);
    if (found === undefined) return Promise.reject(missing());
    this.#room.left += sizeOf(found);
    this.#entries.delete(name);
    return Promise.resolve();
  }

  async *keys(): AsyncGenerator<string> {
    for (const name of await Promise.resolve([...this.#entries.keys()])) yield name;
  }

  /** The file at the end of a path, to be read or spoilt. */
  async at(path: string): Promise<MemoryFile> {
    const [first = '', ...rest] = path.split('/');
    if (rest.length === 0) return this.getFileHandle(first);
    return (await this.getDirectoryHandle(first)).at(rest.join('/'));
  }

  get size(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + sizeOf(entry), 0);
  }
}

const sizeOf = (entry: MemoryFile | MemoryFolder): number =>
  entry instanceof MemoryFolder ? entry.size : entry.octets.length;

/** What `navigator.storage` is asked for. */
export const storageOf = (root: MemoryFolder) => ({ getDirectory: () => Promise.resolve(root) });
