import { patientId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { keptOf, parseKeptAddress } from './keptAddress.ts';

const patient = patientId.parse('AAECAwQFBgcICQoLDA0ODw');

it('names a patient, behind the #', () => {
  expect(parseKeptAddress(keptOf(patient).replace(/^[^#]*/, ''))).toBe(patient);
});

it.each(['', '#', '#patient=', '#patient=short', `#visit=${patient}`, `#patient=${patient}x`])(
  'names nobody: %s',
  (fragment) => {
    expect(parseKeptAddress(fragment)).toBeNull();
  },
);
