import { type ObjectId, patientId, staffId, visitId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import { containForApi } from '../src/release/containment.ts';
import type { Releases } from '../src/release/releases.ts';
import { ConsentedVisit } from './consented.ts';
import { permittedReleases } from './permittedReleases.ts';
import { Registering } from './registering.ts';

let registering: Registering;
let release: Releases['release'];
beforeAll(async () => {
  registering = await Registering.start();
  const { context, people, physician } = registering;
  // Each opening later than the pace of who is contained.
  let openings = 0;
  const now = () => new Date(context.now().getTime() + openings * 11_000);
  const paced = permittedReleases({ ...context, now }, people.requests);
  release = (call) => {
    openings += 1;
    return paced.release(call);
  };
  await containForApi(context, staffId.parse(physician.subject));
});
afterAll(() => registering.remove());

const pseudonym = newId(patientId);

/** A recording of two tracks. */
async function recorded(visit = newId(visitId)): Promise<ObjectId[]> {
  const { context, identity, physician } = registering;
  const consented = new ConsentedVisit(context, identity, visit);
  const evidence = await consented.evidence(physician);
  const objects: ObjectId[] = [];
  for (const track of [0, 1]) {
    const { statement } = await mintObject(context, { pseudonym, visit });
    const { object } = statement.payload;
    const manifest = await consented.manifest(statement, evidence, { context: { track } });
    expect(await registering.register(object, manifest, evidence)).toMatchObject({ tag: 'registered' });
    objects.push(object);
  }
  return objects;
}

async function open(objects: readonly ObjectId[]): Promise<string> {
  const { people, physician } = registering;
  const outcome = await release((await people.viewer(physician, objects)).call);
  return outcome.tag === 'released' ? 'released' : outcome.code;
}

it('a contained account opens the tracks of one recording with one signature', async () => {
  expect(await open(await recorded())).toBe('released');
});

it('it doesn’t open two recordings of one visit so, nor a recording with something else', async () => {
  const visit = newId(visitId);
  const [one, other] = [await recorded(visit), await recorded(visit)];
  expect(await open([...one, ...other])).toBe('contained');
  const { object } = await registering.people.object(pseudonym, visit);
  expect(await open([...one, object])).toBe('contained');
  expect(await open([...one, newId(visitId) as unknown as ObjectId])).toBe('contained');
  expect(await open(one)).toBe('released');
});
