import type { ObjectId } from '@sotto/protocol/ids';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAlertScene } from './alertScene.ts';
import { createVisit } from './clinic.ts';
import type { Clinician } from './records.ts';

let scene: Awaited<ReturnType<typeof startAlertScene>>;
beforeAll(async () => {
  scene = await startAlertScene();
}, 300_000);
afterAll(() => scene.close(), 60_000);

async function noteOf(writer: Clinician, patientName: string): Promise<ObjectId> {
  const visit = await createVisit(writer.browser, scene.records.clinic, patientName);
  return (await scene.records.write(writer, { visit, isStored: false })).object;
}
const rulesOf = async (who: Clinician) => (await scene.incidentOf(who))?.alerts.map(({ rule }) => rule) ?? [];

it('warns of who opens something of a patient of their own family name, and holds nobody up', async () => {
  const physician = await scene.records.enrolled('physician', 'Dr Inés Núñez');
  expect(await scene.opened(physician, [await noteOf(physician, 'Pat Nunes')])).toBe('released');
  await scene.look();
  expect(await rulesOf(physician)).not.toContain('ownRelative');
  const own = await noteOf(physician, 'Pablo NUNEZ');
  expect(await scene.opened(physician, [own])).toBe('released');
  await scene.look();
  expect(scene.faults).toEqual([]);
  const incident = await scene.incidentOf(physician);
  expect(incident).toMatchObject({ disabling: 'none', criticalAt: null, steps: [] });
  expect(incident?.alerts.filter(({ rule }) => rule === 'ownRelative')).toMatchObject([{ count: 1, limit: 0 }]);
  expect(await scene.opened(physician, [own])).toBe('released');
});

it('says nothing of a name that many have, which nobody makes common by making up patients of it', async () => {
  const { clinic } = scene.records;
  const { clinicId, database } = clinic.context;
  const physician = await scene.records.enrolled('physician', 'Dr Tom Smith');
  const other = await scene.records.enrolled('physician', 'Dr Ann Busy');
  const own = await noteOf(other, 'Jane Smith');
  // Her next visit is with her namesake.
  const [first] = (
    await database.execute<{ id: string }>(sql`
    select patient_id as id from clinic.visit where clinic_id = ${clinicId} order by created_at desc limit 1`)
  ).rows;
  for (let index = 0; index < 21; index += 1)
    await createVisit(physician.browser, clinic, `Made Smith ${'AB'.at(index % 2)} Smith`);
  const { status } = await physician.browser.send('POST', '/api/visits', {
    body: {
      ...{ patientName: 'Jane Smith', birthDate: '1954-03-09', minutes: 20, patientId: first?.id },
      startsAt: clinic.context.now().toISOString(),
    },
  });
  expect(status).toBe(201);
  expect(await scene.opened(physician, [own])).toBe('released');
  await scene.look();
  expect(await rulesOf(physician)).toContain('ownRelative');

  const namesake = await scene.records.enrolled('physician', 'Dr Lee Jones');
  const another = await noteOf(namesake, 'May Jones');
  for (let index = 0; index < 21; index += 1) await createVisit(other.browser, clinic, `Made ${index} Jones`);
  expect(await scene.opened(namesake, [another])).toBe('released');
  await scene.look();
  expect(await rulesOf(namesake)).not.toContain('ownRelative');
});
