import { type RecordingTerms, recordingTerms } from '@sotto/protocol/consent';
import { participantId } from '@sotto/protocol/ids';
import { toBase64url } from '../src/octets.ts';
import { SoftDirectory } from './softDirectory.ts';
import { type Client, deliver, joinRequest, type Knowledge, pending, person, Visit } from './visit.ts';

const random = (octets: number): string => toBase64url(crypto.getRandomValues(new Uint8Array(octets)));

/** A physician whom the directory knows, with a patient. */
export async function provenVisit() {
  const visit = await Visit.open();
  const directory = await SoftDirectory.open(visit.clinic.id);
  const knows: Knowledge = { directory: directory.trust(), requiresProof: false };
  const by = await directory.enrol();
  const who = person('physician', 'Dr Ada Quist');
  const enter = (one: typeof who) => visit.enter(one, {}, knows, one.role === 'physician' ? by : null);
  const physician = await enter(who);
  const patient = await enter(person('patient', 'Noor Vale'));
  await physician.crypto.createGroup(1);
  const commit = pending(await physician.crypto.add([await joinRequest(patient)]));
  await deliver(physician, commit, [], [patient]);
  return { visit, physician, patient, enter, knows };
}

export function termsOf(visit: Visit, asker: Pick<Client, 'who'>, over: Partial<RecordingTerms> = {}): RecordingTerms {
  return recordingTerms.parse({
    type: 'sotto/recording/v1',
    clinic: visit.clinic.id,
    visit: visit.id,
    recording: random(16),
    askedBy: asker.who.participantId,
    reason: 'care',
    wording: 'recording-1',
    recorderKey: random(32),
    askedAt: '2031-05-06T07:08:09Z',
    ...over,
  });
}

/** Signaling at its best: everybody's messages to all others, until nobody has anything to say. */
export async function relay(clients: readonly Client[]): Promise<void> {
  for (;;) {
    let said = 0;
    for (const from of clients) {
      for (const message of await from.crypto.recordingMessages()) {
        said += 1;
        for (const to of clients) {
          if (to === from) continue;
          await to.crypto.processApplication({ from: participantId.parse(from.who.participantId), message });
        }
      }
    }
    if (said === 0) return;
  }
}
