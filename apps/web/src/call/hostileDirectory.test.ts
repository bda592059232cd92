import { afterEach, describe, expect, it, vi } from 'vitest';
import { configOf, credentials, Memory, readClinicDirectory, relay, staff } from '../../test/relayedDirectory.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import type { PinStorage } from '../keystore/pins.ts';

type Tamper = (told: Told, keystore: SoftKeystore) => Told | Promise<Told>;

/** What a browser makes of a directory after this was done to it on its way. */
async function readTampered(tamper: Tamper) {
  const keystore = await SoftKeystore.make();
  await relay(keystore);
  const told = (await (await fetch('/api/keystore/directory')).json()) as Told;
  const honest: unknown = await (await fetch('/api/keystore/identity')).json();
  const directory = await tamper(told, keystore);
  vi.stubGlobal('fetch', (path: string) =>
    Promise.resolve(Response.json(path === '/api/keystore/identity' ? honest : directory)),
  );
  const { trust, entriesOf } = await readClinicDirectory(configOf(keystore), new Memory());
  return { revoked: trust?.revoked, living: entriesOf(staff as never).map(({ payload }) => payload.credential) };
}

interface Statement {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signature: string;
}
interface Told {
  readonly entries: readonly Statement[];
  readonly revocations: readonly Statement[];
  readonly people: readonly unknown[];
}

/** As the keystore has told it. */
const true_ = { revoked: [credentials.revoked], living: [credentials.living] };
const madeUp = 'M'.repeat(32);

describe('a clinic’s server that lies about the directory', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each<[string, Tamper, typeof true_]>([
    [
      'an entry that it signed itself',
      async (told, keystore) => {
        const other = await SoftKeystore.make();
        const { payload } = told.entries[0] ?? {};
        const entry = await other.sign({ ...payload, clinic: keystore.pins.clinic, credential: madeUp });
        return { ...told, entries: [...told.entries, entry] };
      },
      true_,
    ],
    [
      'a passkey of its own in a true entry',
      (told) => ({
        ...told,
        entries: told.entries.map((one) => ({ ...one, payload: { ...one.payload, credential: madeUp } })),
      }),
      { ...true_, living: [] },
    ],
    [
      'an entry of another clinic’s that the same keystore signed',
      async (told, keystore) => {
        const entry = await keystore.sign({ ...told.entries[0]?.payload, clinic: 'A'.repeat(22), credential: madeUp });
        return { ...told, entries: [...told.entries, entry] };
      },
      true_,
    ],
    [
      'an end of a clinician’s passkey that it signed itself',
      async (told, keystore) => {
        const other = await SoftKeystore.make();
        const end = { ...told.revocations[0]?.payload, clinic: keystore.pins.clinic, credential: credentials.living };
        return { ...told, revocations: [...told.revocations, await other.sign(end)] };
      },
      true_,
    ],
    [
      'an end as of another passkey than the one that it is of',
      (told) => ({
        ...told,
        revocations: told.revocations.map((one) => ({
          ...one,
          payload: { ...one.payload, credential: credentials.living },
        })),
      }),
      { revoked: [], living: [credentials.living, credentials.revoked] },
    ],
  ])('tells %s: only what the keystore signed counts', async (_, tamper, expected) => {
    const { revoked, living } = await readTampered(tamper);
    expect({ revoked, living: living.toSorted() }).toEqual(expected);
  });

  it('answers with another keystore’s keys, or none: what was seen first is believed', async () => {
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

  it('stops telling which passkeys count no more: they are remembered', async () => {
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

  it.each(['any', 'proven'] as const)(
    'calls itself another clinic, with its own keystore (%s): no visit is entered, and what was known is kept',
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

  it('calls itself another clinic, where only its demand is known: no visit is entered', async () => {
    const [keystore, other] = [await SoftKeystore.make(), await SoftKeystore.make()];
    const storage = new Memory();
    await relay(null);
    await readClinicDirectory(configOf(keystore, 'proven'), storage);
    expect((await readClinicDirectory(configOf(other), storage)).trouble).toBe('otherClinic');
  });

  it('takes back that it demands proofs: in this browser it stays', async () => {
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
});
