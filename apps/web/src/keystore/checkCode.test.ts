import { enrolment } from '@sotto/protocol/keystore';
import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { checkCodeOf, checkCodeQuery, requireCompared } from './checkCode.ts';

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

const proof = { credential: 'ICEiIyQlJicoKSorLC0uLx', signature: 'A'.repeat(86) } as never;

/** The same credential, asked for at the same moment, with another member: what an api that lies would answer with. */
const changes: readonly (readonly [string, object])[] = [
  ['key', { publicKey: 'BHFV0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU' }],
  ['role', { role: 'physician' }],
  ['licence', { licence: '28/1234' }],
  ['person', { subject: 'AAECAwQFBgcICQoLDA0ODw' }],
];
const swaps = changes.map(
  ([what, change]) => [what, enrolment.parse({ ...example, entry: { ...example.entry, ...change } })] as const,
);

describe.each(swaps)('an enrolment whose %s is swapped between two polls', (_, swapped) => {
  it('gets a code of its own on the page, though id and moment are the same', async () => {
    const queries = new QueryClient();
    const before = await queries.query(checkCodeQuery(example));
    const after = await queries.query(checkCodeQuery(swapped));
    expect(after).toBe(await checkCodeOf(swapped));
    expect(after).not.toBe(before);
  });

  it('isn’t signed under the code of the first', async () => {
    const shownCode = await checkCodeOf(example);
    const compared = { proven: { enrolment: example, proof }, shownCode };
    await expect(requireCompared(compared, example.entry)).resolves.toBeUndefined();
    await expect(requireCompared(compared, swapped.entry)).rejects.toMatchObject({ code: 'swapped' });
    const late = { proven: { enrolment: swapped, proof }, shownCode };
    await expect(requireCompared(late, swapped.entry)).rejects.toMatchObject({ code: 'swapped' });
  });
});
