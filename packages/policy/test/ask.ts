import { readFileSync } from 'node:fs';
import { clinicId, patientId, staffId } from '@sotto/protocol/ids';
import {
  type AccessRequest,
  type Assignment,
  type Circumstances,
  type Clinic,
  checkPolicies,
  type PatientFacts,
  type Person,
  type Resource,
} from '../src/index.ts';

const read = (name: string) => readFileSync(new URL(`../policies/${name}`, import.meta.url), 'utf8');

export const schema = read('schema.cedarschema');
export const texts = [read('roles.cedar'), read('limits.cedar')];
export const ours = checkPolicies(schema, texts);
export const clinic: Clinic = { id: clinicId.parse('c'.repeat(21).concat('A')), timeZone: 'Europe/Madrid' };
/** A Wednesday, 14:30 in Madrid. */
export const now = new Date('2026-06-17T12:30:00Z');
export const staff = (letter: string) => staffId.parse(letter.repeat(21).concat('A'));
export const patients = (letter: string) => patientId.parse(letter.repeat(21).concat('A'));
export const staffMember = (letter: string): Person => ({ kind: 'staff', id: staff(letter) });
export const physician: Assignment = {
  id: 'a1',
  person: staffMember('d'),
  role: 'physician',
  validFrom: new Date('2026-01-01T00:00:00Z'),
};
export const patient: PatientFacts = { id: patients('p'), careTeam: [staff('d')], legalHold: false };
export const note: Resource & { type: 'Object' } = {
  type: 'Object',
  id: 'object-1',
  patient,
  participants: [staffMember('d')],
};

/** The plainest opening of a note, with some things changed. */
export function ask(
  changes: Partial<Omit<AccessRequest, 'circumstances'>>,
  circumstances: Partial<Circumstances> = {},
): AccessRequest {
  return {
    assignments: [physician],
    action: 'object:open:note',
    resource: note,
    ...changes,
    circumstances: {
      now,
      address: '10.1.2.3',
      purpose: 'TREAT',
      passkey: true,
      passkeySession: true,
      passkeyJustShown: true,
      ...circumstances,
    },
  };
}
