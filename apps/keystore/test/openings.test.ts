import { patientId } from '@sotto/protocol/ids';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import { readOpenings } from '../src/log/openings.ts';
import type { ViewerChanges } from './people.ts';
import { releaseScene } from './releaseScene.ts';

const { installation, context, people, physician, releases } = await releaseScene();
afterAll(() => installation.remove());

const open = async (pseudonym = newId(patientId), changes: ViewerChanges = {}) => {
  const { object } = await people.object(pseudonym);
  return releases.release((await people.viewer(physician, [object], changes)).call);
};
const after = async (place: number) => readOpenings(context.database, place);

it('tells of what others opened and copied, once each, and of nothing else', async () => {
  const [one, other] = [newId(patientId), newId(patientId)];
  await open(one);
  const { openings: before, through } = await readOpenings(context.database, undefined);
  expect(before).toEqual([]);
  await open(one);
  await open(other, { request: { breakGlass: 'covering', purpose: 'emergency' } });
  await open(one, { request: { use: 'copy' } });
  await open(one, { nonceFor: newId(patientId) });
  const told = await after(through);
  expect(told.openings.map(({ pseudonym, isBreakGlass }) => [pseudonym, isBreakGlass])).toEqual([
    [one, false],
    [other, true],
    [one, false],
  ]);
  expect(told.openings.every(({ index }) => index > through && index <= told.through)).toBe(true);
  expect(await after(told.through)).toEqual({ openings: [], undecodable: 0, through: told.through });
  expect(await after(told.through + 1_000)).toEqual({ openings: [], undecodable: 0, through: told.through });
  const [first] = told.openings;
  expect((await after(first?.index ?? 0)).openings).toEqual(told.openings.slice(1));
});

it('goes on past an entry that can’t be read, and counts it', async () => {
  const [damaged, other] = [newId(patientId), newId(patientId)];
  const { through } = await readOpenings(context.database, undefined);
  await open(damaged);
  await open(other);
  const owner = new Client({ connectionString: installation.postgres.ownerUrl });
  await owner.connect();
  try {
    await owner.query('alter table audit.entry disable trigger user');
    await owner.query(`update audit.entry set canonical = 'no entry' where patient = $1`, [damaged]);
    await owner.query('alter table audit.entry enable trigger user');
  } finally {
    await owner.end();
  }
  const told = await after(through);
  expect(told).toMatchObject({ openings: [{ pseudonym: other }], undecodable: 1 });
  expect(await after(told.through)).toEqual({ openings: [], undecodable: 0, through: told.through });
});
