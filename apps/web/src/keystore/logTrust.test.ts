import { beforeAll, describe, expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { stateOf, summaryOf } from '../accessLog/entryState.ts';
import { checkEntry, logTrustOf, requireEntry } from './logTrust.ts';

const after = 'A'.repeat(43);
let keystore: SoftKeystore;
let index: number;

beforeAll(async () => {
  keystore = await SoftKeystore.make();
  const { log } = keystore;
  for (let entry = 0; entry < 5; entry += 1) log.append({ action: 'object.mint', resource: `object:${entry}` });
  index = log.append({ action: 'object.release', resource: 'object:x', session: 'request', after });
  log.append({ action: 'object.release', resource: 'object:x', session: 'refused', after, outcome: 'refused' });
});

describe('a line of the log', () => {
  it('is verified when the log signed and the witness cosigned', async () => {
    const checked = await checkEntry(await keystore.log.prove(index), logTrustOf(keystore.pins));
    expect(checked).toMatchObject({ index, verdict: { tag: 'proven', entry: { resource: 'object:x' } } });
    expect(stateOf(checked)).toBe('verified');
  });

  it('is told apart when the witness hasn’t cosigned', async () => {
    const line = await keystore.log.prove(index, { isWitnessed: false });
    expect(stateOf(await checkEntry(line, logTrustOf(keystore.pins)))).toBe('unwitnessed');
  });

  it('fails, and is named, when it was changed, misplaced or signed by somebody else', async () => {
    const line = await keystore.log.prove(index);
    const trust = logTrustOf(keystore.pins);
    const verdict = async (text: string) => (await checkEntry(text, trust)).verdict;
    expect(await verdict(line.replace('object:x', 'object:y'))).toEqual({ tag: 'refused', reason: 'edited' });
    expect(await verdict(line.replace(`"index":${index}`, '"index":1'))).toEqual({
      tag: 'refused',
      reason: 'notIncluded',
    });
    expect(await verdict('no line')).toEqual({ tag: 'unreadable' });
    const other = logTrustOf((await SoftKeystore.make()).pins);
    expect((await checkEntry(line, other)).verdict).toEqual({ tag: 'refused', reason: 'forged' });
  });

  it('counts for a matter only if it says so, and was allowed', async () => {
    const trust = logTrustOf(keystore.pins);
    const line = await keystore.log.prove(index);
    const expected = { resource: 'object:x', after, action: 'object.release', session: 'request' };
    expect(await requireEntry(line, trust, expected)).toMatchObject({ index });
    for (const change of [{ resource: 'object:y' }, { after: 'B'.repeat(43) }, { action: 'a' }, { session: 's' }]) {
      await expect(requireEntry(line, trust, { ...expected, ...change })).rejects.toMatchObject({ code: 'proof' });
    }
    const refused = await keystore.log.prove(index + 1);
    const asked = { ...expected, session: 'refused' };
    await expect(requireEntry(refused, trust, asked)).rejects.toMatchObject({ code: 'proof' });
  });

  it('isn’t trusted by keys that are none', () => {
    expect(() => logTrustOf({ ...keystore.pins, logKey: 'none' })).toThrow('keysChanged');
  });
});

describe('the lines together', () => {
  it('are counted by what was found, and must come newest first', async () => {
    const trust = logTrustOf(keystore.pins);
    const [newer, older] = [await keystore.log.prove(index), await keystore.log.prove(0)];
    const spoilt = newer.replace('object:x', 'object:y');
    const checked = await Promise.all([newer, older].map((line) => checkEntry(line, trust)));
    expect(summaryOf(checked)).toEqual({ verified: 2, unwitnessed: 0, gone: 0, failed: 0, inOrder: true });
    expect(summaryOf([...checked].reverse()).inOrder).toBe(false);
    expect(summaryOf([...checked, ...checked]).inOrder).toBe(false);
    expect(summaryOf([await checkEntry(spoilt, trust)]).failed).toBe(1);
  });
});
