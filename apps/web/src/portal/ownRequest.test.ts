import { clinicId, patientId, visitId } from '@sotto/protocol/ids';
import { credentialId } from '@sotto/protocol/keystore';
import { describe, expect, it } from 'vitest';
import { type OwnRequest, standingOf } from './ownRequest.ts';
import type { PatientKey } from './patientKeys.ts';

const id = 'AAECAwQFBgcICQoLDA0ODw';
const entry = {
  ...{ kind: 'recoveryCode' as const, pseudonym: patientId.parse(id), credential: credentialId.parse('x'.repeat(43)) },
  publicKey: 'A'.repeat(43),
};
const request: OwnRequest = {
  enrolment: {
    ...{ type: 'sotto/enrolment/v1', of: 'patient', clinic: clinicId.parse(id), visit: visitId.parse(id), entry },
    requestedAt: '2031-05-06T07:08:09Z',
  },
  handedIn: true,
};
const key: PatientKey = {
  ...{ type: 'sotto/patient-key/v1', clinic: clinicId.parse(id), visit: null, enrolledBy: [], ...entry },
  ...{ enrolledAt: '2031-05-06T07:08:09Z', activeFrom: '2031-05-07T07:08:09Z' },
};

describe('what became of a request for a key', () => {
  it('waits until its key is there, and counts then', () => {
    expect(standingOf(request, [])).toBe('waits');
    expect(standingOf(request, [{ ...key, credential: credentialId.parse('y'.repeat(43)) }])).toBe('waits');
    expect(standingOf(request, [key])).toBe('counts');
  });

  it('was swapped when its id stands for another key, kind or person', () => {
    const changes = [
      { publicKey: 'B'.repeat(43) },
      { kind: 'passkey' as const },
      { pseudonym: patientId.parse('EBESExQVFhcYGRobHB0eHw') },
    ];
    for (const change of changes) expect(standingOf(request, [{ ...key, ...change }])).toBe('swapped');
  });
});
