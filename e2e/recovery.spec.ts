import { FrameReader } from './clip/frameReader.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet, seeEachOther } from './meeting.ts';
import { descendants, findProcess } from './system/processes.ts';

/** What a person puts up with before they reload the page themselves. */
const backWithinMs = 30_000;

for (const { what, words } of [
  { what: 'the SFU', words: 'apps/sfu/src/main.ts' },
  { what: 'signaling', words: 'apps/signaling/src/main.ts' },
]) {
  test(`picture and sound come back when ${what} crashes`, async ({ physicianPage, patientPage, system }) => {
    test.setTimeout(150_000);
    const meeting = await meet({ physicianPage, patientPage, system }, marked(`Xenia ${what}`));
    const { pid } = findProcess(system.pid, words);
    process.kill(pid, 'SIGKILL');
    const started = performance.now();
    await expect.poll(() => descendants(system.pid).some((one) => one.pid === pid)).toBe(false);
    await seeEachOther(meeting, backWithinMs);
    await expect
      .poll(
        async () => {
          await using frames = await FrameReader.start(meeting.physician.remoteVideo(meeting.patientName));
          await physicianPage.waitForTimeout(1000);
          return (await frames.take()).filter(({ code }) => code !== undefined).length;
        },
        { timeout: backWithinMs },
      )
      .toBeGreaterThan(5);
    console.log(`back ${((performance.now() - started) / 1000).toFixed(1)} s after ${what} was killed`);
  });
}

test('a media worker that dies takes no call with it', async ({ physicianPage, patientPage, system }) => {
  test.setTimeout(150_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Yara Lindgren'));
  const sfu = findProcess(system.pid, 'apps/sfu/src/main.ts').pid;
  const workers = descendants(sfu).filter(({ command }) => command.includes('mediasoup-worker'));
  expect(workers.length).toBeGreaterThan(0);
  for (const { pid } of workers) process.kill(pid, 'SIGKILL');
  await expect
    .poll(
      async () => {
        await using frames = await FrameReader.start(meeting.patient.remoteVideo(meeting.physicianName));
        await patientPage.waitForTimeout(1000);
        return (await frames.take()).filter(({ code }) => code !== undefined).length;
      },
      { timeout: backWithinMs },
    )
    .toBeGreaterThan(5);
  expect(descendants(system.pid).some(({ pid }) => pid === sfu)).toBe(true);
});
