import { participantId, sessionId, visitId } from '@sotto/protocol/ids';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { openStandingAdmissions } from './standingAdmissions.ts';

const visit = visitId.parse('v'.repeat(22));
const other = visitId.parse('w'.repeat(22));
const pat = participantId.parse('p'.repeat(22));
const here = sessionId.parse('s'.repeat(22));
const elsewhere = sessionId.parse('t'.repeat(22));

describe('standing admissions', () => {
  let storage: MemoryStorage;
  beforeEach(() => {
    storage = new MemoryStorage();
  });

  it('survive a reload of the page', () => {
    openStandingAdmissions(visit, storage).add(pat, here);
    expect(openStandingAdmissions(visit, storage).has(pat, here)).toBe(true);
  });

  it('are for one session: the same link opened elsewhere is to be let in anew', () => {
    const admissions = openStandingAdmissions(visit, storage);
    admissions.add(pat, here);
    expect(admissions.has(pat, elsewhere)).toBe(false);
    admissions.add(pat, elsewhere);
    const reloaded = openStandingAdmissions(visit, storage);
    expect([reloaded.has(pat, here), reloaded.has(pat, elsewhere)]).toEqual([false, true]);
  });

  it('hold for one visit and until taken back', () => {
    const admissions = openStandingAdmissions(visit, storage);
    admissions.add(pat, here);
    expect(openStandingAdmissions(other, storage).has(pat, here)).toBe(false);
    admissions.remove(pat);
    expect(openStandingAdmissions(visit, storage).has(pat, here)).toBe(false);
  });

  it('remember over a reload who was taken out, until they are let in again', () => {
    const admissions = openStandingAdmissions(visit, storage);
    admissions.add(pat, here);
    admissions.putOut(pat);
    const reloaded = openStandingAdmissions(visit, storage);
    expect([reloaded.has(pat, here), reloaded.isPutOut(pat)]).toEqual([false, true]);
    reloaded.remove(pat);
    expect(openStandingAdmissions(visit, storage).isPutOut(pat)).toBe(true);
    reloaded.add(pat, here);
    expect(openStandingAdmissions(visit, storage).isPutOut(pat)).toBe(false);
  });

  it.each(['{', '"p"', '["short"]', '[1]', 'null'])('let nobody in on account of a storage with %s', (text) => {
    openStandingAdmissions(visit, storage).add(pat, here);
    storage.setItem(storage.key(0) ?? '', text);
    expect(openStandingAdmissions(visit, storage).has(pat, here)).toBe(false);
  });

  it('work for the life of the page where storage is blocked', () => {
    const admissions = openStandingAdmissions(visit, null);
    admissions.add(pat, here);
    expect(admissions.has(pat, here)).toBe(true);
  });
});
