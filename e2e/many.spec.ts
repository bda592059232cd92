import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';
import { GuestPanel } from './pages/guestPanel.ts';
import { JoinPage } from './pages/joinPage.ts';
import { anotherPhone, hears, movesOn, namesShown, type Participant } from './several.ts';

const guests = ['Aino Salo', 'Bram Visser', 'Carla Nunes'].map(marked);
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);

test('three come in at once, and all five see who is there and hear each other, also after a reload of three', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(360_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Dalia Reyes'));
  const panel = new GuestPanel(physicianPage);
  const contexts = await Promise.all(guests.map(() => anotherPhone(patientPage, system.web)));
  try {
    const others: Participant[] = await Promise.all(
      guests.map(async (name, index) => {
        const page = await contexts[index]?.newPage();
        if (!page) throw new Error('no page');
        const join = new JoinPage(page);
        await join.open(await panel.inviteFor(3600, { kind: 'family', name }));
        const check = await join.confirm();
        await check.preview
          .or(page.getByRole('button', { name: 'Turn on camera and microphone' }))
          .first()
          .waitFor();
        // Sound alone: five pictures of five cameras would be the machine's trouble, not the visit's.
        await page.getByRole('button', { name: 'Camera off' }).click();
        return { name, view: await check.enter() };
      }),
    );
    const all: readonly Participant[] = [
      { name: meeting.physicianName, view: meeting.physician },
      { name: meeting.patientName, view: meeting.patient },
      ...others,
    ];
    const everyoneBut = (name: string) =>
      all
        .map((one) => one.name)
        .filter((one) => one !== name)
        .sort();
    const allAreHere = async () => {
      for (const { name, view } of all) {
        await expect.poll(() => namesShown(view), { timeout: 60_000 }).toEqual(everyoneBut(name));
      }
    };

    for (const name of guests) await expect(meeting.physician.admitButton(name)).toBeVisible();
    const admitted = performance.now();
    // One hand: one right after the other.
    for (const name of guests) await meeting.physician.admitButton(name).click();
    await allAreHere();
    console.log(`five people know each other ${seconds(admitted)} s after the first press`);
    await Promise.all(all.map(({ view }) => hears(view, 4)));
    console.log(`and hear each other within ${seconds(admitted)} s, looked at one after the other`);
    await movesOn(meeting.physician, meeting.patientName);

    const reloaded = performance.now();
    await Promise.all(others.map(({ view }) => view.page.reload()));
    await allAreHere();
    console.log(`three that reloaded at once are back after ${seconds(reloaded)} s`);
    await Promise.all(all.map(({ view }) => hears(view, 4)));
    await expect(meeting.physician.encrypted).toBeVisible();
    await meeting.physician.endForEveryone();
    for (const { name, view } of all) await expect(view.heading('The visit is over'), name).toBeVisible();
  } finally {
    for (const context of contexts) await close(context);
  }
});
