import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jsonFile, saveFile } from './fileSaving.ts';

const nothing = () => undefined;
const save = () =>
  saveFile(
    'key',
    jsonFile,
    () => new Blob(['{}']).stream(),
    () => undefined,
  );

let revoked: string[];
let named: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  [revoked, named] = [[], []];
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => {
    named.push('named');
    return 'blob:one';
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((address) => void revoked.push(address));
  const link = { click: () => void named.push('clicked') };
  vi.stubGlobal('document', { createElement: () => link });
  vi.stubGlobal('window', {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('a file that the browser puts among its downloads', () => {
  it('has no address any more once it is let go of', async () => {
    const letGo = await save();
    expect([named, revoked]).toEqual([['named', 'clicked'], []]);
    letGo?.();
    expect(revoked).toEqual(['blob:one']);
  });

  it('has none after a minute either', async () => {
    await save();
    vi.advanceTimersByTime(60_000);
    expect(revoked).toEqual(['blob:one']);
  });
});

describe('a file whose place the person chooses', () => {
  it('is none where they choose none', async () => {
    const refused = () => Promise.reject(new DOMException('', 'AbortError'));
    vi.stubGlobal('window', { showSaveFilePicker: refused });
    expect(await save()).toBeNull();
  });

  it('is written there, and has no address', async () => {
    const createWritable = () => Promise.resolve(new WritableStream<Uint8Array>({ write: nothing }));
    vi.stubGlobal('window', { showSaveFilePicker: () => Promise.resolve({ createWritable }) });
    expect(await save()).not.toBeNull();
    expect(named).toEqual([]);
  });
});
