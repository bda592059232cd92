import { afterEach, describe, expect, it, vi } from 'vitest';
import { configOf, credentials, Memory, readClinicDirectory, relay, staff } from '../../test/relayedDirectory.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from '../keystore/bytes.ts';
import { createDirectoryReader, whyNoProof } from './clinicDirectory.ts';
import { acceptKeystore, forgetClinic } from './clinicMemory.ts';

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
