import { decodeEntry, type Entry, parseProvenEntry, verifyProvenEntry } from '@sotto/audit';
import { nodeTreeHasher } from '@sotto/audit/postgres';
import { patientId, staffId } from '@sotto/protocol/ids';
import { readingNonce } from '@sotto/protocol/keystore';
import type { EntriesAnswer, EntriesRequest } from '@sotto/protocol/keystoreRoutes';
import { afterAll, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import { readEntries } from '../src/log/reading.ts';
import { releaseScene } from './releaseScene.ts';

const { installation, context, people, physician, releases } = await releaseScene();
afterAll(() => installation.remove());

const reader = { subject: newId(staffId), role: 'privacyOfficer' };
const read = (about: EntriesRequest['about'], before: number | null = null, limit = 50) =>
  readEntries(context, { reader, about, nonce: newId(readingNonce), before, limit });

/** The entries, each checked as a browser checks it. */
async function checked(
  { entries }: Pick<EntriesAnswer, 'entries'>,
  isWitnessed = true,
): Promise<(Entry & { index: number })[]> {
  const trust = {
    log: installation.logSigner.key,
    witnesses: [installation.witnessSigner.key],
    requireWitness: isWitnessed,
  };
  const sizes = new Set<number>();
  const found: (Entry & { index: number })[] = [];
  for (const text of entries) {
    const proven = parseProvenEntry(text);
    expect(await verifyProvenEntry(proven, trust, nodeTreeHasher)).toMatchObject({ tag: 'proven' });
    sizes.add(proven.checkpoint.checkpoint.size);
    const { content, index } = proven.leaf;
    if (content) found.push({ ...decodeEntry(content.encoded), index });
  }
  expect(sizes.size).toBeLessThanOrEqual(1);
  return found;
}

describe('reading the access log', () => {
  it('gives a patient’s entries, newest first, page by page, with each reading in the next', async () => {
    const { object, pseudonym } = await people.object();
    for (let count = 0; count < 4; count += 1) {
      await releases.release((await people.viewer(physician, [object])).call);
    }
    await people.object();
    const about = { of: 'patient', pseudonym } as const;
    const first = await read(about, null, 3);
    expect((await checked(first)).map(({ action }) => action)).toEqual(Array(3).fill('object.release'));
    const second = await read(about, first.next, 3);
    expect((await checked(second)).map(({ action }) => action)).toEqual(['object.release', 'object.mint']);
    expect(second.next).toBeNull();
    const all = await checked(await read(about));
    expect(all.slice(0, 2)).toMatchObject(
      Array(2).fill({
        ...{ actor: reader.subject, role: 'relayed:privacyOfficer', action: 'log.read', patient: pseudonym },
        resource: `log:patient:${pseudonym}`,
      }) as object[],
    );
    expect(all.map(({ index }) => index)).toEqual(all.map(({ index }) => index).toSorted((a, b) => b - a));
    expect(all.map(({ patientSequence }) => patientSequence)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('gives what one did, alone or with another', async () => {
    const [one, two] = people.officers;
    if (!one || !two) throw new Error('there are officers');
    const pseudonym = newId(patientId);
    await people.perform([one], { action: 'hold', pseudonym });
    await people.perform([one, two], { action: 'liftHold', pseudonym });
    for (const { subject } of [one, two]) {
      const entries = await checked(await read({ of: 'actor', subject }));
      expect(entries.map(({ action }) => action)).toContain('legalHold.lift');
      expect(entries.every(({ actor }) => actor.split('+').includes(subject))).toBe(true);
    }
    expect(await read({ of: 'actor', subject: newId(staffId) })).toMatchObject({ entries: [], next: null });
  });

  it('answers with its own entry, which carries the reader’s nonce and follows the newest one', async () => {
    const { pseudonym } = await people.object();
    for (const [about, resource] of [
      [{ of: 'patient', pseudonym }, `log:patient:${pseudonym}`],
      [{ of: 'all' }, 'log:all'],
    ] as const) {
      const nonce = newId(readingNonce);
      const answer = await readEntries(context, { reader, about, nonce, before: null, limit: 2 });
      const [own, newest] = await checked({ entries: [answer.reading, ...answer.entries] });
      expect(own).toMatchObject({ action: 'log.read', resource, session: nonce, actor: reader.subject });
      if (about.of === 'all') expect(newest?.index).toBe((own?.index ?? 0) - 1);
      else expect(newest?.patientSequence).toBe((own?.patientSequence ?? 0) - 1);
    }
  });

  it('gives all of it, down to the first entry', async () => {
    const seen: number[] = [];
    let before: number | null = null;
    do {
      const answer: EntriesAnswer = await read({ of: 'all' }, before, 7);
      seen.push(...(await checked(answer)).map(({ index }) => index));
      before = answer.next;
    } while (before !== null);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => seen.length - 1 - index));
  });

  it('goes on without the witness, and shows nothing of a log that was changed', async () => {
    installation.isWitnessUp = false;
    expect(await checked(await read({ of: 'all' }), false)).not.toEqual([]);
    installation.isWitnessUp = true;
    await installation.asOwner(async (client) => {
      await client.query('alter table audit.sequencer disable trigger user');
      await client.query("update audit.sequencer set subtrees = decode(repeat('ab', octet_length(subtrees)), 'hex')");
    });
    await expect(read({ of: 'all' })).rejects.toMatchObject({ name: 'LogStopped', code: 'fork' });
  });
});
