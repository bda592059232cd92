import { afterEach, describe, expect, it, vi } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import type { PinStorage } from '../keystore/pins.ts';
import { createDirectoryReader, whyNoProof } from './clinicDirectory.ts';
import { acceptKeystore, forgetClinic } from './clinicMemory.ts';

class Memory implements PinStorage {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

const staff = randomId();
/** Of a page that was just opened. */
const readClinicDirectory = (config: ReturnType<typeof configOf>, storage: PinStorage | null) =>
  createDirectoryReader(storage)(config);
const credentials = { living: 'L'.repeat(32), revoked: 'R'.repeat(32) };
const configOf = ({ pins }: SoftKeystore, clinicians: 'any' | 'proven' = 'any') => ({
  clinic: { id: pins.clinic, name: 'Clinic' },
  clinicians,
});

/** The clinic's server relays this keystore's keys and directory; without one it doesn't answer. */
async function relay(
  keystore: SoftKeystore | null,
  tells: readonly string[] = Object.values(credentials),
  ends: readonly string[] = [credentials.revoked],
) {
  if (keystore === null) {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no way')));
    return;
  }
  const { clinic } = keystore.pins;
  const enrol = (credential: string) =>
    keystore.sign({
      ...{ type: 'sotto/clinician/v1', clinic, subject: staff, role: 'physician', licence: null, credential },
      ...{ publicKey: 'B'.repeat(87), enrolledBy: [], enrolledAt: '2031-05-06T07:08:09.000Z' },
    });
  const entries = await Promise.all(tells.map(enrol));
  const revoke = (credential: string) =>
    keystore.sign({
      ...{ type: 'sotto/clinician-revoked/v1', clinic, subject: staff, credential },
      ...{ reason: 'lost', revokedBy: [], revokedAt: '2031-05-07T07:08:09.000Z' },
    });
  const revocations = await Promise.all(ends.map(revoke));
  const answers = new Map<string, unknown>([
    ['/api/keystore/identity', { ...keystore.pins, master: 'software' }],
    ['/api/keystore/directory', { entries, revocations, people: [] }],
  ]);
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(Response.json(answers.get(path))));
}

describe('what a visit knows of the clinic’s directory', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is the key that the browser saw first, which passkeys count no more, and one’s own that do', async () => {
    const keystore = await SoftKeystore.make();
    await relay(keystore);
    const { trust, entriesOf } = await readClinicDirectory(configOf(keystore), new Memory());
    const { statementKey, rpId } = keystore.pins;
    expect(trust).toEqual({ statementKey, rpId, revoked: [credentials.revoked] });
    expect(entriesOf(staff as never).map(({ payload }) => payload.credential)).toEqual([credentials.living]);
    expect(entriesOf(randomId() as never)).toEqual([]);
  });

  it('is which passkeys were revoked, also where their entries aren’t told', async () => {
    const keystore = await SoftKeystore.make();
    await relay(keystore, []);
    const { trust } = await readClinicDirectory(configOf(keystore), new Memory());
    expect(trust?.revoked).toEqual([credentials.revoked]);
  });

  it('stays that key when another keystore answers, or none does', async () => {
    const [first, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
    const storage = new Memory();
    await relay(first);
    await readClinicDirectory(configOf(first), storage);
    Object.assign(other.pins, { clinic: first.pins.clinic });
    for (const now of [other, null]) {
      await relay(now);
      const { trust, entriesOf } = await readClinicDirectory(configOf(first), storage);
      expect(trust).toEqual({
        statementKey: first.pins.statementKey,
        rpId: first.pins.rpId,
        revoked: [credentials.revoked],
      });
      // What the other one has signed counts for nothing.
      expect(entriesOf(staff as never)).toEqual([]);
    }
  });

  it('is as it was last while the clinic’s server doesn’t answer', async () => {
    const keystore = await SoftKeystore.make();
    const read = createDirectoryReader(new Memory());
    await relay(keystore);
    const before = await read(configOf(keystore));
    await relay(null);
    const after = await read(configOf(keystore));
    expect(after.trust).toEqual(before.trust);
    expect(after.entriesOf(staff as never)).toEqual(before.entriesOf(staff as never));
    expect(after.entriesOf(staff as never)).toHaveLength(1);
  });

  it('doesn’t forget which passkeys count no more when a server stops telling', async () => {
    const keystore = await SoftKeystore.make();
    const storage = new Memory();
    await relay(keystore);
    await readClinicDirectory(configOf(keystore), storage);
    await relay(keystore, Object.values(credentials), []);
    const after = await readClinicDirectory(configOf(keystore), storage);
    expect(after.trust?.revoked).toEqual([credentials.revoked]);
    expect(after.entriesOf(staff as never).map(({ payload }) => payload.credential)).toEqual([credentials.living]);
    // Another keystore's word on passkeys is its own.
    const other = await SoftKeystore.make();
    storage.kept.delete('sotto.keystore.v1');
    Object.assign(other.pins, { clinic: keystore.pins.clinic });
    await relay(other, [], []);
    expect((await readClinicDirectory(configOf(other), storage)).trust?.revoked).toEqual([]);
  });

  it('says whether it could be read, and by that why somebody without a passkey isn’t let in', async () => {
    const keystore = await SoftKeystore.make();
    const read = createDirectoryReader(new Memory());
    await relay(null);
    const unread = await read(configOf(keystore, 'proven'));
    expect([unread.isKnown, whyNoProof(unread)]).toEqual([false, 'unreadDirectory']);
    await relay(keystore);
    expect(whyNoProof(await read(configOf(keystore, 'proven')))).toBe('noPasskey');
    await relay(null);
    expect(whyNoProof(await read(configOf(keystore, 'proven')))).toBe('noPasskey');
    expect(whyNoProof(await read(configOf(keystore, 'any')))).toBe('rememberedDemand');
  });

  it('is nothing where no keystore was ever seen, or one of another clinic, which isn’t remembered', async () => {
    const [keystore, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
    const storage = new Memory();
    for (const answering of [null, other]) {
      await relay(answering);
      expect(await readClinicDirectory(configOf(keystore), storage)).toMatchObject({ trust: null, trouble: null });
      expect(storage.kept.size).toBe(0);
    }
  });

  it.each(['any', 'proven'] as const)(
    'lets nobody in for a clinic of another name (%s), and keeps what was known',
    async (setting) => {
      const [keystore, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
      const storage = new Memory();
      await relay(keystore);
      await readClinicDirectory(configOf(keystore, setting), storage);
      const before = [...storage.kept];
      await relay(other);
      for (const claimed of ['any', 'proven'] as const) {
        const known = await readClinicDirectory(configOf(other, claimed), storage);
        expect(known).toMatchObject({ trust: null, demand: 'server', trouble: 'otherClinic' });
        expect([...storage.kept]).toEqual(before);
      }
      const { trust, demand, trouble } = await readClinicDirectory(configOf(keystore), storage);
      expect([trust?.statementKey, demand, trouble]).toEqual([
        keystore.pins.statementKey,
        setting === 'proven' ? 'memory' : null,
        null,
      ]);
    },
  );

  it('lets nobody in for a clinic of another name where only the demand is known', async () => {
    const [keystore, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
    const storage = new Memory();
    await relay(null);
    await readClinicDirectory(configOf(keystore, 'proven'), storage);
    expect((await readClinicDirectory(configOf(other), storage)).trouble).toBe('otherClinic');
  });

  it.each(['sotto.keystore.v1', 'sotto.clinicians.v1'])(
    'lets nobody in by what is spoilt (%s), until a person gives it up',
    async (key) => {
      const keystore = await SoftKeystore.make();
      const storage = new Memory();
      await relay(keystore);
      await readClinicDirectory(configOf(keystore, 'proven'), storage);
      storage.setItem(key, '{');
      expect((await readClinicDirectory(configOf(keystore), storage)).trouble).toBe('spoiltMemory');
      forgetClinic({ removeItem: (name) => void storage.kept.delete(name) });
      expect(storage.kept.size).toBe(0);
      const anew = await readClinicDirectory(configOf(keystore), storage);
      expect([anew.trust?.statementKey, anew.trouble]).toEqual([keystore.pins.statementKey, null]);
    },
  );

  it('is the key that answers where a browser keeps nothing', async () => {
    const keystore = await SoftKeystore.make();
    await relay(keystore);
    expect((await readClinicDirectory(configOf(keystore), null)).trust?.statementKey).toBe(keystore.pins.statementKey);
  });

  it('has the clinic’s demand for proofs outlive a server that takes it back', async () => {
    const keystore = await SoftKeystore.make();
    await relay(keystore);
    const storage = new Memory();
    const demands = async (of: SoftKeystore, setting: 'any' | 'proven', kept: PinStorage | null = storage) =>
      (await readClinicDirectory(configOf(of, setting), kept)).demand;
    expect(await demands(keystore, 'any')).toBeNull();
    expect(await demands(keystore, 'proven')).toBe('server');
    expect(await demands(keystore, 'any')).toBe('memory');
    expect(await demands(keystore, 'proven', null)).toBe('server');
  });

  it('has the demand outlive new keys that a person accepts, also those of a clinic of another name', async () => {
    const [keystore, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
    const storage = new Memory();
    await relay(keystore);
    await readClinicDirectory(configOf(keystore, 'proven'), storage);
    await relay(other);
    expect((await readClinicDirectory(configOf(other), storage)).trouble).toBe('otherClinic');
    acceptKeystore({ ...other.pins, master: 'software' }, storage);
    const { trust, demand, trouble } = await readClinicDirectory(configOf(other), storage);
    expect([trust?.statementKey, demand, trouble]).toEqual([other.pins.statementKey, 'memory', null]);
    expect((await readClinicDirectory(configOf(keystore), storage)).trouble).toBe('otherClinic');
  });

  it('demands nothing after new keys that it didn’t before, and lets nobody in where they were taken by half', async () => {
    const [keystore, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
    const identity = { ...other.pins, master: 'software' as const };
    const storage = new Memory();
    await relay(keystore);
    await readClinicDirectory(configOf(keystore), storage);
    acceptKeystore(identity, storage);
    await relay(other);
    expect(await readClinicDirectory(configOf(other), storage)).toMatchObject({ demand: null, trouble: null });

    const half = new Memory();
    await relay(keystore);
    await readClinicDirectory(configOf(keystore, 'proven'), half);
    const full = {
      getItem: half.getItem,
      setItem: (key: string, value: string) => {
        if (key === 'sotto.keystore.v1') throw new Error('full');
        half.setItem(key, value);
      },
    };
    expect(() => {
      acceptKeystore(identity, full);
    }).toThrow('full');
    for (const config of [configOf(keystore), configOf(other)]) {
      expect((await readClinicDirectory(config, half)).trouble).toBe('otherClinic');
    }
  });
});
