import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { clientConfig } from '@sotto/protocol/clinic';
import { close, expect, test } from './fixtures.ts';
import { serveFalseKeystore } from './impostor.ts';
import { type Marked, marked } from './marker.ts';
import { expectUnharmed, type Meeting, meet, seeEachOther, wait } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive } from './people.ts';
import { ClinicClient } from './system/clinicClient.ts';
import { type Delivery, HostileSignaling } from './system/hostileSignaling.ts';

/** Told from those of an earlier self-test of the same system. */
const newName = (): Marked => marked(`Self-test ${randomBytes(4).toString('hex')}`);
const newId = (octets: number): string => randomBytes(octets).toString('base64url');

test.describe('the installed system’s client, when signaling', { tag: '@installed' }, () => {
  /** Ended for everybody: nothing of it goes on in a system that is in use. */
  async function end({ physician }: Meeting): Promise<void> {
    await physician.endForEveryone();
  }

  test('delivers everything twice: a visit comes about and goes on', async ({ physicianPage, patientPage, system }) => {
    for (const page of [physicianPage, patientPage]) {
      const signaling = await HostileSignaling.before(page, system.signaling);
      signaling.meddle((delivery) => [delivery, delivery]);
    }
    const meeting = await meet({ physicianPage, patientPage, system }, newName());
    await expectUnharmed(meeting);
    await end(meeting);
  });

  test('says that encryption is off: nobody believes it, and the visit goes on sealed', async ({
    physicianPage,
    patientPage,
    system,
  }) => {
    const signaling = await HostileSignaling.before(patientPage, system.signaling);
    const meeting = await meet({ physicianPage, patientPage, system }, newName());
    const off = { encryption: 'off', encrypted: false, e2ee: false };
    signaling.meddle((delivery) => [{ ...delivery, message: { ...delivery.message, ...off } }]);
    for (const event of ['mls:group', 'sfu:moved', 'visit:encryption']) {
      signaling.deliver({ event, message: off, parts: [] });
    }
    await expectUnharmed(meeting);
    signaling.meddle((delivery) => [delivery]);
    await end(meeting);
  });

  test('brings somebody in with a credential that is stolen: they are not in the visit', async ({
    physicianPage,
    patientPage,
    system,
  }) => {
    const signaling = await HostileSignaling.before(physicianPage, system.signaling);
    const meeting = await meet({ physicianPage, patientPage, system }, newName());
    const find = (event: string): Delivery => {
      const found = signaling.seen.findLast((one) => one.event === event);
      if (found === undefined) throw new Error(`signaling has sent no ${event}`);
      return found;
    };
    const [join, roster] = [find('mls:join'), find('visit:roster')];
    const ghost = { participantId: newId(16), role: 'physician', leaf: newId(32), session: newId(16) };
    const entry = { ...ghost, presence: 'present', since: Date.now() };
    const entries = roster.message['roster'] as readonly unknown[];
    const present = { event: 'visit:roster', message: { roster: [...entries, entry] }, parts: [] };
    signaling.meddle((delivery) => (delivery.event === 'visit:roster' ? [present] : [delivery]));
    signaling.deliver(present);
    // The patient's own key package and credential, under a name that they are not for.
    signaling.deliver({ ...join, message: { ...join.message, ...ghost } });
    signaling.deliver({ ...join, message: { ...join.message, role: 'physician' } });
    await physicianPage.waitForTimeout(5000);
    const people = physicianPage.getByRole('region', { name: 'In the visit' }).getByRole('listitem');
    await expect(people.filter({ hasText: /encrypted|compared/u })).toHaveCount(1);
    await expect(meeting.patient.page.getByRole('article')).toHaveCount(1);
    await seeEachOther(meeting);
    signaling.meddle((delivery) => [delivery]);
    await end(meeting);
  });

  test('sends a change of who is in the visit that nobody in it made: it is refused and named, and the visit goes on', async ({
    physicianPage,
    patientPage,
    system,
  }) => {
    const signaling = await HostileSignaling.before(patientPage, system.signaling);
    const meeting = await meet({ physicianPage, patientPage, system }, newName());
    const find = (event: string) => signaling.seen.findLast((one) => one.event === event)?.message ?? {};
    const { groupId, epoch } = find('mls:welcome');
    const roster = find('visit:roster')['roster'] as readonly { participantId: string; role: string }[];
    const from = roster.find(({ role }) => role === 'physician')?.participantId;
    const commit = { _placeholder: true, num: 0 };
    const parts = [randomBytes(256)];
    const named = patientPage.getByText("The server sent a change of this visit's keys, and it was refused");
    signaling.deliver({ event: 'mls:commit', message: { groupId, epoch, from, commit }, parts });
    await expect(named).toBeVisible();
    await seeEachOther(meeting);
    await expectUnharmed(meeting);
    await expect(named).toBeVisible();
    await patientPage.getByRole('button', { name: 'OK' }).click();
    await expect(named).toHaveCount(0);
    await end(meeting);
  });

  test('says that the patient has left who has not: the patient’s screen shows nothing more, and they can come back', async ({
    physicianPage,
    patientPage,
    system,
  }) => {
    const signaling = await HostileSignaling.before(physicianPage, system.signaling);
    const meeting = await meet({ physicianPage, patientPage, system }, newName());
    const { participantId, leaf } = signaling.seen.findLast(({ event }) => event === 'mls:join')?.message ?? {};
    signaling.deliver({ event: 'mls:remove', message: { participantId, leaf }, parts: [] });
    const said = physicianPage.getByText(`The clinic's server says that ${meeting.patientName} has left`);
    await expect(said).toBeVisible();
    await expect(meeting.patient.heading('You are not in the visit any more')).toBeVisible();
    await expect(meeting.patient.remoteVideo(meeting.physicianName)).toHaveCount(0);
    await expect(meeting.physician.remoteVideo(meeting.patientName)).toHaveCount(0);

    // Whom the physician let in before is let in again.
    const join = new JoinPage(patientPage);
    await join.open(meeting.link);
    await (await join.confirm()).enter();
    await seeEachOther(meeting);
    await expect(said).toHaveCount(0);
    await expectUnharmed(meeting);
    await end(meeting);
  });

  test('hides the patient from the physician’s list: it is the server’s word, and is called that', async ({
    physicianPage,
    patientPage,
    system,
  }) => {
    const signaling = await HostileSignaling.before(physicianPage, system.signaling);
    const meeting = await meet({ physicianPage, patientPage, system }, newName());
    type Entry = { role: string };
    const without = (message: Delivery['message']) => ({
      ...message,
      roster: (message['roster'] as readonly Entry[]).filter(({ role }) => role !== 'patient'),
    });
    const last = signaling.seen.findLast(({ event }) => event === 'visit:roster');
    if (last === undefined) throw new Error('signaling has sent no roster');
    signaling.meddle((delivery) => [
      delivery.event === 'visit:roster' ? { ...delivery, message: without(delivery.message) } : delivery,
    ]);
    signaling.deliver({ ...last, message: without(last.message) });
    const said = physicianPage.getByText(`The clinic's server says that ${meeting.patientName} has left`);
    await expect(said).toBeVisible({ timeout: 30_000 });
    signaling.meddle((delivery) => [delivery]);
    signaling.deliver(last);
    await end(meeting);
  });
});

test.describe('the installed system’s client, when the api', { tag: '@installed' }, () => {
  test('hands out a key of somebody else’s as the clinic’s: the client does not go in', async ({
    patientPage,
    system,
  }) => {
    const clinic = new ClinicClient(system);
    const config = clientConfig.parse(await clinic.ask('GET', '/api/config'));
    const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const identityKeys = config.identityKeys.map((key) => ({ ...key, x, y }));
    await patientPage.route('**/api/config', (route) => route.fulfill({ json: { ...config, identityKeys } }));
    await clinic.signIn();
    const { link } = await clinic.createVisit(newName());
    const join = new JoinPage(patientPage);
    await join.open(link);
    const call = await (await join.confirm()).enter();
    await expect(call.heading('We stopped, to be safe')).toBeVisible();
    await expect(patientPage.locator('audio')).toHaveCount(0);
  });

  test('makes a clinician up, with a directory and a passkey of its own: they are kept out, and named', async ({
    physicianBrowser,
    patientPage,
    system,
  }) => {
    test.setTimeout(180_000);
    // A browser that has been in a visit of this clinic.
    const clinic = new ClinicClient(system);
    await clinic.signIn();
    await wait(patientPage, (await clinic.createVisit(newName())).link);

    const impostor = await arrive(physicianBrowser, system, system.colleague);
    await serveFalseKeystore(impostor.page, system.web);
    await impostor.page.goto(new URL('/en/today/', system.web).href);
    const today = new TodayPage(impostor.page);
    const patientName = newName();
    const link = await today.createVisit(patientName);
    const own = await (await today.startVisit(patientName)).enter();
    const patient = await wait(patientPage, link);
    await own.admitButton(patientName).click();
    const words = patientPage.getByText(`Somebody came in as ${impostor.name} and was kept out`);
    await expect(words).toContainText('has no such physician', { timeout: 45_000 });
    await expect(patient.remoteVideo(impostor.name)).toHaveCount(0);
    await expect(own.remoteVideo(patientName)).toHaveCount(0);
    // Loaded anew the page warns as before.
    await patientPage.reload();
    await expect(words).toContainText('has no such physician');
    await own.endForEveryone();
    await close(impostor.context);
  });
});
