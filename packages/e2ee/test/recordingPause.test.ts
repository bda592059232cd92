import { afterEach, expect, test, vi } from 'vitest';
import { MediaKeys } from '../src/mediaKeys.ts';
import { FakeTime, LocalLeaf } from './localLeaf.ts';
import { termsOf } from './recorded.ts';
import { SoftDirectory } from './softDirectory.ts';
import { person, Visit } from './visit.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const progressOf = ({ latest }: LocalLeaf) => latest.recording?.progress.tag;

/** Everybody's messages about a recording to all others, until nobody has anything to say. */
async function relay(leaves: readonly LocalLeaf[]): Promise<void> {
  for (let said = 1; said > 0; ) {
    said = 0;
    for (const from of leaves) {
      const { messages } = await from.call('recordingMessages', { again: false });
      said += messages.length;
      for (const message of messages) {
        const heard = { from: from.ref.participantId, message };
        for (const to of leaves) if (to !== from) await to.call('processApplication', heard);
      }
    }
  }
}

/** A physician who records a colleague, and somebody who isn't in the group yet. */
async function recorded() {
  const [visit, time] = [await Visit.open(), new FakeTime()];
  const directory = await SoftDirectory.open(visit.clinic.id);
  const enter = async (role: 'physician' | 'guest') => {
    const by = role === 'physician' ? await directory.enrol() : null;
    return LocalLeaf.enter(visit, person(role, role), time, {}, { directory: directory.trust(), by });
  };
  const [physician, colleague] = [await enter('physician'), await enter('physician')];
  await physician.call('createGroup', { incarnation: 1 });
  expect(await colleague.join(await physician.commit([colleague]))).toBe('joined');
  const terms = termsOf(visit, physician);
  await physician.call('askToRecord', { terms, language: 'en' });
  await relay([physician, colleague]);
  await colleague.call('answerRecording', { recording: terms.recording, isYes: true, language: 'en' });
  await relay([physician, colleague]);
  await physician.call('record', { port: new MessageChannel().port1 });
  expect(progressOf(physician)).toBe('recording');
  return { physician, colleague, newcomer: await enter('guest') };
}

/** Where the recording is, as its recorder has it, when its leaf goes on to derive an epoch's keys. */
function watchKeys(recorder: LocalLeaf): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  const follow = Reflect.get(MediaKeys.prototype, 'follow');
  vi.spyOn(MediaKeys.prototype, 'follow').mockImplementation(function (this: MediaKeys, ...given) {
    seen.push(progressOf(recorder));
    return follow.apply(this, given);
  });
  return seen;
}

test('a recording pauses for a newcomer before anything else is done with the recorder’s own commit', async () => {
  const { physician, newcomer } = await recorded();
  const seen = watchKeys(physician);
  await physician.commit([newcomer]);
  expect(seen).toEqual(['paused']);
});

test('a recording pauses for a newcomer before anything else is done with another’s commit', async () => {
  const { physician, colleague, newcomer } = await recorded();
  const commit = await colleague.commit([newcomer]);
  const seen = watchKeys(physician);
  expect(await physician.follow(colleague, commit)).toBe('adopted');
  expect(seen).toEqual(['paused']);
});

test('a recording goes on through an epoch that only renews the keys', async () => {
  const { physician, colleague } = await recorded();
  const seen = watchKeys(physician);
  expect(await physician.follow(colleague, await colleague.commit([]))).toBe('adopted');
  expect(seen.at(-1)).toBe('recording');
  expect(progressOf(physician)).toBe('recording');
});
