import { enrolment } from '@sotto/protocol/keystore';
import { describe, expect, it } from 'vitest';
import { checkCodeOf } from './checkCode.ts';

// The example of apps/keystore/SPEC.md section 6.
const example = enrolment.parse({
  clinic: 'AAECAwQFBgcICQoLDA0ODw',
  entry: {
    credential: 'ICEiIyQlJicoKSorLC0uLw',
    licence: null,
    publicKey: 'BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
    role: 'privacyOfficer',
    subject: 'EBESExQVFhcYGRobHB0eHw',
  },
  of: 'clinician',
  requestedAt: '2031-05-06T07:08:09Z',
  type: 'sotto/enrolment/v1',
});

describe('the check code of an enrolment', () => {
  it('is the one of the specification', async () => {
    expect(await checkCodeOf(example)).toBe('4359-2758-5725-2822-6070');
  });

  it('is another one for another key', async () => {
    const entry = { ...example.entry, credential: 'ICEiIyQlJicoKSorLC0uLx' };
    const other = enrolment.parse({ ...example, entry });
    expect(await checkCodeOf(other)).not.toBe(await checkCodeOf(example));
    expect(await checkCodeOf(other)).toMatch(/^\d{4}(-\d{4}){4}$/);
  });
});
