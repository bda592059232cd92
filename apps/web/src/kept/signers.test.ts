import { clinicId, staffId } from '@sotto/protocol/ids';
import { credentialId, type DirectoryRole } from '@sotto/protocol/keystore';
import { expect, it } from 'vitest';
import type { EnrolledPasskey } from '../keystore/directory.ts';
import { secondOf } from './signers.ts';

const idOf = (letter: string) => staffId.parse(letter.repeat(21).concat('A'));
const passkey = (letter: string, role: DirectoryRole, isRevoked = false): EnrolledPasskey => ({
  entry: {
    ...{ type: 'sotto/clinician/v1', clinic: clinicId.parse('c'.repeat(21).concat('A')), licence: null, role },
    ...{ subject: idOf(letter), credential: credentialId.parse(letter.repeat(22)), publicKey: '' },
    ...{ enrolledBy: [], enrolledAt: '2031-05-06T07:08:09Z' },
  },
  revoked: isRevoked ? { reason: 'lost', at: '2031-05-06T07:08:09Z' } : null,
});
const directory = {
  passkeys: [
    passkey('a', 'privacyOfficer'),
    passkey('b', 'privacyOfficer'),
    passkey('d', 'physician'),
    passkey('e', 'nurse', true),
    passkey('f', 'admin'),
  ],
  spoilt: 0,
};

it('helps a patient with a clinician or an officer, whose passkey counts', () => {
  expect(secondOf(directory, idOf('a'), 'assist')).toEqual([idOf('b'), idOf('d')]);
});

it('deletes for good, lifts a hold, and restricts, with another officer alone', () => {
  expect(secondOf(directory, idOf('a'), 'shred')).toEqual([idOf('b')]);
  expect(secondOf(directory, idOf('b'), 'liftHold')).toEqual([idOf('a')]);
  expect(secondOf(directory, idOf('b'), 'restrict')).toEqual([idOf('a')]);
  expect(secondOf(directory, idOf('b'), 'liftRestriction')).toEqual([idOf('a')]);
});
