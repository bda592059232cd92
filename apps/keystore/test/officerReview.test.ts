import type { ObjectId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import { type Passkey, party } from './passkey.ts';
import { entriesAbout, openRelease, type ViewerChanges } from './people.ts';
import { type HandedInObject, Registering } from './registering.ts';

let registering: Registering;
let officer: Passkey;
let second: Passkey;
let recording: HandedInObject;
let note: HandedInObject;
beforeAll(async () => {
  registering = await Registering.start();
  const [one, other] = registering.people.officers;
  if (!one || !other) throw new Error('there are officers');
  [officer, second] = [one, other];
  recording = await registering.handedIn('recording');
  note = await registering.handedIn('note', recording.pseudonym);
});
afterAll(() => registering.remove());

const review = { request: { purpose: 'operations' } } as const;

/** Asks as the service would, by the clinic's own policies. */
async function ask(
  who: Passkey,
  objects: readonly ObjectId[],
  changes: ViewerChanges = review,
  twoApprovers: 'none' | 'breakGlass' | 'all' = 'none',
) {
  const { context, installation, people } = registering;
  const policy = openClinicPolicy({ id: installation.clinic, timeZone: 'Europe/Madrid' });
  const releases = new Releases(productionPorts(context, { party, policy, requests: people.requests, twoApprovers }));
  const viewer = await people.viewer(who, objects, changes);
  const outcome = await releases.release(viewer.call);
  return { viewer, outcome, entries: await entriesAbout(context, viewer.call.request.id) };
}

describe('an officer', () => {
  it('opens a recording to review it, as the log says', async () => {
    const { viewer, outcome, entries } = await ask(officer, [recording.object]);
    expect((await openRelease(viewer, outcome, registering.installation)).size).toBe(1);
    expect(entries).toMatchObject([
      {
        ...{ actor: officer.subject, role: 'privacyOfficer', action: 'object.release', purpose: 'operations' },
        ...{ patient: recording.pseudonym, resource: `object:${recording.object}`, outcome: 'allowed' },
      },
    ]);
  });

  it('opens none for another purpose, by breaking the glass, nor anything but recordings', async () => {
    const others: [readonly ObjectId[], ViewerChanges['request']][] = [
      [[recording.object], { purpose: 'treatment' }],
      [[recording.object], { purpose: 'patientRequest' }],
      [[recording.object], { purpose: 'payment' }],
      [[recording.object], { purpose: 'emergency', breakGlass: 'lifeThreat' }],
      [[note.object], { purpose: 'operations' }],
      [[recording.object, note.object], { purpose: 'operations' }],
    ];
    for (const [objects, request = {}] of others) {
      const { outcome, entries } = await ask(officer, objects, { request });
      expect(outcome).toMatchObject({ tag: 'refused', code: 'denied' });
      expect(entries.map(({ outcome: came, patient }) => [came, patient])).toEqual(
        objects.map(() => ['refused', recording.pseudonym]),
      );
    }
  });

  it('opens it with another’s signature where the clinic wants two, and never with their own twice', async () => {
    const alone = await ask(officer, [recording.object], review, 'all');
    expect(alone.outcome).toMatchObject({ tag: 'refused', code: 'denied', reasons: ['twoApprovers'] });
    for (const approver of [second, registering.physician]) {
      const { viewer, outcome, entries } = await ask(officer, [recording.object], { ...review, approver }, 'all');
      expect((await openRelease(viewer, outcome, registering.installation)).size).toBe(1);
      expect(entries).toMatchObject([
        { actor: `${officer.subject}+${approver.subject}`, role: 'privacyOfficer', outcome: 'allowed' },
      ]);
    }
    const twice = await ask(officer, [recording.object], { ...review, approver: officer }, 'all');
    expect(twice.outcome).toMatchObject({ tag: 'refused', code: 'assertion' });
    // Who signs besides doesn't make up for what policy refuses.
    const wrong = await ask(officer, [note.object], { ...review, approver: second }, 'all');
    expect(wrong.outcome).toMatchObject({ tag: 'refused', code: 'denied' });
  });
});

describe('who neither cares for the patient nor reviews', () => {
  it.each(['nurse', 'physician'] as const)(
    'is refused as a %s, whatever the purpose, and that is logged',
    async (role) => {
      const person = await registering.people.enrolled(role);
      for (const purpose of ['treatment', 'operations', 'payment', 'patientRequest'] as const) {
        const { outcome, entries } = await ask(person, [recording.object], { request: { purpose } });
        expect(outcome).toMatchObject({ tag: 'refused', code: 'denied', reasons: ['notGranted'] });
        expect(entries).toMatchObject([
          {
            ...{ actor: person.subject, role, action: 'object.release', purpose, outcome: 'refused' },
            ...{ patient: recording.pseudonym, resource: `object:${recording.object}` },
          },
        ]);
      }
      // Nor does an officer's signature beside theirs open it for them.
      const lent = await ask(person, [recording.object], { ...review, approver: officer }, 'all');
      expect(lent.outcome).toMatchObject({ tag: 'refused', code: 'denied' });
    },
  );
});
