import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import * as z from 'zod';
import { close, expect, test } from './fixtures.ts';
import { KeyRenewals } from './keyRenewals.ts';
import { marked } from './marker.ts';
import { expectUnharmed, type Meeting, meet, seeEachOther } from './meeting.ts';
import { type Delivery, HostileSignaling, type Meddling } from './system/hostileSignaling.ts';

const group = z.object({ groupId: z.string(), incarnation: z.number() });
const honest: Meddling = (delivery) => [delivery];
const isCommit = ({ event }: Delivery): boolean => event === 'mls:commit';
const isWelcome = ({ event }: Delivery): boolean => event === 'mls:welcome';

/** Of each thing that a page says has happened. */
const told = (page: Page) => page.getByRole('status').getByRole('button', { name: 'OK' });

interface Side {
  readonly page: Page;
  readonly signaling: HostileSignaling;
  readonly renewals: KeyRenewals;
}

/** One visit for all: each attack leaves it as it was. */
test.describe
  .serial('the installed system’s client, when signaling', { tag: '@installed' }, () => {
    const contexts: BrowserContext[] = [];
    let meeting: Meeting;
    let sides: Record<'physician' | 'patient', Side>;

    test.beforeAll(async ({ system, physicianBrowser, patientBrowser }) => {
      test.setTimeout(180_000);
      const open = async (browser: Browser, ...more: readonly string[]): Promise<Side> => {
        const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
        await context.grantPermissions(['camera', 'microphone', ...more], { origin: system.web.origin });
        contexts.push(context);
        const page = await context.newPage();
        const signaling = await HostileSignaling.before(page, system.signaling);
        return { page, signaling, renewals: await KeyRenewals.of(page) };
      };
      sides = {
        physician: await open(physicianBrowser, 'clipboard-read', 'clipboard-write'),
        patient: await open(patientBrowser),
      };
      const { physician, patient } = sides;
      const pages = { physicianPage: physician.page, patientPage: patient.page, system };
      meeting = await meet(pages, marked(`Self-test ${randomBytes(4).toString('hex')}`));
      // Gone with the page: what follows has to come about without a reload.
      for (const { page } of [physician, patient])
        await page.evaluate(() => Object.assign(globalThis, { stayed: true }));
    });

    test.afterEach(async () => {
      for (const { signaling } of [sides.physician, sides.patient]) {
        signaling.meddle(honest);
        signaling.swallow();
      }
      await expectUnharmed(meeting);
      for (const { page } of [sides.physician, sides.patient]) {
        while ((await told(page).count()) > 0) await told(page).first().click();
        expect(await page.evaluate((): unknown => Reflect.get(globalThis, 'stayed'))).toBe(true);
      }
    });

    test.afterAll(async () => {
      await meeting.physician.endForEveryone();
      for (const context of contexts) await close(context);
    });

    const count = (side: 'physician' | 'patient', which: (delivery: Delivery) => boolean): number =>
      sides[side].signaling.seen.filter(which).length;

    /** Keeps what is meant for a side from it. @returns what was kept */
    function withhold(side: 'physician' | 'patient', which: (delivery: Delivery) => boolean, most = 1): Delivery[] {
      const kept: Delivery[] = [];
      sides[side].signaling.meddle((delivery) => {
        if (!which(delivery) || kept.length >= most) return [delivery];
        kept.push(delivery);
        return [];
      });
      return kept;
    }

    /** A change of keys that nobody in the visit made: who gets it comes back with a new key. */
    async function forge(side: 'physician' | 'patient'): Promise<void> {
      const { page, signaling } = sides[side];
      const seen = [sides.physician, sides.patient].flatMap((one) => one.signaling.seen);
      const groups = seen.filter(isWelcome).map(({ message }) => group.parse(message));
      const incarnation = Math.max(...groups.map((one) => one.incarnation));
      const groupId = groups.find((one) => one.incarnation === incarnation)?.groupId;
      const epochs = seen
        .filter(({ event, message }) => /^mls:(welcome|commit)$/u.test(event) && message['groupId'] === groupId)
        .map(({ event, message }) => Number(message['epoch']) + (event === 'mls:commit' ? 1 : 0));
      const from = randomBytes(16).toString('base64url');
      const commit = { _placeholder: true, num: 0 };
      signaling.deliver({
        event: 'mls:commit',
        message: { groupId, epoch: Math.max(...epochs), from, commit },
        parts: [randomBytes(256)],
      });
      const named = page.getByText("The server sent a change of this visit's keys, and it was refused");
      await expect(named).toBeVisible();
    }

    const asks = (side: 'physician' | 'patient', name: string): number =>
      sides[side].signaling.asked.filter((asked) => asked === name).length;

    /** A side renews its keys, and signaling has taken that. */
    async function renew(side: 'physician' | 'patient'): Promise<void> {
      const before = asks(side, 'mls:commit');
      await sides[side].renewals.now();
      await expect.poll(() => asks(side, 'mls:commit')).toBe(before + 1);
    }

    /** A side comes back with a new key, which the other's page says of it by name. */
    async function comesBack(side: 'physician' | 'patient', welcomesBefore: number): Promise<void> {
      await expect.poll(() => count(side, isWelcome), { timeout: 60_000 }).toBeGreaterThan(welcomesBefore);
      await seeEachOther(meeting);
      const [other, name] =
        side === 'patient' ? [sides.physician, meeting.patientName] : [sides.patient, meeting.physicianName];
      await expect(other.page.getByText(`${name} is back with a new key`)).toBeVisible();
    }

    async function expectNothingTold(): Promise<void> {
      for (const { page } of [sides.physician, sides.patient]) await expect(told(page)).toHaveCount(0);
    }

    test('drops a change of keys: it is asked for when pictures don’t open, and taken when it comes late too', async () => {
      const [welcomes, resumed] = [count('patient', isWelcome), asks('patient', 'mls:resume')];
      const dropped = withhold('patient', isCommit);
      await renew('physician');
      await expect.poll(() => dropped.length).toBe(1);
      await expect.poll(() => asks('patient', 'mls:resume')).toBeGreaterThan(resumed);
      await expectUnharmed(meeting);
      for (const delivery of dropped) sides.patient.signaling.deliver(delivery);
      await expectUnharmed(meeting);
      expect(count('patient', isWelcome)).toBe(welcomes);
      await expectNothingTold();
    });

    test('delivers two changes of keys in the wrong order', async () => {
      const [first] = [withhold('patient', isCommit, 2)];
      await renew('physician');
      await renew('physician');
      await expect.poll(() => first.length).toBe(2);
      for (const delivery of first.toReversed()) sides.patient.signaling.deliver(delivery);
    });

    test('plays all that it ever sent of keys once more', async () => {
      const welcomes = [count('physician', isWelcome), count('patient', isWelcome)];
      for (const { signaling } of [sides.physician, sides.patient]) {
        const ofKeys = signaling.seen.filter(({ event }) => event.startsWith('mls:') && event !== 'mls:remove');
        for (const delivery of ofKeys) signaling.deliver(delivery);
      }
      await expectUnharmed(meeting);
      expect([count('physician', isWelcome), count('patient', isWelcome)]).toEqual(welcomes);
      await expectNothingTold();
    });

    for (const side of ['patient', 'physician'] as const) {
      test(`forges a change of keys, and drops the Welcome by which the ${side} would come back: they do with the next`, async () => {
        const before = count(side, isWelcome);
        const dropped = withhold(side, isWelcome);
        await forge(side);
        await expect.poll(() => dropped.length).toBe(1);
        await comesBack(side, before + 1);
      });
    }

    test('tells each of two that its change of keys was taken: both come back', async () => {
      for (const { signaling } of [sides.physician, sides.patient]) signaling.swallow('mls:commit');
      const before = count('patient', isWelcome);
      await renew('physician');
      await renew('patient');
      for (const { signaling } of [sides.physician, sides.patient]) signaling.swallow();
      await comesBack('patient', before);
    });

    test('tells one that its change of keys was taken, and has taken another’s: who was lied to comes back', async () => {
      const before = count('patient', isWelcome);
      const dropped = withhold('patient', isCommit);
      sides.patient.signaling.swallow('mls:commit');
      await renew('patient');
      await renew('physician');
      await expect.poll(() => dropped.length).toBe(1);
      sides.patient.signaling.swallow();
      await comesBack('patient', before);
    });

    test('names a newer group that there isn’t: who followed comes back', async () => {
      const before = count('patient', isWelcome);
      const groupId = randomBytes(32).toString('base64url');
      const message = { groupId, incarnation: 60_000, epoch: 0 };
      sides.patient.signaling.deliver({ event: 'mls:group', message, parts: [] });
      await comesBack('patient', before);
    });
  });
