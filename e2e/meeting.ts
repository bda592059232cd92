import { expect, type Page } from '@playwright/test';
import { FrameReader } from './clip/frameReader.ts';
import type { Marked } from './marker.ts';
import type { CallView } from './pages/callView.ts';
import { JoinPage } from './pages/joinPage.ts';
import { SignInPage } from './pages/signInPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import type { Person } from './people.ts';
import type { RunningSystem } from './system/runningSystem.ts';

/** Two people in one visit, each seen from their own page. */
export interface Meeting {
  readonly physician: CallView;
  readonly patient: CallView;
  readonly physicianName: string;
  readonly patientName: string;
  readonly link: string;
}

export async function signIn(page: Page, system: RunningSystem): Promise<TodayPage> {
  const signInPage = new SignInPage(page);
  await signInPage.open(system.web);
  const today = await signInPage.signIn(system.physician.email, system.physician.password);
  await expect(today.newVisitButton).toBeVisible();
  return today;
}

/** The patient's way from the link into the waiting room. */
export async function wait(page: Page, link: string): Promise<CallView> {
  const join = new JoinPage(page);
  await join.open(link);
  const check = await join.confirm();
  const call = await check.enter();
  await expect(join.waitingRoom).toBeVisible();
  return call;
}

/** Each sees the other's moving picture. */
export async function seeEachOther(meeting: Meeting, timeout = 45_000): Promise<void> {
  const { physician, patient, physicianName, patientName } = meeting;
  await expect(physician.remoteVideo(patientName)).toBeVisible({ timeout });
  await expect(patient.remoteVideo(physicianName)).toBeVisible({ timeout });
  for (const video of [physician.remoteVideo(patientName), patient.remoteVideo(physicianName)]) {
    await expect
      .poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth), { timeout })
      .toBeGreaterThan(0);
  }
}

/** From nothing to a running visit, all through the pages. */
export async function meet(
  { physicianPage, patientPage, system }: { physicianPage: Page; patientPage: Page; system: RunningSystem },
  patientName: Marked,
): Promise<Meeting> {
  const today = await signIn(physicianPage, system);
  return await meetFrom(today, patientPage, { physicianName: system.physician.name, patientName });
}

/** The same of a physician who is signed in. */
export async function meetAs(
  { page, name }: Pick<Person, 'page' | 'name'>,
  { patientPage, system }: { patientPage: Page; system: RunningSystem },
  patientName: Marked,
): Promise<Meeting> {
  await page.goto(new URL('/en/today/', system.web).href);
  return await meetFrom(new TodayPage(page), patientPage, { physicianName: name, patientName });
}

async function meetFrom(
  today: TodayPage,
  patientPage: Page,
  { physicianName, patientName }: { physicianName: string; patientName: Marked },
): Promise<Meeting> {
  const link = await today.createVisit(patientName);
  const physician = await (await today.startVisit(patientName)).enter();
  const patient = await wait(patientPage, link);
  await physician.admitButton(patientName).click();
  const meeting = { physician, patient, physicianName, patientName, link };
  await seeEachOther(meeting);
  return meeting;
}

/** Both screens show the other, moving, in an encrypted visit of two; at the latest when somebody who was lost is back. */
export async function expectUnharmed({ physician, patient, physicianName, patientName }: Meeting): Promise<void> {
  for (const [view, name] of [
    [physician, patientName],
    [patient, physicianName],
  ] as const) {
    await expect(view.encrypted).toBeVisible();
    await expect(view.page.getByRole('article')).toHaveCount(1);
    // Who comes back has another picture, with an element of its own.
    await expect(async () => {
      await using frames = await FrameReader.start(view.remoteVideo(name));
      let shown = 0;
      await expect
        .poll(
          async () => {
            shown += (await frames.take()).filter(({ code }) => code !== undefined).length;
            return shown;
          },
          { timeout: 5_000 },
        )
        .toBeGreaterThan(10);
    }).toPass({ timeout: 40_000 });
  }
}
