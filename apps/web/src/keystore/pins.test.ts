import type { KeystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { comparePins, replacePins } from './pins.ts';

const identity = {
  clinic: 'AAECAwQFBgcICQoLDA0ODw',
  statementKey: 'statement',
  logKey: 'log',
  witnessKey: 'witness',
  rpId: 'clinic.example',
  master: 'software',
} as KeystoreIdentity;

const keptIn = (storage: MemoryStorage) => [...storage.keys()].map((key) => [key, storage.getItem(key)]);

describe('the keystore’s keys', () => {
  it('are trusted when they are seen first, and again when they are the same', () => {
    const storage = new MemoryStorage();
    expect(comparePins(identity, storage)).toMatchObject({ tag: 'trusted', pins: { statementKey: 'statement' } });
    expect(comparePins({ ...identity, master: 'hardware' }, storage).tag).toBe('trusted');
  });

  it.each(['statementKey', 'logKey', 'witnessKey', 'rpId', 'clinic'] as const)(
    'are refused when %s has changed, and nothing is overwritten',
    (member) => {
      const storage = new MemoryStorage();
      comparePins(identity, storage);
      const before = keptIn(storage);
      const other = { ...identity, [member]: 'BAECAwQFBgcICQoLDA0ODw' };
      expect(comparePins(other, storage)).toEqual({ tag: 'changed' });
      expect(keptIn(storage)).toEqual(before);
      expect(comparePins(identity, storage).tag).toBe('trusted');
    },
  );

  it('are taken anew only when the person says so', () => {
    const storage = new MemoryStorage();
    comparePins(identity, storage);
    const other = { ...identity, logKey: 'another' };
    replacePins(other, storage);
    expect(comparePins(other, storage)).toMatchObject({ tag: 'trusted', pins: { logKey: 'another' } });
    expect(comparePins(identity, storage).tag).toBe('changed');
  });

  it.each(['', '{', '{}', '{"clinic":1}', 'null'])('are refused where the memory holds %j', (spoilt) => {
    const storage = new MemoryStorage();
    comparePins(identity, storage);
    for (const key of [...storage.keys()]) storage.setItem(key, spoilt);
    expect(comparePins(identity, storage).tag).toBe('changed');
  });

  it('are refused where nothing can be remembered', () => {
    const denied = () => {
      throw new Error('denied');
    };
    expect(comparePins(identity, { getItem: denied, setItem: denied }).tag).toBe('cantRemember');
    expect(comparePins(identity, { getItem: () => null, setItem: denied }).tag).toBe('cantRemember');
  });
});
