import graphene from 'graphene-pk11';
import { Crypto, CryptoKey as TokenKey } from 'node-webcrypto-p11';
import pkcs11 from 'pkcs11js';
import type { Bytes } from '../bytes.ts';
import { MasterKeyError } from '../errors.ts';
import { pkcs11Fault } from './pkcs11Fault.ts';

export interface Pkcs11Token {
  /** Path of the module, a shared library. */
  readonly module: string;
  /** The token's label. Slots change their numbers; labels stay. */
  readonly token: string;
  readonly pin: string;
  /** How many operations may be under way at once. */
  readonly sessions: number;
}

const labelPrefix = 'sotto-master-';
const algorithm = { name: 'AES-GCM', length: 256 };
const usages: KeyUsages = ['encrypt', 'decrypt'];
type KeyUsages = ('encrypt' | 'decrypt')[];

/** One session with its own handles of the keys: a handle and an operation never cross sessions. */
export class Pkcs11Session {
  readonly #crypto: Crypto;
  readonly #keys = new Map<number, CryptoKey>();

  constructor(session: graphene.Session) {
    this.#crypto = new Crypto({ session });
  }

  /** Versions of the master key on the token, ascending. */
  findVersions(): number[] {
    const versions: number[] = [];
    this.#crypto.session.find({ class: graphene.ObjectClass.SECRET_KEY, token: true }, (found) => {
      const { label } = found.toType<graphene.Key>();
      const version = label.startsWith(labelPrefix) ? Number(label.slice(labelPrefix.length)) : Number.NaN;
      if (Number.isSafeInteger(version)) versions.push(version);
    });
    return versions.sort((a, b) => a - b);
  }

  async generate(version: number): Promise<void> {
    const named = { ...algorithm, label: `${labelPrefix}${version}`, token: true, sensitive: true };
    await this.#crypto.subtle.generateKey(named, false, usages);
  }

  async encrypt(version: number, iv: Bytes, additionalData: Bytes, data: Bytes): Promise<Bytes> {
    const key = await this.#keyOf(version);
    const parameters = { name: 'AES-GCM', iv, additionalData, tagLength: 128 };
    return new Uint8Array(await this.#crypto.subtle.encrypt(parameters, key, data));
  }

  async decrypt(version: number, iv: Bytes, additionalData: Bytes, data: Bytes): Promise<Bytes> {
    const key = await this.#keyOf(version);
    const parameters = { name: 'AES-GCM', iv, additionalData, tagLength: 128 };
    return new Uint8Array(await this.#crypto.subtle.decrypt(parameters, key, data));
  }

  random(length: number): Bytes {
    return this.#crypto.getRandomValues(new Uint8Array(length));
  }

  close(): void {
    this.#crypto.session.close();
  }

  async #keyOf(version: number): Promise<CryptoKey> {
    const known = this.#keys.get(version);
    if (known) return known;
    const template = { class: graphene.ObjectClass.SECRET_KEY, label: `${labelPrefix}${version}`, token: true };
    const found: graphene.SecretKey[] = [];
    this.#crypto.session.find(template, (object) => void found.push(object.toType<graphene.SecretKey>()));
    const [only] = found;
    if (!only) throw new MasterKeyError('unknownVersion');
    // Two of one name, or one that could leave the token, aren't ours.
    if (found.length > 1 || only.get('extractable') !== false || only.get('sensitive') !== true) {
      throw new MasterKeyError('failed');
    }
    const key = await this.#crypto.keyStorage.getItem(TokenKey.getID(only), algorithm, false, usages);
    // The library's own class; its `subtle` is typed by the platform's.
    const usable = key as unknown as CryptoKey;
    this.#keys.set(version, usable);
    return usable;
  }
}

/** Opened sessions of a token; each is lent to one operation at a time. */
export class Pkcs11Sessions {
  readonly #module: graphene.Module;
  readonly #all: Pkcs11Session[];
  readonly #free: Pkcs11Session[];
  readonly #waiting: ((session: Pkcs11Session) => void)[] = [];
  /** Whether the slot says that it is a hardware one. */
  readonly isHardware: boolean;
  #isClosed = false;

  private constructor(module: graphene.Module, slot: graphene.Slot, all: Pkcs11Session[]) {
    this.#module = module;
    this.isHardware = (slot.flags & graphene.SlotFlag.HW_SLOT) !== 0;
    this.#all = all;
    this.#free = [...all];
  }

  /** @throws MasterKeyError `pinIncorrect`, `pinLocked`, `tokenGone` or `failed` */
  static open({ module: path, token, pin, sessions }: Pkcs11Token): Pkcs11Sessions {
    let module: graphene.Module | undefined;
    try {
      module = graphene.Module.load(path, path);
      // Without this flag a pool of sessions crashes the module: its threads don't lock.
      module.initialize({ flags: pkcs11.CKF_OS_LOCKING_OK });
      const slot = findSlot(module, token);
      // Login holds for all sessions of this process with the token, the ones to come too.
      const first = openSession(slot);
      first.login(pin);
      const rest = Array.from({ length: sessions - 1 }, () => openSession(slot));
      return new Pkcs11Sessions(
        module,
        slot,
        [first, ...rest].map((session) => new Pkcs11Session(session)),
      );
    } catch (fault) {
      module?.finalize();
      module?.close();
      throw pkcs11Fault(fault);
    }
  }

  /** Runs one operation with a session of its own. @throws MasterKeyError `closed`, or what the operation throws */
  async use<T>(operation: (session: Pkcs11Session) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new MasterKeyError('closed');
    const session = this.#free.pop() ?? (await new Promise<Pkcs11Session>((resolve) => this.#waiting.push(resolve)));
    try {
      return await operation(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }

  /** Waits for what is under way, then ends the sessions and the module. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    while (this.#free.length < this.#all.length) await new Promise((resolve) => setTimeout(resolve, 5));
    try {
      for (const session of this.#all) session.close();
    } catch {
      // The token is gone already: so are its sessions.
    }
    this.#module.finalize();
    this.#module.close();
  }
}

function findSlot(module: graphene.Module, label: string): graphene.Slot {
  const slots = module.getSlots(true);
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots.items(index);
    if (slot.getToken().label === label) return slot;
  }
  throw new MasterKeyError('tokenGone');
}

const openSession = (slot: graphene.Slot): graphene.Session =>
  slot.open(graphene.SessionFlag.SERIAL_SESSION | graphene.SessionFlag.RW_SESSION);
