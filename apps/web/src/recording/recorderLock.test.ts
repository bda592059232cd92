import { recordingId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { heldRecordings, holdRecorder, withoutRecorder } from './recorderLock.ts';

const id = recordingId.parse('r'.repeat(21).concat('A'));
const other = recordingId.parse('s'.repeat(21).concat('A'));
const done = () => Promise.resolve('done');

it('belongs to one page at a time, and keeps others from settling what it makes', async () => {
  const first = await holdRecorder(id, 1_000);
  expect(await holdRecorder(id, 20)).toBeNull();
  expect([...(await heldRecordings())]).toEqual([id]);
  expect(await withoutRecorder(id, done)).toBe('elsewhere');
  expect(await withoutRecorder(other, done)).toBe('done');
  const waiting = holdRecorder(id, 1_000);
  void first?.release();
  await (await waiting)?.release();
  expect(await withoutRecorder(id, done)).toBe('done');
});

it('isn’t had by a recorder while it’s being settled', async () => {
  const settled = Promise.withResolvers<undefined>();
  const settling = withoutRecorder(id, () => settled.promise);
  expect(await holdRecorder(id, 20)).toBeNull();
  settled.resolve(undefined);
  await settling;
});
