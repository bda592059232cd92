import { FrameReader } from './clip/frameReader.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';
import { findProcess, residentBytes } from './system/processes.ts';

/** Two renewals of the group's keys, which are due every five minutes. */
const minutes = 12;

test('a call of twelve minutes goes on through each change of keys', { tag: '@long' }, async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout((minutes + 5) * 60_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Zeno Aalto'));
  const servers = ['apps/signaling/src/main.ts', 'apps/sfu/src/main.ts'].map(
    (words) => findProcess(system.pid, words).pid,
  );
  const before = servers.map(residentBytes);
  await using there = await FrameReader.start(meeting.physician.remoteVideo(meeting.patientName));
  await using back = await FrameReader.start(meeting.patient.remoteVideo(meeting.physicianName));
  for (let minute = 1; minute <= minutes; minute++) {
    await physicianPage.waitForTimeout(60_000);
    for (const reader of [there, back]) {
      const shown = await reader.take();
      const readable = shown.filter(({ code }) => code !== undefined).length;
      expect(readable / 60, `frames a second in minute ${minute}`).toBeGreaterThan(20);
      const gaps = shown.slice(1).map(({ at }, index) => at - (shown[index]?.at ?? at));
      expect(Math.max(...gaps), `longest standstill in minute ${minute}, ms`).toBeLessThan(2000);
    }
  }
  const grown = servers.map((pid, index) => residentBytes(pid) - (before[index] ?? 0));
  for (const bytes of grown) expect(bytes).toBeLessThan(64 * 1024 * 1024);
});
