import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { KeystoreFault, troubleOf } from '../keystore/errors.ts';
import { lacksPasskey, mayBreakGlass, recordedAs, refusalWords } from './refusal.ts';

const denied = (...reasons: string[]) => troubleOf(new KeystoreFault('denied', reasons));
const refused = (code: 'assertion' | 'contained' | 'restricted' | 'witnessGone' | 'nonce' | 'notYet' | 'unavailable') =>
  troubleOf(new KeystoreFault(code, []));

describe('a refusal', () => {
  it('says that it was recorded with the name only where the log has the name', () => {
    expect(recordedAs(denied('notGranted'))).toBe('tryRecorded');
    expect(recordedAs(refused('notYet'))).toBe('tryRecorded');
    expect(recordedAs(refused('restricted'))).toBe('tryRecorded');
    expect(recordedAs(refused('contained'))).toBe('tryRecorded');
    expect(recordedAs(refused('assertion'))).toBe('tryRecordedNameless');
    expect(recordedAs(refused('nonce'))).toBe('tryRecordedNameless');
    expect(recordedAs(refused('unavailable'))).toBeNull();
  });

  it.each([
    ['twoApprovers', 'deniedTwo'],
    ['notGranted', 'deniedCare'],
    ['outside-hours', 'deniedHours'],
    ['outside-network', 'deniedNetwork'],
    ['assignment-is-over', 'deniedOver'],
    ['purpose', 'deniedPurpose'],
    ['notOwn', 'deniedNotOwn'],
    ['undecidable', 'deniedUnsure'],
    ['something-of-the-clinic', 'openDenied'],
  ] as const)('for %s has words of its own, in both languages', (reason, words) => {
    expect(refusalWords(denied(reason))).toBe(words);
    expect(en.trouble[words].text).not.toBe('');
    expect(es.trouble[words].text).not.toBe('');
  });

  it('lets those who treat break it in an emergency, also while the witness is silent or they are held up', () => {
    for (const role of ['physician', 'nurse'] as const) {
      expect(mayBreakGlass(denied('notGranted'), { roles: ['privacyOfficer', role] }, true)).toBe(true);
      expect(mayBreakGlass(refused('witnessGone'), { roles: [role] }, true)).toBe(true);
      expect(mayBreakGlass(refused('contained'), { roles: [role] }, true)).toBe(true);
      expect(mayBreakGlass(denied('twoApprovers'), { roles: [role] }, true)).toBe(false);
      expect(mayBreakGlass(refused('assertion'), { roles: [role] }, true)).toBe(false);
      expect(mayBreakGlass(refused('restricted'), { roles: [role] }, true)).toBe(false);
    }
    expect(mayBreakGlass(denied('notGranted'), { roles: ['privacyOfficer', 'admin'] }, true)).toBe(false);
    expect(mayBreakGlass(refused('contained'), { roles: ['privacyOfficer', 'admin'] }, true)).toBe(false);
    expect(mayBreakGlass({ of: 'clinic', code: 'forbidden' }, { roles: ['physician'] }, true)).toBe(true);
    expect(mayBreakGlass({ of: 'clinic', code: 'forbidden' }, { roles: ['staff'] }, true)).toBe(false);
    expect(mayBreakGlass({ of: 'clinic', code: 'unavailable' }, { roles: ['physician'] }, true)).toBe(false);
  });

  it('of a session without a passkey leads to the passkey, and breaks no glass', () => {
    const refusedByServer = { of: 'clinic', code: 'forbidden' } as const;
    for (const trouble of [refusedByServer, denied('notGranted'), refused('witnessGone')]) {
      expect(mayBreakGlass(trouble, { roles: ['physician'] }, false)).toBe(false);
    }
    expect(lacksPasskey(refusedByServer, false)).toBe(true);
    expect(lacksPasskey(refusedByServer, true)).toBe(false);
    expect(lacksPasskey({ of: 'clinic', code: 'unavailable' }, false)).toBe(false);
    expect(lacksPasskey(denied('notGranted'), false)).toBe(false);
  });
});
