import { expect, it } from 'vitest';
import { hasRoom, keepStorage } from './deviceRoom.ts';

const mega = 1024 ** 2;
const room = (estimate: StorageEstimate) => ({ estimate: () => Promise.resolve(estimate) });

it('is enough for a while of recording, or not', async () => {
  expect(await hasRoom(room({ quota: 1_000 * mega, usage: 100 * mega }))).toBe(true);
  expect(await hasRoom(room({ quota: 1_000 * mega, usage: 800 * mega }))).toBe(false);
});

it('isn’t held against a browser that says nothing of it', async () => {
  expect(await hasRoom(room({}))).toBe(true);
  expect(await hasRoom({ estimate: () => Promise.reject(new Error('no')) })).toBe(true);
  expect(await keepStorage({ persist: () => Promise.reject(new Error('no')) })).toBe(false);
});
