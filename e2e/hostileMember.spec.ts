import { randomBytes } from 'node:crypto';
import type { BrowserContext } from '@playwright/test';
import { close, expect, test } from './fixtures.ts';
import { type Marked, marked } from './marker.ts';
import { signIn } from './meeting.ts';
import type { CallView } from './pages/callView.ts';
import { HostilePatient } from './system/hostilePatient.ts';
import { HostileSignaling } from './system/hostileSignaling.ts';

type Forge = (patient: HostilePatient) => Promise<Buffer>;

/** By a patient who is in the visit: their name is on it. */
const signed: readonly (readonly [string, Forge])[] = [
  [
    'starts another group in this one’s place',
    (patient) => {
      const kind = { version: 'mls10', cipherSuite: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519' } as const;
      const reinit = { ...kind, groupId: randomBytes(32), extensions: [] };
      return patient.commit([{ proposalType: 'reinit', reinit }]);
    },
  ],
  [
    'gives the group extensions',
    (patient) =>
      patient.commit([{ proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } }]),
  ],
  [
    'mixes in a key that it shares with somebody',
    (patient) => {
      const preSharedKeyId = { psktype: 'external', pskId: randomBytes(8), pskNonce: randomBytes(64) } as const;
      return patient.commit([{ proposalType: 'psk', psk: { preSharedKeyId } }]);
    },
  ],
];

/** One visit for all: each attack leaves it as it was. */
test.describe
  .serial('the installed system’s client, when a patient and signaling together', { tag: '@installed' }, () => {
    let context: BrowserContext;
    let physician: CallView;
    let signaling: HostileSignaling;
    let hostile: HostilePatient;
    let patientName: Marked;

    test.beforeAll(async ({ system, physicianBrowser }) => {
      context = await physicianBrowser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
      await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
        origin: system.web.origin,
      });
      const page = await context.newPage();
      signaling = await HostileSignaling.before(page, system.signaling);
      const today = await signIn(page, system);
      patientName = marked(`Self-test ${randomBytes(4).toString('hex')}`);
      const link = await today.createVisit(patientName);
      physician = await (await today.startVisit(patientName)).enter();
      hostile = await HostilePatient.arrive(system, link);
      await physician.admitButton(patientName).click();
      await expect.poll(() => hostile.isMember).toBe(true);
    });

    test.afterAll(async () => {
      await close(context);
    });

    /** In the visit with whom it was before, and with nobody else. */
    async function expectUnchanged(admitted: number): Promise<void> {
      await expect.poll(() => hostile.admitted).toBeGreaterThan(admitted);
      const people = physician.page.getByRole('region', { name: 'In the visit' }).getByRole('listitem');
      await expect(people).toHaveCount(2);
      await expect(people.filter({ hasText: patientName })).toHaveCount(1);
      await expect(physician.page.getByRole('article')).toHaveCount(1);
    }

    async function attack(forge: Forge, words: string): Promise<void> {
      const commit = await forge(hostile);
      const { groupId, epoch, participantId: from, admitted } = hostile;
      const message = { groupId, epoch, from, commit: { _placeholder: true, num: 0 } };
      signaling.deliver({ event: 'mls:commit', message, parts: [commit] });
      const named = physician.page.getByText(words);
      await expect(named).toBeVisible();
      await expectUnchanged(admitted);
      // What was read isn't told twice in one page; what wasn't is told by the next as well.
      await reload();
      await expect(named).toBeVisible();
      await physician.page.getByRole('status').getByRole('button', { name: 'OK' }).click();
      await expect(named).toHaveCount(0);
      await reload();
      await expect(named).toHaveCount(0);
    }

    async function reload(): Promise<void> {
      const { admitted } = hostile;
      await physician.page.reload();
      await expectUnchanged(admitted);
    }

    for (const [what, forge] of signed) {
      test(`send a commit that ${what}: it is refused, and the patient is named`, async () => {
        await attack(forge, `From ${patientName}'s device came a change`);
      });
    }
  });
