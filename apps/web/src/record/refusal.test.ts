import type { StaffRole } from '@sotto/protocol/clinic';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { KeystoreFault, troubleOf } from '../keystore/errors.ts';
import { lacksPasskey, mayBreakGlass, recordedAs, refusalWords, staffRefusalWords } from './refusal.ts';

const denied = (...reasons: string[]) => troubleOf(new KeystoreFault('denied', reasons));
const refused = (code: 'assertion' | 'contained' | 'restricted' | 'witnessGone' | 'nonce' | 'notYet' | 'unavailable') =>
  troubleOf(new KeystoreFault(code, []));

const working = (...roles: StaffRole[]) => ({ roles, resting: null });

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
      expect(mayBreakGlass(denied('notGranted'), working('privacyOfficer', role), true)).toBe(true);
      expect(mayBreakGlass(refused('witnessGone'), working(role), true)).toBe(true);
      expect(mayBreakGlass(refused('contained'), working(role), true)).toBe(true);
      expect(mayBreakGlass(denied('twoApprovers'), working(role), true)).toBe(false);
      expect(mayBreakGlass(refused('assertion'), working(role), true)).toBe(false);
      expect(mayBreakGlass(refused('restricted'), working(role), true)).toBe(false);
    }
    expect(mayBreakGlass(denied('notGranted'), working('privacyOfficer', 'admin'), true)).toBe(false);
    expect(mayBreakGlass(refused('contained'), working('privacyOfficer', 'admin'), true)).toBe(false);
    expect(mayBreakGlass({ of: 'clinic', code: 'forbidden' }, working('physician'), true)).toBe(true);
    expect(mayBreakGlass({ of: 'clinic', code: 'forbidden' }, working('staff'), true)).toBe(false);
    expect(mayBreakGlass({ of: 'clinic', code: 'unavailable' }, working('physician'), true)).toBe(false);
  });

  it('lets who treats break it with a disabled account too, and says that it is disabled', () => {
    const trouble = { of: 'clinic', code: 'forbidden' } as const;
    const disabled = (...resting: StaffRole[]) => ({ roles: [], resting });
    expect(mayBreakGlass(trouble, disabled('physician'), true)).toBe(true);
    expect(mayBreakGlass(trouble, disabled('admin'), true)).toBe(false);
    expect(staffRefusalWords(trouble, disabled('physician'))).toBe('accountDisabled');
    expect(staffRefusalWords(trouble, working('physician'))).toBeNull();
  });

  it('by pace or number has words of its own, and the number an emergency doesn’t go over', () => {
    const contained = (reason: string) => troubleOf(new KeystoreFault('contained', [reason]));
    expect(refusalWords(contained('pace'))).toBe('containedPace');
    expect(refusalWords(contained('emergencies'))).toBe('containedEmergencies');
    expect(refusalWords(contained('oneAtATime'))).toBeNull();
    expect(mayBreakGlass(contained('pace'), working('nurse'), true)).toBe(true);
    expect(mayBreakGlass(contained('emergencies'), working('nurse'), true)).toBe(false);
  });

  it('of a session without a passkey leads to the passkey, and breaks no glass', () => {
    const refusedByServer = { of: 'clinic', code: 'forbidden' } as const;
    for (const trouble of [refusedByServer, denied('notGranted'), refused('witnessGone')]) {
      expect(mayBreakGlass(trouble, working('physician'), false)).toBe(false);
    }
    expect(lacksPasskey(refusedByServer, false)).toBe(true);
    expect(lacksPasskey(refusedByServer, true)).toBe(false);
    expect(lacksPasskey({ of: 'clinic', code: 'unavailable' }, false)).toBe(false);
    expect(lacksPasskey(denied('notGranted'), false)).toBe(false);
  });
});
