import type { Enrolment, ProvenEnrolment } from '@sotto/protocol/keystore';

/** A patient's new key that waits for those who sign for it. */
export type WaitingPatient = ProvenEnrolment & { readonly enrolment: Extract<Enrolment, { of: 'patient' }> };

export const isPatients = (one: ProvenEnrolment): one is WaitingPatient => one.enrolment.of === 'patient';
